using System.Text.Json;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary><c>gpc why</c>: why a node is in an engine or is not.</summary>
public sealed class GpcWhyTests : GpcTest
{
    [Fact]
    public void A_plan_explains_itself()
    {
        string model = Save(SomeModel());
        Ok("why", model, "--support", "random:1:0.5");
        Assert.False(Json("why", model, "v0", "--support", "none", "--passes", "none").GetProperty("supported").GetBoolean());
        Refused("GP3005", "why", model, "no-such-node");
    }

    /// <summary>Det, Compress and Col2Im save nothing alone; support files show what they save together.</summary>
    [Fact]
    public void Operators_that_save_engines_only_together_are_ranked_as_sets()
    {
        JsonElement[] blockers = [.. Json("why", Mixed).EnumerateArray()];
        Dictionary<string, int> alone = blockers.ToDictionary(
            b => b.GetProperty("op").GetString()!, b => b.GetProperty("enginesSaved").GetInt32());
        string[] sets = [.. blockers.Where(b => b.TryGetProperty("sets", out _)).SelectMany(b => b.GetProperty("sets").EnumerateArray())
            .Select(s => string.Join(' ', s.GetProperty("ops").EnumerateArray().Select(o => o.GetString()).Order())).Distinct().Order()];
        Assert.Equal((1, 0, 0, 0), (alone["Unique"], alone["Det"], alone["Compress"], alone["Col2Im"]));
        Assert.Contains("Compress Det", sets);
        Assert.Contains("Col2Im Det", sets);
        Assert.DoesNotContain("Det Unique", sets);
    }

    /// <summary>Each operator alone would add an engine, both together add one too: nothing is saved, alone or together.</summary>
    [Fact]
    public void Operators_that_save_nothing_are_no_set()
    {
        string model = Write("""
            model { opset 18 }
            graph g(o: optional(f32[2,3])) -> (y, h) {
              h = OptionalHasElement(o)
              y = OptionalGetElement(o)
            }
            """);
        JsonElement[] blockers = [.. Json("why", model).EnumerateArray()];
        Assert.Equal([-1, -1], blockers.Select(b => b.GetProperty("enginesSaved").GetInt32()));
        Assert.DoesNotContain(blockers, b => b.TryGetProperty("sets", out _));
    }

    /// <summary>ONNX Runtime 1.31 would end the process that compares with the file itself.</summary>
    [Fact]
    public void A_file_that_ends_the_process_of_ONNX_Runtime_is_not_given_to_it() => Ok("run", Write("""
        model { opset 17, com.microsoft=1 }
        graph g(x: f32[1,5,4], w: f32[4,12]) -> (y) {
          y = com.microsoft::Attention(x, w) {num_heads = 2}
        }
        """));

    [Fact]
    public void A_node_is_explained_by_release_in_bodies_too()
    {
        JsonElement det = Json("why", Mixed, "volume.0/Det");
        Assert.Equal(("Det", "unsupported-operator", 0),
            (det.GetProperty("op").GetString(), det.GetProperty("rule").GetString(), det.GetProperty("enginesSaved").GetInt32()));
        Assert.Equal(("8.5", "11.5", false), Range(det.GetProperty("releases")[0]));

        var builder = new GraphBuilder(OperatorTable.Default);
        Value c = builder.Input("c", IrType.Tensor(ElementType.Bool, Shape.Scalar)),
            x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 2)));
        GraphBuilder then = new(OperatorTable.Default, builder.Scope), other = new(OperatorTable.Default, builder.Scope);
        Value relu = builder.Op("Relu", "before", [x]);
        Graph branch = then.Build(then.Op("RMSNormalization", "norm", [relu, x])), rest = other.Build(other.Op("Tanh", "tanh", [relu]));
        Value y = builder.Op("If", "if", [c], AttributeMap.Of(
            ("then_branch", new GraphAttribute(branch)), ("else_branch", new GraphAttribute(rest))));
        string model = Save(new Model(builder.Build(builder.Op("Relu", "after", [y]))) { Opsets = OpsetVersions.Standard(23), FormatVersion = 12 });
        JsonElement norm = Json("why", model, "norm", "--target", "10.3", "--expand", "off");
        Assert.Equal(("if", "TensorRT 10.16"), (norm.GetProperty("in").GetString(), norm.GetProperty("release").GetString()));
        // an engine of the else branch too
        Assert.Equal((2, 2), (norm.GetProperty("enginesSaved").GetInt32(), norm.GetProperty("boundaryTensorsSaved").GetInt32()));
        Assert.Equal([("8.5", "10.15", false), ("10.16", "11.5", true), ("rtx-1.4", "rtx-1.7", true)],
            norm.GetProperty("releases").EnumerateArray().Select(Range));
        JsonElement blocker = Json("plan", model, "--target", "10.3", "--expand", "off").GetProperty("blockers")[0];
        Assert.Equal(("RMSNormalization", "TensorRT 10.16"),
            (blocker.GetProperty("op").GetString(), blocker.GetProperty("release").GetString()));
        Assert.StartsWith("body:", blocker.GetProperty("rule").GetString(), StringComparison.Ordinal);

        static (string?, string?, bool) Range(JsonElement r) =>
            (r.GetProperty("first").GetString(), r.GetProperty("last").GetString(), r.GetProperty("supported").GetBoolean());
    }

    private string Write(string text)
    {
        string path = Folder.File("model.onnx");
        OnnxWriter.Write(GraphParser.ParseModel(text), path);
        return path;
    }
}
