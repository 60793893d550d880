using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Expanding;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Ort;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

/// <summary>How quantized graphs become what TensorRT takes: the rules one by one, and their switches.</summary>
public sealed class QuantizationTests
{
    private static readonly Lacking NoUnsigned = new(n => n.Inputs.Concat(n.Outputs).Any(v => v?.ElementType == ElementType.UInt8));

    private const string Middle = """
        graph g(x: f32[2,3]) -> (y) {
          const s: f32[] = {0.05}
          const z: u8[] = {128}
          q = QuantizeLinear(x, s, z)
          y = DequantizeLinear(q, s, z)
        }
        """;

    [Fact]
    public void Numbers_around_128_become_signed() => PassRun.Fires(new SignedQuantization(NoUnsigned), Middle, """
        graph g(x: f32[2,3]) -> (y) {
          const z_i8: i8[] = {0}
          const z_i8_1: i8[] = {0}
          const s: f32[] = {0.05}
          q_i8 = QuantizeLinear(x, s, z_i8)
          y = DequantizeLinear(q_i8, s, z_i8_1)
        }
        """);

    [Fact]
    public void Weights_around_128_become_signed() => PassRun.Fires(new SignedQuantization(NoUnsigned), """
        graph g(x: f32[1,3]) -> (y) {
          const w: u8[3,2] = {0, 1, 127, 128, 129, 255}
          const s: f32[2] = {0.5, 0.25}
          const z: u8[2] = {128, 128}
          d = DequantizeLinear(w, s, z) {axis = 1}
          y = MatMul(x, d)
        }
        """, """
        graph g(x: f32[1,3]) -> (y) {
          const w_i8: i8[3,2] = {-128, -127, -1, 0, 1, 127}
          const z_i8: i8[2] = {0, 0}
          const s: f32[2] = {0.5, 0.25}
          d = DequantizeLinear(w_i8, s, z_i8) {axis = 1}
          y = MatMul(x, d)
        }
        """);

    [Theory]
    [InlineData("const z: u8[] = {127}", "y")] // another zero point
    [InlineData("const z: u8[] = {128}", "y, q")] // somebody reads the unsigned numbers
    public void Other_numbers_stay_unsigned(string zero, string outputs) => PassRun.DoesNotFire(new SignedQuantization(NoUnsigned),
        Middle.Replace("const z: u8[] = {128}", zero, StringComparison.Ordinal).Replace("(y) {", $"({outputs}) {{", StringComparison.Ordinal));

    [Theory]
    [InlineData("r = Round(x)\n  a = Clip(r, zero, most)\n  b = Cast(a) {to = 2}\n  y = Cast(b) {to = 1}")]
    [InlineData("r = Floor(x)\n  a = Clip(r, zero, most)\n  t = Transpose(a)\n  b = Cast(t) {to = 6}\n  c = Cast(b) {to = 1}\n  y = Neg(c)")]
    [InlineData("r = Round(x)\n  a = Clip(r, low, high)\n  b = QuantizeLinear(a, one, byte)\n  c = DequantizeLinear(b, one, byte)\n  y = Abs(c)")]
    [InlineData("r = Round(x)\n  a = Clip(r, zero, most)\n  b = Add(a, most)\n  c = Sub(b, most)\n  y = Abs(c)")]
    public void Ways_of_whole_floats_through_integers_are_removed(string nodes)
    {
        Model model = Rounding(nodes);
        PassRun run = PassRun.Of(model, new("rounds", new MergeRoundTrips(), new EliminateDeadNodes()));
        Assert.Equal(model.Graph.Nodes.Length - 2, run.Graph.Nodes.Length);
        PassRun.AssertSameResults(model, run.Model);
    }

