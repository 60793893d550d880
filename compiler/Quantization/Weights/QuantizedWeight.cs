namespace GraphPartition.Quantization.Weights;

/// <summary>A weight as integers or narrow floats, and what DequantizeLinear needs to give it back.</summary>
/// <param name="Data">The numbers, in the dimensions of the weight.</param>
/// <param name="Scale">f32: a scalar; one for each channel; or, for blocks, in the weight's rank.</param>
/// <param name="Axis">The axis of the channels or blocks.</param>
/// <param name="Block">The numbers of a block; 0: there are no blocks.</param>
public sealed record QuantizedWeight(TensorData Data, TensorData Scale, int Axis, int Block)
{
    private const float NoNumbers = 1; // the scale of a channel of zeros

    /// <summary>Quantizes a weight with zero point 0.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="options">The format, and whether each channel has a scale.</param>
    /// <param name="scaleType">The type of the scales: that of the layer's numbers.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <exception cref="ModelException">GP3211: a number is NaN or infinite.</exception>
    public static QuantizedWeight Of(WeightPlace weight, QuantizationOptions options, ElementType scaleType, string name)
    {
        ReadOnlySpan<float> numbers = weight.Data.As<float>();
        for (int i = 0; i < numbers.Length; i++)
            if (!float.IsFinite(numbers[i]))
                throw QuantizationCodes.BadWeight.Error(name, $"element {i} is {numbers[i]}");
        bool isBlocked = options.Format == QuantizationFormat.Int4Weights;
        int block = isBlocked ? BlockOf(weight, options) : 0;
        var channels = new Channels(weight, isBlocked ? block : options.PerChannel ? -1 : 0);
        var thresholds = new float[channels.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            ref float most = ref thresholds[channels.Of(i)];
            most = MathF.Max(most, MathF.Abs(numbers[i]));
        }
        float[] scales = [.. thresholds.Select(t => Rounded(t == 0 ? NoNumbers : t / options.Format.Largest, scaleType))];
        if (isBlocked) Shrink(scales, numbers, channels, scaleType);
        return new(Packed(numbers, scales, channels, options.Format, weight.Data.Dims), ScaleTensor(scales, channels, scaleType),
            isBlocked ? weight.Sum : weight.Axis, block);
    }

    /// <summary>
    /// The length of blocks of a weight: the wanted one, halved until it divides the sum. TensorRT's parser wants matrices whose last axis
    /// is even.
    /// </summary>
    /// <returns>0: it has none.</returns>
    public static int BlockOf(WeightPlace weight, QuantizationOptions options)
    {
        const int Least = 16;
        if (weight.Data.Dims.Length != 2 || weight.Data.Dims[^1] % 2 != 0) return 0;
        int block = options.Block;
        while (block >= Least && weight.Data.Dims[weight.Sum] % block != 0) block /= 2;
        return block >= Least ? block : 0;
    }

    /// <summary>The nearest number of the type of the scale; what becomes 0 is the smallest number above it.</summary>
    internal static float Rounded(float scale, ElementType type) => LowFormat.Of(type) is not { } low ? MathF.Max(scale, float.Epsilon)
        : low.Round(scale) is > 0 and var rounded ? rounded : low.Number(1);

    /// <summary>
    /// A smaller scale clips the largest numbers of a block and rounds the others more finely: of some shares of the scale, the one with
    /// the least squared error.
    /// </summary>
    private static void Shrink(float[] scales, ReadOnlySpan<float> numbers, Channels channels, ElementType scaleType)
    {
        const int Shares = 12;
        const float Step = 0.04f;
        float[] best = [.. scales];
        var least = new double[scales.Length];
        Array.Fill(least, double.PositiveInfinity);
        for (int share = 0; share < Shares; share++)
        {
            // -8 has no counterpart, so 7/8 of the scale can still hold the largest magnitude if it is negative.
            float[] tried = [.. scales.Select(s => Rounded(s * (1 - share * Step), scaleType))];
            var error = new double[scales.Length];
            for (int i = 0; i < numbers.Length; i++)
            {
                int at = channels.Of(i);
                double off = Math.Clamp(Math.Round(numbers[i] / (double)tried[at]), -8, 7) * tried[at] - numbers[i];
                error[at] += off * off;
            }
            for (int at = 0; at < error.Length; at++)
                if (error[at] < least[at]) (least[at], best[at]) = (error[at], tried[at]);
        }
        best.CopyTo(scales, 0);
    }

    private static MemoryTensor Packed(
        ReadOnlySpan<float> numbers, float[] scales, Channels channels, QuantizationFormat format, ImmutableArray<long> dims)
    {
        var bytes = new byte[format.Element.ByteCount(numbers.Length)];
        for (int i = 0; i < numbers.Length; i++)
        {
            float x = numbers[i] / scales[channels.Of(i)];
            if (format == QuantizationFormat.Fp8) bytes[i] = Float8.E4M3(x);
            else if (format == QuantizationFormat.Int8) bytes[i] = (byte)(sbyte)Math.Clamp(MathF.Round(x), -128, 127);
            else bytes[i / 2] |= (byte)(((int)Math.Clamp(MathF.Round(x), -8, 7) & 15) << (i % 2 * 4)); // the low half first
        }
        return new(format.Element, dims, bytes);
    }

    private static TensorData ScaleTensor(float[] scales, Channels channels, ElementType type)
    {
        long[] dims = channels.ScaleDims;
        if (LowFormat.Of(type) is not { } low) return TensorData.Of<float>(ElementType.Float32, scales, dims);
        return TensorData.Of<ushort>(type, scales.Select(low.Bits).ToArray(), dims);
    }

    /// <summary>Which scale an element has.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="block">The length of blocks; -1: one scale for each channel; 0: one scale.</param>
    private readonly struct Channels(WeightPlace weight, int block)
    {
        private readonly long _length = block switch
        {
            0 => weight.Data.ElementCount,
            < 0 => weight.Data.Dims[weight.Axis],
            _ => weight.Data.Dims[weight.Sum]
        };
        private readonly long _inner = Inner(weight.Data.Dims, block > 0 ? weight.Sum : weight.Axis);

        /// <summary>How many scales there are.</summary>
        public int Count => (int)(block switch { 0 => 1, < 0 => _length, _ => weight.Data.ElementCount / block });

        public long[] ScaleDims
        {
            get
            {
                if (block <= 0) return block == 0 ? [] : [_length];
                long[] dims = [.. weight.Data.Dims];
                dims[weight.Sum] /= block;
                return dims;
            }
        }

        public int Of(int element)
        {
            if (block == 0) return 0;
            long at = element / _inner % _length;
            if (block < 0) return (int)at;
            return (int)((element / (_inner * _length) * (_length / block) + at / block) * _inner + element % _inner);
        }

        private static long Inner(ImmutableArray<long> dims, int axis)
        {
            long inner = 1;
            for (int i = axis + 1; i < dims.Length; i++) inner *= dims[i];
            return inner;
        }
    }
}
