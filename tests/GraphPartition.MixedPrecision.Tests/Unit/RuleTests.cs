using GraphPartition.Foundation;
using GraphPartition.MixedPrecision.Tests.Support;
using GraphPartition.Operators.Definitions;
using Xunit;

namespace GraphPartition.MixedPrecision.Tests.Unit;

/// <summary>Which nodes become 16 bits, and where the Casts stand.</summary>
public sealed class RuleTests
{
    [Fact]
    public void Casts_stand_at_the_edges_once_for_each_tensor()
    {
        Conversion conversion = Conversion.Of("""
            graph g(x: f32[2,4]) -> (y, z) {
              const w: f32[4,4] = {1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0}
              a = MatMul(x, w) "a"
              b = MatMul(x, w) "b"
              y = Relu(a) "y"
              c = Add(a, b) "c"
              z = Relu(c) "z"
            }
            """);
        Assert.Equal(("fp16", 5, 3), (conversion.Report.Format, conversion.Report.Nodes, conversion.Report.Casts));
        Assert.Empty(conversion.Report.Kept);
        Assert.Contains("const w: f16[4,4]", conversion.Text);
        Assert.Contains("y: f32[2,4] = Cast(y_fp16)", conversion.Text);
    }

    [Fact]
    public void Nodes_far_from_products_stay_in_fp32()
    {
        Conversion conversion = Conversion.Of("graph g(x: f32[2,4]) -> (y) { a = Relu(x) \"a\"\n y = Abs(a) \"y\"\n }");
        Assert.Equal((2, 0), (conversion.Report.Kept.Length, conversion.Report.Casts));
        Assert.Same(conversion.Before.Graph, conversion.Model.Graph);
    }

    [Fact]
    public void Inputs_and_outputs_get_the_format_on_request()
    {
        Conversion conversion = Conversion.Of("graph g(x: f32[2,4]) -> (y) { a = Relu(x) \"a\"\n y = Abs(a) \"y\"\n }", io: true);
        Assert.Equal((0, 0), (conversion.Report.Kept.Length, conversion.Report.Casts));
        Assert.Contains("graph g(x: f16[2,4])", conversion.Text);
    }

    [Theory]
    [InlineData("y = Exp(a) \"r\"", "exp(x)")]
    [InlineData("y = Sin(a) \"r\"", "nothing tells")]
    [InlineData("y = Reciprocal(a) \"r\"", "1 / x")]
    [InlineData("p = Softmax(a) \"r\"\n y = Identity(p)", "probabilities")]
    [InlineData("const k: i64[] = {1}\n y = CumSum(a, k) \"r\"", "nothing tells")]
    [InlineData("const two: f32[] = {2.0}\n y = Pow(a, two) \"r\"", "powers")]
    [InlineData("const big: f32[] = {72000.0}\n y = Add(a, big) \"r\"", "'big' holds 72000")]
    [InlineData("const tiny: f32[] = {1e-9}\n y = Max(a, tiny) \"r\"", "'tiny' holds 1e-09, which is 0 in fp16")]
    [InlineData("const tiny: f32[4] = {1.0, 1e-9, 1.0, 1.0}\n y = Div(a, tiny) \"r\"", "'tiny' holds 1e-09")]
    [InlineData("const low: f32[] = {3e-6}\n s = Clip(a, low) \"s\"\n y = Div(a, s) \"r\"", "divides by a sum with 3e-06")]
    [InlineData("s = Mul(a, a) \"r\"\n c = Cast(s) {to = 7}\n y = Identity(c)", "whole numbers")]
    public void A_risk_keeps_its_node_and_is_named(string nodes, string reason)
    {
        Conversion conversion = Conversion.Of($$"""
            graph g(x: f32[2,4]) -> (y) {
              const w: f32[4,4] = {1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0}
              a = MatMul(x, w) "a"
              {{nodes}}
            }
            """);
        Assert.Null(conversion.ReasonOf("a"));
        Assert.Contains(reason, conversion.ReasonOf("r"));
    }

    [Fact]
    public void Bf16_has_the_range_of_fp32()
    {
        Conversion conversion = Conversion.Checked("""
            graph g(x: f32[2,4]) -> (y) {
              const w: f32[4,4] = {1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0}
              const big: f32[] = {72000.0}
              a = MatMul(x, w) "a"
              e = Exp(a) "e"
              b = Add(e, big) "b"
              y = MatMul(b, w) "y"
            }
            """, LowFormat.Bf16);
        Assert.Empty(conversion.Report.Kept);
        Assert.Empty(conversion.Report.Warnings);
    }