    [Theory]
    [InlineData("a = Clip(x, zero, most)\n  b = Cast(a) {to = 2}\n  y = Cast(b) {to = 1}")] // not whole
    [InlineData("r = Round(x)\n  a = Clip(r, low, most)\n  b = Cast(a) {to = 2}\n  y = Cast(b) {to = 1}")] // below 0
    [InlineData("r = Round(x)\n  b = Cast(r) {to = 2}\n  y = Cast(b) {to = 1}")] // no bound
    [InlineData("r = Round(x)\n  a = Clip(r, low, high)\n  b = QuantizeLinear(a, s, byte)\n  y = DequantizeLinear(b, one, byte)")] // scaled
    [InlineData("b = Add(x, most)\n  y = Sub(b, most)")] // rounds
    [InlineData("r = Round(x)\n  a = Clip(r, zero, most)\n  b = Add(a, huge)\n  y = Sub(b, huge)")] // rounds above 2^24
    public void Ways_that_change_numbers_stay(string nodes) =>
        Assert.Same(Rounding(nodes) is var model ? model.Graph : null, PassRun.Of(model, new("rounds", new MergeRoundTrips())).Graph);

    [Fact]
    public void A_quantized_layer_keeps_its_signed_weights_and_inputs()
    {
        Compilation plan = Plan("""
            graph g(x: f32[1,8,4,4]) -> (y) {
              const s: f32[] = {0.05}
              const z: u8[] = {128}
              const w: i8[8,8,1,1] = {WEIGHTS}
              const v: f32[8] = {1, 2, 3, 4, 5, 6, 7, 8}
              const n: i8[] = {0}
              q = QuantizeLinear(x, s, z)
              r = QLinearConv(q, s, z, w, v, n, s, z)
              y = DequantizeLinear(r, s, z)
            }
            """.Replace("WEIGHTS", string.Join(", ", Enumerable.Range(-32, 64)), StringComparison.Ordinal), new());
        Assert.Equal(["Conv", "DequantizeLinear", "DequantizeLinear", "DequantizeLinear", "QuantizeLinear", "QuantizeLinear"],
            plan.Plan.Graph.Nodes.Select(n => n.Op.Type).Order(StringComparer.Ordinal));
        Assert.All(plan.Plan.Graph.Nodes.Where(n => n.Op.Type != "Conv"),
            n => Assert.Equal(ElementType.Int8, (n.Op.Is("QuantizeLinear") ? n.Output(0) : n.Input(0))!.ElementType));
        Assert.Equal(1, plan.Plan.TotalEngines);
    }

    /// <summary>QLinearConv takes one number with a vector; DequantizeLinear takes as many scales as zero points.</summary>
    [Theory]
    [InlineData("8", "")]
    [InlineData("", "8")]
    [InlineData("8", "8")]
    public void One_zero_point_is_repeated_for_all_scales(string scales, string zeros)
    {
        string Vector(string size, string element) => size.Length == 0 ? element : string.Join(", ", Enumerable.Repeat(element, 8));
        Compilation plan = Plan($$"""
            graph g(x: i8[1,8,4,4]) -> (y) {
              const s: f32[] = {0.05}
              const z: i8[] = {0}
              const w: i8[8,8,1,1] = { {{string.Join(", ", Enumerable.Range(-32, 64))}} }
              const v: f32[{{scales}}] = { {{Vector(scales, "2")}} }
              const n: i8[{{zeros}}] = { {{Vector(zeros, "0")}} }
              y = QLinearConv(x, s, z, w, v, n, s, z)
            }
            """, new());
        Node weights = plan.Plan.Graph.Nodes.Single(n => n.Op.Is("DequantizeLinear") && n.Input(0)!.IsConstant);
        Assert.Equal(8, weights.Input(1)!.Data!.ElementCount);
        Assert.True(weights.Input(2)?.Data is null or { ElementCount: 8 });
    }

    /// <summary>TensorRT takes weights of a convolution quantized if its input is too, and as constants else.</summary>
    [Theory]
    [InlineData(128, 3)]
    [InlineData(77, 0)]
    public void Weights_of_a_convolution_are_quantized_with_its_input(int zero, int dequantized)
    {
        Compilation plan = Plan($$"""
            graph g(x: f32[1,8,4,4]) -> (y) {
              const s: f32[] = {0.05}
              const z: u8[] = { {{zero}} }
              const w: i8[8,8,1,1] = { {{string.Join(", ", Enumerable.Range(-32, 64))}} }
              const n: i8[] = {0}
              q = QuantizeLinear(x, s, z)
              d = DequantizeLinear(q, s, z)
              v = DequantizeLinear(w, s, n)
              c = Conv(d, v)
              r = QuantizeLinear(c, s, z)
              y = DequantizeLinear(r, s, z)
            }
            """, new());
        Assert.Equal((1, dequantized),
            (plan.Plan.TotalEngines, plan.Plan.Graph.Nodes.Count(n => n.Op.Is("DequantizeLinear"))));
    }

