using System.Runtime.InteropServices;

namespace GraphPartition.Ir.Tensors;

/// <summary>
/// How well a tensor y keeps another tensor x. One walk, one rule for numbers that are not finite: elements that are the same infinity, or
/// NaN in both, agree and count in no sum; where only one is finite, or the infinities differ, the error is infinite. All comparisons of
/// numbers use this walk.
/// </summary>
public sealed record SignalQuality
{
    /// <summary>The number of elements.</summary>
    public long Count { get; private init; }

    /// <summary>The number of elements outside the tolerance of the comparison.</summary>
    public long Outside { get; private init; }

    /// <summary>The number of elements of which exactly one side is finite, or whose infinities differ.</summary>
    public long Broken { get; private init; }

    /// <summary>sum x^2 over finite pairs.</summary>
    public double Signal { get; private init; }

    /// <summary>sum (x - y)^2 over finite pairs; infinite where <see cref="Broken"/> is not 0.</summary>
    public double Noise { get; private init; }

    /// <summary>sum |x - y|, as <see cref="Noise"/>.</summary>
    public double AbsoluteSum { get; private init; }

    /// <summary>The greatest |x - y|; infinite where <see cref="Broken"/> is not 0.</summary>
    public double MaxAbsolute { get; private init; }

    /// <summary>The greatest |x - y| / |x| of elements with x other than 0; infinite where <see cref="Broken"/> is not 0.</summary>
    public double MaxRelative { get; private init; }

    private double Other { get; init; }

    private double Product { get; init; }

    /// <summary>
    /// The signal-to-noise ratio 10 log10(sum x^2 / sum (x - y)^2) in dB: infinite where both are equal, minus infinite where y is not
    /// finite and x is.
    /// </summary>
    public double Decibels => Noise == 0 ? double.PositiveInfinity : 10 * Math.Log10(Signal / Noise);

    /// <summary>The cosine of the angle between both; 1 where both are 0, NaN where <see cref="Broken"/> is not 0.</summary>
    public double Cosine => Broken > 0 ? double.NaN : Signal == 0 && Other == 0 ? 1 : Signal == 0 || Other == 0 ? 0
        : Noise == 0 ? 1 : Math.Min(1, Product / Math.Sqrt(Signal) / Math.Sqrt(Other));

    /// <summary>The share of elements outside the tolerance: <c>l0</c> of trtexec 11.</summary>
    public double OutsideShare => Count == 0 ? 0 : (double)Outside / Count;

    /// <summary>The mean of |x - y|: <c>l1</c> of trtexec 11.</summary>
    public double MeanAbsolute => Count == 0 ? 0 : AbsoluteSum / Count;

    /// <summary>The mean of (x - y)^2: <c>l2</c> of trtexec 11.</summary>
    public double MeanSquare => Count == 0 ? 0 : Noise / Count;

    /// <summary>Compares two tensors of real numbers.</summary>
    /// <param name="expected">x.</param>
    /// <param name="actual">y, of the same dimensions; its element type may differ.</param>
    /// <param name="absolute">An element is within the tolerance if |x - y| is at most this much,</param>
    /// <param name="relative">and this part of |x|.</param>
    /// <returns>The quality; null where the tensors are not comparable: other dimensions, strings, complex numbers.</returns>
    public static SignalQuality? Between(TensorData expected, TensorData actual, double absolute = 0, double relative = 0)
    {
        if (!Numbers.IsReal(expected.Element) || !Numbers.IsReal(actual.Element)
            || !expected.Dims.AsSpan().SequenceEqual(actual.Dims.AsSpan())) return null;
        return Between(expected.Element, expected.Bytes.Span, actual.Element, actual.Bytes.Span, expected.ElementCount, absolute, relative);
    }

    /// <summary>Compares elements in row-major order, for instance the parts of complex numbers.</summary>
    /// <param name="expectedType">A type of real numbers.</param>
    /// <param name="expected">The bytes of x.</param>
    /// <param name="actualType">A type of real numbers.</param>
    /// <param name="actual">The bytes of y.</param>
    /// <param name="count">How many elements both have.</param>
    /// <param name="absolute">As in the other form.</param>
    /// <param name="relative">As in the other form.</param>
    public static SignalQuality Between(ElementType expectedType, ReadOnlySpan<byte> expected, ElementType actualType,
        ReadOnlySpan<byte> actual, long count, double absolute, double relative)
    {
        var sums = new Sums { Absolute = absolute, Relative = relative };
        if (expectedType == ElementType.Float32 && actualType == ElementType.Float32)
        {
            ReadOnlySpan<float> xs = MemoryMarshal.Cast<byte, float>(expected), ys = MemoryMarshal.Cast<byte, float>(actual);
            for (int i = 0; i < count; i++) sums.Add(xs[i], ys[i]);
        }
        else
            for (int i = 0; i < count; i++) sums.Add(Numbers.At(expectedType, expected, i), Numbers.At(actualType, actual, i));
        return sums.Quality(count);
    }

    /// <summary>The comparison of the elements of both.</summary>
    public SignalQuality With(SignalQuality more) => new()
    {
        Count = Count + more.Count,
        Outside = Outside + more.Outside,
        Broken = Broken + more.Broken,
        Signal = Signal + more.Signal,
        Noise = Noise + more.Noise,
        AbsoluteSum = AbsoluteSum + more.AbsoluteSum,
        MaxAbsolute = Math.Max(MaxAbsolute, more.MaxAbsolute),
        MaxRelative = Math.Max(MaxRelative, more.MaxRelative),
        Other = Other + more.Other,
        Product = Product + more.Product,
    };

    private ref struct Sums
    {
        public double Absolute, Relative;
        private double _signal, _noise, _other, _product, _sum, _max, _maxRelative;
        private long _outside, _broken;

        public void Add(double x, double y)
        {
            if (!double.IsFinite(x) || !double.IsFinite(y))
            {
                if (x.Equals(y)) return;
                _outside++;
                _broken++;
                return;
            }
            double difference = Math.Abs(x - y), size = Math.Abs(x);
            _signal += x * x;
            _other += y * y;
            _product += x * y;
            if (difference == 0) return;
            _noise += difference * difference;
            _sum += difference;
            if (difference > _max) _max = difference;
            if (size != 0 && difference / size > _maxRelative) _maxRelative = difference / size;
            if (difference > Absolute + Relative * size) _outside++;
        }

        public readonly SignalQuality Quality(long count) => new()
        {
            Count = count,
            Outside = _outside,
            Broken = _broken,
            Signal = _signal,
            Noise = _broken > 0 ? double.PositiveInfinity : _noise,
            AbsoluteSum = _broken > 0 ? double.PositiveInfinity : _sum,
            MaxAbsolute = _broken > 0 ? double.PositiveInfinity : _max,
            MaxRelative = _broken > 0 ? double.PositiveInfinity : _maxRelative,
            Other = _other,
            Product = _product,
        };
    }
}