    [Fact]
    public void A_weight_that_is_too_small_for_fp16_keeps_its_product()
    {
        Conversion conversion = Conversion.Of("""
            graph g(x: f32[2,2]) -> (y) {
              const w: f32[2,2] = {1e-9, 2e-9, 1e-9, 3e-9}
              y = MatMul(x, w) "y"
            }
            """);
        Assert.Contains("of its energy", conversion.ReasonOf("y"));
        Assert.Equal("GP3103", Assert.Single(conversion.Report.Warnings).Code.Id);
    }

    [Fact]
    public void Small_numbers_beside_large_ones_are_no_reason()
    {
        Conversion conversion = Conversion.Of("""
            graph g(x: f32[2,2]) -> (y) {
              const w: f32[2,2] = {1e-9, 2.0, 1e-9, 3.0}
              y = MatMul(x, w) "y"
            }
            """);
        Assert.Empty(conversion.Report.Kept);
    }

    [Fact]
    public void Statistics_of_a_batch_normalization_stay_in_fp32()
    {
        Conversion conversion = Conversion.Of("""
            graph g(x: f32[1,2,4,4]) -> (y) {
              const w: f32[2,2,1,1] = {1.0, 0.5, 0.25, 2.0}
              const scale: f32[2] = {1.0, 2.0}
              const variance: f32[2] = {97900000.0, 1e-9}
              a = Conv(x, w) "a"
              b = BatchNormalization(a, scale, scale, scale, variance) "b"
              c = Relu(b) "c"
              y = Conv(c, w) "y"
            }
            """);
        Assert.Empty(conversion.Report.Kept);
        Assert.Contains("const variance: f32[2]", conversion.Text);
        Assert.Contains("b: f16[1,2,4,4] = BatchNormalization", conversion.Text);
    }

    [Fact]
    public void Scales_of_a_resize_stay_in_fp32_where_another_node_takes_the_constant_in_16_bits()
    {
        Conversion conversion = Conversion.Of("""
            graph g(x: f32[1,4,4,4]) -> (y) {
              const w: f32[4,4,1,1] = {1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0}
              const s: f32[4] = {1.0, 1.0, 2.0, 2.0}
              a = Conv(x, w) "a"
              m = Mul(a, s) "m"
              r = Resize(m, _, s) "r"
              y = Conv(r, w) "y"
            }
            """);
        Assert.Empty(conversion.Report.Kept);
        Assert.Contains("const s: f32[4]", conversion.Text);
        Assert.Contains("const s_fp16: f16[4]", conversion.Text);
    }

    [Fact]
    public void A_mask_in_front_of_a_softmax_is_clamped()
    {
        foreach (LowFormat format in (ReadOnlySpan<LowFormat>)[LowFormat.Fp16, LowFormat.Bf16])
        {
            Conversion conversion = Conversion.Checked("""
                graph g(x: f32[2,4], keep: i64[2,4]) -> (y) {
                  const w: f32[4,4] = {1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0}
                  const one: f32[] = {1.0}
                  const lowest: f32[] = {-3.4028235e38}
                  k = Cast(keep) {to = 1}
                  m = Sub(one, k) "m"
                  n = Mul(m, lowest) "n"
                  s = MatMul(x, w) "s"
                  a = Add(s, n) "a"
                  p = Softmax(a) "p"
                  y = MatMul(p, w) "y"
                }
                """, format);
            Assert.Empty(conversion.Report.Kept);
            Assert.Equal("GP3104", Assert.Single(conversion.Report.Warnings).Code.Id);
        }
    }

