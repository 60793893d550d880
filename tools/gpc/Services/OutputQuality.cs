using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Operators.Definitions;

namespace GraphPartition.Gpc.Services;

/// <summary>How well a tensor of a model keeps that of another.</summary>
/// <param name="Name">The tensor.</param>
/// <param name="OtherName">Its name in the other model.</param>
/// <param name="Op">The operator that computes it; null: none does.</param>
/// <param name="Quality">The comparison; null where the two cannot be compared.</param>
/// <param name="ClipRate">
/// The share of elements that the 16-bit type of the other model cannot hold: they are at its end or infinite, and in the first model they
/// are not. Null where the tensor has no 16-bit type there.
/// </param>
internal sealed record OutputQuality(string Name, string OtherName, string? Op, SignalQuality? Quality, double? ClipRate)
{
    /// <summary>Compares a tensor.</summary>
    /// <param name="first">The value in the first model, before emulation.</param>
    /// <param name="second">The value in the other model, before emulation.</param>
    /// <param name="op">The operator that computes the first.</param>
    /// <param name="x">What the first model gives; null: no tensor.</param>
    /// <param name="y">What the other model gives; null: no tensor.</param>
    /// <param name="absolute">The absolute tolerance of <c>l0</c>.</param>
    /// <param name="relative">The relative tolerance of <c>l0</c>.</param>
    public static OutputQuality Of(
        Value first, Value second, string? op, TensorData? x, TensorData? y, double absolute, double relative) =>
        x is null || y is null ? new(first.Name, second.Name, op, null, null)
            : new(first.Name, second.Name, op, SignalQuality.Between(x, y, absolute, relative),
                LowFormat.Of(second.ElementType) is { } format ? ClippedShare(x, y, format) : null);

    /// <summary>Whether this sample keeps the tensor less well; what cannot be compared is worst.</summary>
    public bool IsWorseThan(OutputQuality other) => other.Quality is not null
        && (Quality is null || double.IsNaN(Quality.Decibels) || Quality.Decibels < other.Quality.Decibels);

    private static double? ClippedShare(TensorData x, TensorData y, LowFormat format)
    {
        if (!Numbers.IsReal(x.Element) || !Numbers.IsReal(y.Element) || x.ElementCount != y.ElementCount) return null;
        long clipped = 0;
        ReadOnlySpan<byte> xs = x.Bytes.Span, ys = y.Bytes.Span;
        for (int i = 0; i < x.ElementCount; i++)
        {
            double before = Numbers.At(x.Element, xs, i);
            if (Math.Abs(Numbers.At(y.Element, ys, i)) >= format.Largest && double.IsFinite(before) && Math.Abs(before) != format.Largest)
                clipped++;
        }
        return x.ElementCount == 0 ? 0 : (double)clipped / x.ElementCount;
    }
}