    [Theory]
    [InlineData("QLinearMatMul")]
    [InlineData("QuantizeLinear")]
    [InlineData("DequantizeLinear")]
    public void An_operator_is_kept_on_request(string op)
    {
        Compilation plan = Plan(Asymmetric, new() { NotExpanded = [op] });
        Assert.Contains(plan.Plan.Graph.Nodes, n => n.Op.Is(op));
        Assert.DoesNotContain(plan.Expansions, e => e.Op.Is(op));
        Assert.Contains(Plan(Asymmetric, new()).Expansions, e => e.Op.Is(op));
    }

    [Theory]
    [InlineData("SignedQuantization", Middle)]
    [InlineData("MergeRoundTrips", Asymmetric)]
    public void A_rule_is_left_out_on_request(string rule, string text)
    {
        Assert.Contains(Plan(text, new()).Passes, p => p.Pass == rule && p.IsChanged);
        Assert.DoesNotContain(Plan(text, new() { NotExpanded = [rule] }).Passes, p => p.Pass == rule);
    }

    [Fact]
    public void An_unknown_name_is_an_error_with_the_nearest_names()
    {
        var error = Assert.Throws<ModelException>(() => Expansions.Checked(["QLinearMatMull"], OperatorTable.Default));
        Assert.Contains("QLinearMatMul", Assert.Single(error.Diagnostics).Message, StringComparison.Ordinal);
        Assert.Equal(2, Expansions.Checked(["com.microsoft::QGemm", "CastFirst"], OperatorTable.Default).Count);
    }

    /// <summary>A node whose parts would be in no engine keeps the kernel that ONNX Runtime has for it.</summary>
    [Fact]
    public void Without_an_engine_the_kernels_stay()
    {
        Compilation plan = Plan(Asymmetric, new() { Constraints = new() { MinNodes = 1000 } });
        Assert.Equal(["QuantizeLinear", "QLinearMatMul", "DequantizeLinear"], plan.Plan.Graph.Nodes.Select(n => n.Op.Type));
        Assert.Empty(plan.Expansions);
    }

    /// <summary>Releases without u8 tensors take the floats between two expanded operators.</summary>
    [Theory]
    [InlineData("tensorrt-8.5")]
    [InlineData("tensorrt-8.6")]
    [InlineData("tensorrt-10.1")]
    [InlineData("tensorrt-11.1")]
    [InlineData("rtx-1.6")]
    public void Every_release_runs_a_quantized_product(string target)
    {
        Assert.True(TensorRtTarget.TryParse(target, out TensorRtTarget? release));
        Compilation plan = Plan(Asymmetric, new() { Target = release! });
        Assert.Equal((1, 1), (plan.Plan.TotalEngines, plan.Plan.Segments.Length));
    }

    private const string Asymmetric = """
        graph g(x: f32[2,3]) -> (y) {
          const s: f32[] = {0.05}
          const z: u8[] = {77}
          const w: u8[3,2] = {0, 1, 127, 128, 129, 255}
          q = QuantizeLinear(x, s, z)
          r = QLinearMatMul(q, s, z, w, s, z, s, z)
          y = DequantizeLinear(r, s, z)
        }
        """;

    private static Model Rounding(string nodes) => PassRun.Parse($$"""
        graph g(x: f32[3,4]) -> (y) {
          const zero: f32[] = {0}
          const most: f32[] = {255}
          const low: f32[] = {-128}
          const high: f32[] = {127}
          const huge: f32[] = {16777216}
          const one: f32[] = {1}
          const s: f32[] = {0.5}
          const byte: i8[] = {0}
          {{nodes}}
        }
        """);

    private static Compilation Plan(string text, CompileOptions options) => new ModelCompiler(
        OperatorTable.Default, options with { Evaluator = new OrtConstantEvaluator(), Verify = true }).Plan(PassRun.Parse(text, opset: 21));
}
