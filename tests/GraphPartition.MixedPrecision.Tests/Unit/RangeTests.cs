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

    private static string? ReasonOf(string text, string node, float x)
    {
        Model model = Conversion.Parse(text);
        using var samples = new Samples([new Dictionary<string, DataValue> { ["x"] = TensorData.Floats([x, x, x, x], 2, 2) }]);
        var options = new PrecisionOptions(LowFormat.Fp16) { Ranges = SampleRanges.Observe(model, LowFormat.Fp16, samples.Runner) };
        return MixedPrecisionConverter.Convert(model, OperatorTable.Default, options).Report.Kept
            .FirstOrDefault(k => k.Node == node)?.Reason;
    }
}