    /// <summary>A node in FP32 for its large constant gives the number to the next one, where it must not become infinite.</summary>
    [Theory]
    [InlineData("Where(keep, q, lowest)")]
    [InlineData("Add(q, lowest)")]
    public void A_number_that_is_too_large_goes_no_further(string first)
    {
        Conversion conversion = Conversion.Of($$"""
            graph g(x: f32[2,2], keep: bool[2,2]) -> (y) {
              const w: f32[2,2] = {0.5, 0.25, 0.25, 0.5}
              const lowest: f32[] = {-3.4028235e38}
              q = MatMul(x, w)
              s = {{first}}
              r = Relu(s) "r"
              d = Sub(r, s) "d"
              y = MatMul(d, w)
            }
            """);
        Assert.Contains("'s' holds -3.40282E+38", conversion.ReasonOf("d"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("'s' holds -3.40282E+38", conversion.ReasonOf("r"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_logarithm_keeps_the_sums_that_it_is_taken_of()
    {
        Conversion conversion = Conversion.Of("""
            graph g(x: f32[2,4]) -> (y) {
              const w: f32[4,4] = {1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0}
              a = MatMul(x, w) "a"
              q = Mul(a, a) "q"
              l = Log(q) "l"
              y = MatMul(l, w) "y"
            }
            """);
        Assert.Contains("logarithm", conversion.ReasonOf("a"));
        Assert.Contains("logarithm", conversion.ReasonOf("q"));
        Assert.Null(conversion.ReasonOf("y"));
    }

    [Fact]
    public void A_selector_keeps_a_node_and_an_unknown_name_is_refused()
    {
        const string text = "graph g(x: f32[2,2]) -> (y) { a = MatMul(x, x) \"a\"\n y = MatMul(a, x) \"y\"\n }";
        Assert.Equal("--keep-fp32 a keeps it", Conversion.Of(text, false, "a").ReasonOf("a"));
        Assert.Equal(2, Conversion.Of(text, false, "op:MatMul").Report.Kept.Length);
        Assert.Equal("GP3005", Assert.Throws<ModelException>(() => Conversion.Of(text, false, "b")).Diagnostics[0].Code.Id);
    }

    [Fact]
    public void Not_a_number_in_a_weight_is_refused()
    {
        ModelException e = Assert.Throws<ModelException>(() => Conversion.Of("""
            graph g(x: f32[2,2]) -> (y) {
              const w: f32[2,2] = {1.0, nan, 1.0, 3.0}
              y = MatMul(x, w) "y"
            }
            """));
        Assert.Equal(("GP3101", "w"), (e.Diagnostics[0].Code.Id, e.Diagnostics[0].Where));
    }

    [Fact]
    public void A_model_in_16_bits_is_refused()
    {
        ModelException e = Assert.Throws<ModelException>(() => Conversion.Of("graph g(x: f16[2,2]) -> (y) { y = MatMul(x, x) \"y\"\n }"));
        Assert.Equal("GP3102", e.Diagnostics[0].Code.Id);
        Assert.Contains("16 bits already", e.Message);
    }

    [Fact]
    public void A_second_conversion_changes_nothing()
    {
        Conversion first = Conversion.Of("""
            graph g(x: f32[2,4]) -> (y) {
              const w: f32[4,4] = {1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0}
              a = MatMul(x, w) "a"
              e = Exp(a) "e"
              b = MatMul(e, w) "b"
              y = Sin(b) "y"
            }
            """);
        Conversion second = Conversion.Of(first.Model, LowFormat.Fp16);
        Assert.Equal(first.Text, second.Text);
    }

    [Fact]
    public void The_types_of_quantized_parts_stay()
    {
        Conversion conversion = Conversion.Of("""
            graph g(x: f32[2,4]) -> (y) {
              const s: f32[] = {0.1}
              const z: i8[] = {0}
              const w: f32[4,4] = {1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0}
              q = QuantizeLinear(x, s, z) "q"
              d = DequantizeLinear(q, s, z) "d"
              a = MatMul(d, w) "a"
              y = MatMul(a, w) "y"
            }
            """);
        Assert.Contains("quantized parts", conversion.ReasonOf("a"));
        Assert.Null(conversion.ReasonOf("y"));
    }

    [Fact]
    public void Casts_of_the_model_are_taken_over()
    {
        Conversion conversion = Conversion.Of("""
            graph g(x: i32[2,2], h: f16[2,2]) -> (y, z) {
              a = Cast(x) {to = 1}
              b = MatMul(a, a) "b"
              y = Cast(b) {to = 10}
              c = Cast(h) {to = 1}
              z = MatMul(c, c) "z"
            }
            """);
        Assert.Empty(conversion.Report.Kept);
        Assert.Contains("a: f16[2,2] = Cast(x) {to = 10}", conversion.Text);
        Assert.Contains("MatMul(h, h)", conversion.Text);
    }

    [Fact]
    public void Shapes_and_indices_are_not_touched()
    {
        Conversion conversion = Conversion.Of("""
            graph g(x: f32[n,4]) -> (y) {
              const w: f32[4,4] = {1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0, 1.0, 0.5, 0.25, 2.0}
              const half: f32[1] = {0.5}
              const four: i64[1] = {4}
              a = MatMul(x, w) "a"
              s = Shape(a) {end = 1} "s"
              f = Cast(s) {to = 1}
              m = Mul(f, half) "m"
              i = Cast(m) {to = 7}
              t = Concat(i, four) {axis = 0}
              e = Expand(w, t) "e"
              y = MatMul(a, e) "y"
            }
            """);
        Assert.Contains("whole numbers", conversion.ReasonOf("m"));
        Assert.Null(conversion.ReasonOf("y"));
    }
}
