using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.Quantization.Caches;
using GraphPartition.Quantization.Options;
using GraphPartition.Quantization.Weights;
using Xunit;

namespace GraphPartition.Quantization.Tests.Unit;

/// <summary>Numbers of the formats, weights, and calibration caches.</summary>
public sealed class FormatTests
{
    [Fact]
    public void Every_float8_is_the_nearest_to_itself_and_others_round_to_the_nearest()
    {
        byte[] finite = [.. Enumerable.Range(0, 256).Select(b => (byte)b).Where(b => (b & 0x7F) != 0x7F)];
        double[] numbers = [.. finite.Select(Value)];
        foreach (byte b in finite) Assert.Equal(b, Float8.E4M3((float)Value(b)));
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            float x = (float)((random.NextDouble() - 0.5) * Math.ScaleB(1, random.Next(-12, 11)));
            double error = Math.Abs(Value(Float8.E4M3(x)) - Math.Clamp(x, -448, 448));
            Assert.Equal(numbers.Min(n => Math.Abs(n - Math.Clamp(x, -448, 448))), error, 9);
        }

        static double Value(byte b) => Numbers.At(ElementType.Float8E4M3FN, [b], 0);
    }

    [Fact]
    public void A_weight_has_a_scale_for_each_channel()
    {
        var place = new WeightPlace(1, TensorData.Floats([1, -2, 127, 4, 0, 0], 2, 3), 1, 0);
        QuantizedWeight weight = QuantizedWeight.Of(place, new(QuantizationFormat.Int8), ElementType.Float32, "w");
        Assert.Equal([4 / 127f, 2 / 127f, 1f], weight.Scale.As<float>().ToArray());
        Assert.Equal([32, -127, 127, 127, 0, 0], weight.Data.As<sbyte>().ToArray().Select(x => (int)x));
        QuantizedWeight whole = QuantizedWeight.Of(place, new(QuantizationFormat.Int8) { PerChannel = false }, ElementType.Float32, "w")!;
        Assert.Equal((1f, 0), (whole.Scale.As<float>()[0], whole.Scale.Dims.Length));
    }

    /// <summary>Blocks along the axis of the sum; no number is farther than half a step of a scale that clips little.</summary>
    [Theory]
    [InlineData(64, 6, 0)]
    [InlineData(6, 64, 1)]
    public void Blocks_of_int4_have_scales_and_pack_the_low_half_first(int rows, int columns, int sum)
    {
        float[] numbers = [.. Enumerable.Range(0, rows * columns).Select(i => MathF.Sin(i) * (1 + i % 5))];
        var place = new WeightPlace(1, TensorData.Floats(numbers, rows, columns), 1 - sum, sum);
        QuantizedWeight weight = QuantizedWeight.Of(place, new(QuantizationFormat.Int4Weights) { Block = 32 }, ElementType.Float32, "w");
        Assert.Equal((32, sum), (weight.Block, weight.Axis));
        Assert.Equal(sum == 0 ? [2L, 6] : [6L, 2], weight.Scale.Dims.ToArray());
        double noise = 0, signal = 0;
        for (int i = 0; i < numbers.Length; i++)
        {
            (int r, int c) = (i / columns, i % columns);
            int at = sum == 0 ? r / 32 * columns + c : r * 2 + c / 32;
            double x = Numbers.At(ElementType.Int4, weight.Data.Bytes.Span, i) * weight.Scale.As<float>()[at];
            (noise, signal) = (noise + (x - numbers[i]) * (x - numbers[i]), signal + numbers[i] * numbers[i]);
        }
        Assert.InRange(10 * Math.Log10(signal / noise), 15, 40);
    }

    [Fact]
    public void A_weight_of_NaN_is_refused()
    {
        var place = new WeightPlace(1, TensorData.Floats([1, float.NaN], 1, 2), 0, 1);
        ModelException fault = Assert.Throws<ModelException>(
            () => QuantizedWeight.Of(place, new(QuantizationFormat.Int8), ElementType.Float32, "w"));
        Assert.Equal("GP3211", fault.Diagnostics[0].Code.Id);
    }

    [Fact]
    public void A_cache_is_read_and_written()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "cache"), copy = Path.Combine(folder.Path, "copy");
        File.WriteAllText(path, "TRT-8501-EntropyCalibration2\ndata: 3c008912\na:b c: 3f800000\n\n");
        CalibrationCache cache = CalibrationCache.Read(path);
        Assert.Equal(0.0078452f, cache.Scales["data"], 6);
        Assert.Equal(1f, cache.Scales["a:b c"]);
        cache.Write(copy);
        Assert.Equal(File.ReadAllText(path).TrimEnd(), File.ReadAllText(copy).TrimEnd());
    }

    [Theory]
    [InlineData("data: 3c008912\n", "does not begin")]
    [InlineData("TRT-1\ndata 3c008912\n", "8 hex digits")]
    [InlineData("TRT-1\ndata: 3c0089\n", "8 hex digits")]
    [InlineData("TRT-1\ndata: 00000000\n", "is 0")]
    [InlineData("TRT-1\ndata: 7fc00000\n", "NaN")]
    public void A_bad_cache_is_named(string text, string reason)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "cache");
        File.WriteAllText(path, text);
        Diagnostic fault = Assert.Throws<ModelException>(() => CalibrationCache.Read(path)).Diagnostics[0];
        Assert.Equal("GP3206", fault.Code.Id);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }
}
