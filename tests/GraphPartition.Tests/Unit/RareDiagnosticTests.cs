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

    /// <summary>ONNX Runtime's C# API ends the process at such a value; here only the run shows which one is empty.</summary>
    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public void An_empty_optional_passes_between_steps_and_is_a_result(string condition)
    {
        string model = Saved("""
            graph g(x: f32[3], c: bool[]) -> (o, s, y) {
              o: optional(f32[3]) = If(c) {
                then_branch = graph t() -> (a) { a: optional(f32[3]) = Optional(x) },
                else_branch = graph e() -> (b) { b: optional(f32[3]) = Optional() {type = type(f32[3])} }
              }
              s: optional(seq(f32[3])) = Optional() {type = type(seq(f32[3]))}
              h = OptionalHasElement(o)
              f = Cast(h) {to = 1}
              y = Add(x, f)
            }
            """, opset: 18), compiled = Folder.File("compiled.onnx"), support = Folder.File("support.txt");
        File.WriteAllText(support, "op OptionalHasElement\n");
        Assert.Matches(condition == "true" ? @" o +f32\[3\]" : " o +none", Ok("run", model, "--input", $"c={condition}").Output);
        Ok("run", model, "--support", support, "--keep-groups", "--passes", "none", "--input", $"c={condition}");
        Ok("compile", model, "-o", compiled);
        Ok("run", compiled, "--input", $"c={condition}");
    }

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

    /// <summary>A plugin of TensorRT without the attributes that ONNX Runtime expects of it.</summary>
    [Fact]
    public void A_model_that_ONNX_Runtime_refuses_is_said_to_be_refused() => Assert.Contains("GP5032", GpcProcess.Run("run", Saved("""
        graph g(b: f32[1,8,4], s: f32[1,8,2]) -> (n) {
          n: i32[1,1], x: f32[1,4,4], c: f32[1,4], l: i32[1,4] = EfficientNMS_TRT(b, s)
        }
        """, opset: 18)).Errors, StringComparison.Ordinal);

    [Fact]
    public void A_narrow_float_without_a_kernel_is_computed_in_float32_and_said() => Assert.Contains("GP5014 note", Ok("run", Saved("""
        graph g(x: f32[2,3]) -> (y) {
          a = Cast(x) {to = 16}
          b = Sigmoid(a)
          y = Cast(b) {to = 1}
        }
        """, opset: 18)).Errors, StringComparison.Ordinal);

    /// <summary>A compiled file may be meant for its engines only; a converted file is for ONNX Runtime.</summary>
    [Fact]
    public void An_operator_that_ONNX_Runtime_lacks_is_a_warning_of_compile_and_an_error_of_convert()
    {
        string model = Saved("graph g(x: f32[2,3]) -> (y) {\n  a: f32[2,3] = acme::Foo(x)\n  y = Relu(a)\n}", opset: 18);
        Assert.Contains("GP3019 warning", Ok("compile", model, "-o", Folder.File("c.onnx")).Errors, StringComparison.Ordinal);
        Refused("GP3105", "convert", model, "-o", Folder.File("h.onnx"));
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
        Opsets = OpsetVersions.Standard(opset).Add("acme", 1),
    });
}
