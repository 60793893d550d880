using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.MixedPrecision.Ranges;
using GraphPartition.MixedPrecision.Tests.Support;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using Xunit;

namespace GraphPartition.MixedPrecision.Tests.Unit;

/// <summary>What samples show decides instead of what operators risk.</summary>
public sealed class RangeTests
{
    private const string Exponential = """
        graph g(x: f32[2,2]) -> (y) {
          e = Exp(x) "e"
          y = MatMul(e, x) "y"
        }
        """;

    [Theory]
    [InlineData(1, null)]
    [InlineData(11, "its result reaches")]
    [InlineData(-16.5f, "loses")]
    public void An_exponential_is_16_bits_where_its_results_fit(float x, string? reason) =>
        Assert.Equal(reason is null, ReasonOf(Exponential, "e", x) is not { } why || !why.Contains(reason!, StringComparison.Ordinal));

    [Fact]
    public void Without_samples_the_operator_decides() =>
        Assert.Contains("exp(x)", Conversion.Of(Exponential).ReasonOf("e"));

    [Fact]
    public void An_input_that_is_too_large_keeps_its_user() => Assert.Contains("its input 'x' reaches 40000",
        ReasonOf("graph g(x: f32[2,2]) -> (y) { const w: f32[2,2] = {0.001, 0.001, 0.001, 0.001}\n y = MatMul(x, w) \"y\"\n }", "y", 40000));

    [Theory]
    [InlineData(1, true)]
    [InlineData(1e-6f, false)]
    public void A_small_epsilon_is_harmless_beside_large_numbers(float x, bool isLow) => Assert.Equal(isLow, ReasonOf("""
        graph g(x: f32[2,2]) -> (y) {
          const eps: f32[] = {1e-6}
          m = MatMul(x, x) "m"
          a = Abs(x) "a"
          s = Add(a, eps) "s"
          d = Div(m, s) "d"
          y = MatMul(d, x) "y"
        }
        """, "d", x) is null);

    /// <summary>In a branch that runs or not, in all iterations of a Loop, in a Loop in a branch. In a Loop, exp is of x, 2x, 3x.</summary>
    [Theory]
    [InlineData("branch", 1, null)]
    [InlineData("branch", 11, "its result reaches")]
    [InlineData("other", 1, "exp(x)")]
    [InlineData("loop", 3.3f, null)]
    [InlineData("loop", 3.6f, "its result reaches")]
    [InlineData("loop in branch", 3.3f, null)]
    [InlineData("loop in branch", 3.6f, "its result reaches")]
    [InlineData("scan", 10, null)]
    [InlineData("scan", 11, "its result reaches")]
    public void Values_in_bodies_have_ranges(string where, float x, string? reason)
    {
        const string Loop = """
            z = Loop(n, t, x) {body = graph b(i: i64[], c: bool[], s: f32[2,2]) -> (d, r) {
              d = Identity(c)
              e = Exp(s) "e"
              m = MatMul(e, w) "m"
              r = Add(s, x) "r"
            }}
            """;
        string branch = where == "loop in branch" ? Loop : "e = Exp(x) \"e\"\n z = MatMul(e, x) \"z\"";
        string text = where switch
        {
            "scan" => """
                y = Scan(x) {num_scan_inputs = 1, body = graph b(row: f32[2]) -> (o) {
                  e = Exp(row) "e"
                  k = Unsqueeze(e, zero) "k"
                  m = MatMul(k, w) "m"
                  o = Relu(m) "o"
                }}
                """,
            "loop" => Loop.Replace("z =", "y =", StringComparison.Ordinal),
            _ => $$$"""
                g = ReduceMax(x) {keepdims = 0} "g"
                q = Greater(g, {{{(where == "other" ? "high" : "low")}}}) "q"
                y = If(q) {then_branch = graph a() -> (z) {
                  {{{branch}}}
                }, else_branch = graph o() -> (s) {
                  s = Sin(x) "s"
                }}
                """,
        };
        string graph = $$"""
            graph g(x: f32[2,2]) -> (y) {
              const n: i64[] = {3}
              const t: bool[] = {true}
              const zero: i64[1] = {0}
              const low: f32[] = {-100}
              const high: f32[] = {1e9}
              const w: f32[2,2] = {0.5, 0.25, 0.25, 0.5}
              {{text}}
            }
            """;
        string? why = ReasonOf(graph, "e", x);
        Assert.True(reason is null ? why is null : why?.Contains(reason, StringComparison.Ordinal) == true, why);
    }

    /// <summary>A mask that becomes infinite gives NaN in a row that is masked as a whole; only a constant can be made smaller.</summary>
    [Theory]
    [InlineData("a = Add(q, x)", -3e38f, "its result reaches -3e+38")]
    [InlineData("a = Add(q, x)", 7e4f, "its result reaches 70000")]
    [InlineData("a = Add(q, x)", -1e4f, null)]
    [InlineData("m = Mul(x, lowest)\n  a = Add(q, m)", 1f, null)]
    [InlineData("m = Mul(x, lowest)\n  n = Add(q, m)\n  b = Mul(q, high)\n  a = Add(b, n)", 1f, "its input 'b' reaches 75000")]
    public void What_masks_scores_must_not_become_infinite(string nodes, float x, string? reason)
    {
        string? why = ReasonOf($$"""
            graph g(x: f32[2,2]) -> (y) {
              const w: f32[2,2] = {0.5, 0.25, 0.25, 0.5}
              const lowest: f32[] = {-3.4028235e38}
              const high: f32[2,2] = {1e5, 1, 1, 1}
              i = Identity(x)
              z = Sub(x, i)
              e = Exp(z)
              q = MatMul(e, w)
              {{nodes}} "a"
              p = Softmax(a) "p"
              y = MatMul(p, w) "y"
            }
            """, "a", x);
        Assert.True(reason is null ? why is null : why?.Contains(reason, StringComparison.Ordinal) == true, why);
    }

    private static string? ReasonOf(string text, string node, float x)
    {
        Model model = Conversion.Parse(text);
        using var samples = new Samples([new Dictionary<string, DataValue> { ["x"] = TensorData.Floats([x, x, x, x], 2, 2) }]);
        var options = new PrecisionOptions(LowFormat.Fp16) { Ranges = SampleRanges.Observe(model, LowFormat.Fp16, samples.Runner) };
        return MixedPrecisionConverter.Convert(model, OperatorTable.Default, options).Report.Kept
            .FirstOrDefault(k => k.Node == node)?.Reason;
    }
}
