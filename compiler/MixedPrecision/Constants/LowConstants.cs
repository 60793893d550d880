using System.Runtime.InteropServices;

namespace GraphPartition.MixedPrecision.Constants;

/// <summary>The FP32 constants of a model in a 16-bit format. What they lose is computed once for each.</summary>
/// <param name="format">The format.</param>
internal sealed class LowConstants(LowFormat format)
{
    private readonly Dictionary<TensorData, ConstantLoss> _losses = new(ReferenceEqualityComparer.Instance);

    /// <summary>The number in a mask that replaces all numbers below the range of a format. The sum of two of them is finite.</summary>
    public static float LowestMask(LowFormat format) => -format.Round(format.Largest / 2);

    /// <summary>What the numbers lose.</summary>
    public ConstantLoss LossOf(TensorData data)
    {
        if (!_losses.TryGetValue(data, out ConstantLoss? loss))
            _losses.Add(data, loss = ConstantLoss.Of(data.As<float>(), format));
        return loss;
    }

    /// <summary>
    /// The nearest numbers of the format. A finite number that is too large becomes the largest: only bounds that limit nothing come here
    /// with such a number.
    /// </summary>
    public TensorData Converted(TensorData data)
    {
        var bytes = new byte[data.ElementCount * sizeof(ushort)];
        Span<ushort> to = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
        ReadOnlySpan<float> from = data.As<float>();
        for (int i = 0; i < to.Length; i++)
            to[i] = format.Bits(float.IsFinite(from[i]) ? Math.Clamp(from[i], -format.Largest, format.Largest) : from[i]);
        return new MemoryTensor(format.Element, data.Dims, bytes);
    }

    /// <summary>
    /// A mask whose finite numbers below the range are half of the lowest number of the format. Behind Softmax both give 0, and two of
    /// the new ones still have a finite sum; with infinities a product with 0, or a row that is masked as a whole, would be NaN.
    /// </summary>
    /// <returns>The mask in FP32, or null where the constant needs no change.</returns>
    public TensorData? ClampedMask(TensorData data)
    {
        if (data.Element != ElementType.Float32 || LossOf(data).Overflow >= 0) return null;
        float lowest = LowestMask(format);
        float[] numbers = data.As<float>().ToArray();
        for (int i = 0; i < numbers.Length; i++)
            if (float.IsFinite(numbers[i]) && float.IsNegativeInfinity(format.Round(numbers[i]))) numbers[i] = lowest;
        return TensorData.Of<float>(ElementType.Float32, numbers, data.Dims.AsSpan());
    }
}
