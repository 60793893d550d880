using System.Text.Json;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary><c>--observe</c>: one run tells what inference leaves open.</summary>
public sealed class GpcObserveTests : GpcTest
{
    // Squeeze drops as many dimensions as happen to be 1, and TensorRT 8.5 normalizes instances of 3 to 5 dimensions only.
    private const string OpenRank = """
        graph g(x: f32[a,2,3,b]) -> (y) {
          const s: f32[2] = {1, 2}
          q = Squeeze(x)
          y = InstanceNormalization(q, s, s) "norm"
        }
        """;

    [Fact]
    public void A_rank_that_depends_on_data_is_observed_and_marked()
    {
        string model = Save(OpenRank, 18);
        JsonElement open = Json("why", model, "norm", "--target", "8.5");
        Assert.Contains("rank is not known", open.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Contains("--observe", open.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.True(Json("why", model, "norm", "--target", "8.5", "--observe", "--dim", "a=4", "--dim", "b=1").GetProperty("supported").GetBoolean());

        JsonElement plan = Json("plan", model, "--observe", "--dim", "a=4", "--dim", "b=1");
        Assert.Equal(["q: f32[4,2,3]", "y: f32[4,2,3]"], plan.GetProperty("observed").EnumerateArray()
            .Select(o => $"{o.GetProperty("value").GetString()}: {o.GetProperty("type").GetString()}"));
        Assert.Contains("observed, not inferred", Ok("plan", model, "--observe", "--dim", "a=4", "--dim", "b=1").Output,
            StringComparison.Ordinal);
        Assert.False(Json("plan", model).TryGetProperty("observed", out _));

        // What was observed does not bind a run: this one has another rank.
        string compiled = Folder.File("compiled.onnx");
        Ok("compile", model, "--observe", "--dim", "a=4", "--dim", "b=1", "-o", compiled);
        Assert.True(Json("run", compiled, "--keep-groups", "--dim", "a=4", "--dim", "b=5").GetProperty("agrees").GetBoolean());
        Assert.True(Json("run", model, "--observe", "--keep-groups", "--dim", "a=4", "--dim", "b=1").GetProperty("agrees").GetBoolean());
    }

    [Fact]
    public void Values_of_bodies_are_observed_in_every_iteration()
    {
        string model = Save("""
            graph g(x: f32[3]) -> (y) {
              const n: i64[] = {3}
              const c: bool[] = {true}
              y = Loop(n, c, x) {body = graph b(i: i64[], go: bool[], v: f32[*]) -> (stay, w) {
                stay = Identity(go)
                w = Concat(v, x) {axis = 0}
              }}
            }
            """, 18);
        JsonElement plan = Json("plan", model, "--observe", "--passes", "none");
        Assert.Contains("w: f32[6..12]", plan.GetProperty("observed").EnumerateArray()
            .Select(o => $"{o.GetProperty("value").GetString()}: {o.GetProperty("type").GetString()}"));
    }

    [Fact]
    public void A_model_that_cannot_run_is_planned_unobserved_and_the_operator_is_named()
    {
        string model = Save("""
            graph g(x: f32[4]) -> (y) {
              u = test.blocker::Blocker(x)
              y: f32[4] = Cast(u) {to = 1}
            }
            """, 18);
        GpcProcess.Outcome outcome = Ok("plan", model, "--observe", "--json");
        Assert.Contains("GP3014", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("Blocker", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(0, JsonDocument.Parse(outcome.Output).RootElement.GetProperty("supported").GetInt32());
    }

    [Fact]
    public void Declared_outputs_that_the_run_does_not_give_are_refused()
    {
        string operators = Folder.File("operators.json");
        string model = Save("""
            graph g(x: f32[4]) -> (y) {
              u = com.microsoft::QuickGelu(x) "gelu"
              y = Relu(u)
            }
            """, 18);
        foreach (string wrong in new[] { "f32[5,5]", "f32[5]" })
        {
            File.WriteAllText(operators, $$"""[ { "operator": "com.microsoft::QuickGelu", "outputs": ["{{wrong}}"] } ]""");
            string errors = Refused("GP2020", "plan", model, "--operators", operators, "--observe").Errors;
            foreach (string part in new[] { "'gelu'", wrong, "f32[4]" }) Assert.Contains(part, errors, StringComparison.Ordinal);
        }
        File.WriteAllText(operators, """[ { "operator": "com.microsoft::QuickGelu", "outputs": ["f32[?]"] } ]""");
        Ok("plan", model, "--operators", operators, "--observe");
    }

    private string Save(string text, int opset) => Save(new Model(GraphParser.ParseGraph(text, OperatorTable.Default))
    {
        Opsets = OpsetVersions.Standard(25).Add("test.blocker", 1).Add("com.microsoft", 1),
        SourceOpset = opset,
        FormatVersion = 8,
    });
}
