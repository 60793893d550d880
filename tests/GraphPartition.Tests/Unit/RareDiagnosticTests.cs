using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Unit;

/// <summary>Messages that no other test produces.</summary>
public sealed class RareDiagnosticTests : GpcTest
{
    [Fact]
    public void A_device_profile_without_speeds_is_refused()
    {
        string profile = Folder.File("profile.json");
        File.WriteAllText(profile, """{"fallbackGflops": 0}""");
        Refused("GP3009", "plan", Mixed, "--device-profile", profile);
    }

    [Fact]
    public void Fp8_is_calibrated_by_max() =>
        Refused("GP3213", "quantize", Mixed, "-o", Folder.File("q.onnx"), "--format", "fp8", "--method", "entropy");

    /// <summary>ONNX Runtime's C# API has no such tensors, and the value is a result.</summary>
    [Fact]
    public void A_result_of_four_bit_floats_is_named() => Assert.Contains("'c'", Refused("GP5013", "run",
        Saved("graph g(x: f32[2,4]) -> (c) {\n  c = Cast(x) {to = 23}\n}", opset: 23)).Errors, StringComparison.Ordinal);

    /// <summary>No input would help: ONNX Runtime lacks the kernel, and the message is not about made-up inputs.</summary>
    [Fact]
    public void A_missing_kernel_is_not_blamed_on_made_up_inputs()
    {
        GpcProcess.Outcome outcome = GpcProcess.Run("run", Saved("""
            graph g(x: f16[4,2], i: i64[3,1], u: f16[3,2]) -> (y) {
              y = ScatterND(x, i, u) {reduction = "add"}
            }
            """, opset: 18));
        Assert.Contains("GP5006", outcome.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("GP5030", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Relu", "GP2008")] // it has one output
    [InlineData("Cast", "GP2006")] // to a type that has no name
    public void A_wrong_node_is_named_at_import(string op, string code)
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape(2)));
        OutputSpec[] outputs = op == "Relu" ? ["a", "b"] : ["a"];
        builder.Add(op, [x], outputs, op == "Cast" ? AttributeMap.Of(("to", 99L)) : AttributeMap.Empty);
        Assert.Contains(builder.Scope.Diagnostics, d => d.Code.Id == code);
    }

    private string Saved(string graph, int opset) => Save(new Model(GraphParser.ParseGraph(graph, OperatorTable.Default))
    {
        Opsets = OpsetVersions.Standard(opset),
    });
}
