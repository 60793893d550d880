using System.Text.Json;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>What passes do to a plan, through the command line.</summary>
public sealed class GpcPassesTests : GpcTest
{
    [Fact]
    public void Plan_shows_nodes_before_and_after_each_pass()
    {
        string model = Save(PassFodder());
        JsonElement passes = Json("plan", model).GetProperty("passes");
        Assert.Contains(passes.EnumerateArray(), p => p.GetProperty("pass").GetString() == "EliminateIdentity"
            && p.GetProperty("nodesBefore").GetInt32() == 3 && p.GetProperty("nodesAfter").GetInt32() == 2
            && p.GetProperty("isChanged").GetBoolean());
        string text = Ok("plan", model).Output;
        Assert.Matches(@"EliminateIdentity\s+3\s+2", text);
        Assert.Matches(@"NarrowTypes\s+2\s+.*--allow-narrowing", text); // why Abs and Sqrt stayed
        GpcProcess.Outcome dump = Ok("plan", model, "--passes", "exact,DecomposeBatchNorm", "--dump-after", "EliminateIdentity");
        Assert.Contains("// after EliminateIdentity", dump.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("// after FoldConstants", dump.Errors, StringComparison.Ordinal);
        Refused("GP3003", "plan", model, "--passes", "standard,NoSuchPass");
    }

    [Fact]
    public void Doubles_fall_back_unless_narrowing_is_allowed()
    {
        string model = Save(PassFodder());
        JsonElement Plan(params string[] options) => Json(["plan", model, .. options]);
        Assert.Contains(Plan().GetProperty("fallback").EnumerateArray(), f => f.GetProperty("reason")
            .GetString()!.Contains("f64", StringComparison.Ordinal));
        Assert.All(Plan("--allow-narrowing").GetProperty("fallback").EnumerateArray(),
            f => Assert.Equal("Cast", f.GetProperty("op").GetString()));
    }

    [Fact]
    public void Doubles_and_in_8x_long_integers_go_into_engines_only_where_that_is_allowed()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float64, Shape.Of(2))),
            i = builder.Input("i", IrType.Tensor(ElementType.Int64, Shape.Of(2)));
        Value exp = builder.Op("Exp", "exp", [x]), sum = builder.Op("Add", "sum", [i, i]);
        string model = Save(new Model(builder.Build(exp, sum)) { Opsets = SomeModel().Opsets, FormatVersion = 8 });
        Assert.Equal(
            (1, 2, 0), (Supported("--target", "10.16"), Supported("--target", "10.16", "--allow-narrowing"), Supported("--target", "8.6")));
        Assert.InRange(Supported("--target", "8.6", "--allow-narrowing"), 2, 6); // both, and the casts on their way in and out

        int Supported(params string[] options) => Json(["plan", model, .. options]).GetProperty("supported").GetInt32();
    }

    /// <summary>An Identity, and a square root of a double.</summary>
    private static Model PassFodder()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "fodder" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float64, Shape.Of(2)));
        Value y = builder.Op("Sqrt", "y", [builder.Op("Abs", "a", [builder.Op("Identity", "i", [x])])]);
        return SomeModel() with { Graph = builder.Build(y) };
    }
}
