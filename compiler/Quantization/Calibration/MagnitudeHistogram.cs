namespace GraphPartition.Quantization.Calibration;

/// <summary>
/// A histogram of magnitudes |x| over any number of tensors, in bounded memory. The first tensor sets the width of a bin. A larger number
/// appends bins of the same width; when there are too many bins, neighbors merge, so the width doubles.
/// </summary>
public sealed class MagnitudeHistogram
{
    /// <summary>The bins of the first tensor.</summary>
    public const int FirstBins = 2048;

    private const int MostBins = 8192;

    private long[] _counts = new long[FirstBins];
    private MagnitudeHistogram? _other;

    /// <summary>The counts of the bins; bin i has the magnitudes from i to i + 1 widths.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>The width of a bin; 0 where all numbers were 0.</summary>
    public double Width { get; private set; }

    /// <summary>The largest magnitude.</summary>
    public float Largest { get; private set; }

    /// <summary>How many numbers there were.</summary>
    public long Count { get; private set; }

    /// <summary>Adds the numbers of a tensor.</summary>
    /// <returns>False: a number is NaN or infinite; nothing was added.</returns>
    public bool Add(ReadOnlySpan<float> numbers)
    {
        float largest = 0;
        foreach (float x in numbers) largest = MathF.Max(largest, MathF.Abs(x)); // NaN stays NaN
        if (!float.IsFinite(largest)) return false;
        Count += numbers.Length;
        if (largest > Largest) Grow(largest);
        if (Width == 0)
        {
            _counts[0] += numbers.Length;
            return true;
        }
        double perWidth = 1 / Width;
        int last = _counts.Length - 1;
        foreach (float x in numbers) _counts[Math.Min((int)(MathF.Abs(x) * perWidth), last)]++;
        return true;
    }

    /// <summary>
    /// Empty histograms of parts of the samples. The first one that gets a number sets the width for all, so all widths are this width
    /// times a power of two, and <see cref="Sum"/> is exact.
    /// </summary>
    internal static ImmutableArray<MagnitudeHistogram> Parts(int count)
    {
        ImmutableArray<MagnitudeHistogram> parts = [.. Enumerable.Range(0, count).Select(_ => new MagnitudeHistogram())];
        for (int p = 0; p < count; p++) parts[p]._other = parts[(p + 1) % count];
        return parts;
    }

    /// <summary>The histogram of the samples of all parts.</summary>
    internal static MagnitudeHistogram Sum(ImmutableArray<MagnitudeHistogram> parts)
    {
        var sum = new MagnitudeHistogram
        {
            Width = parts.Max(p => p.Width),
            Largest = parts.Max(p => p.Largest),
            Count = parts.Sum(p => p.Count),
        };
        sum._counts = new long[parts.Max(p => p._counts.Length)];
        foreach (MagnitudeHistogram part in parts)
        {
            int wider = part.Width == 0 ? 1 : (int)Math.Round(sum.Width / part.Width); // without a width all numbers are in bin 0
            for (int i = 0; i < part._counts.Length; i++) sum._counts[i / wider] += part._counts[i];
        }
        return sum;
    }

    /// <summary>Writes the state, so that a stopped calibration can go on.</summary>
    internal void Write(BinaryWriter writer)
    {
        writer.Write(Width);
        writer.Write(Largest);
        writer.Write(Count);
        writer.Write(_counts.Length);
        foreach (long count in _counts) writer.Write(count);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    internal void Read(BinaryReader reader)
    {
        (Width, Largest, Count) = (reader.ReadDouble(), reader.ReadSingle(), reader.ReadInt64());
        int bins = reader.ReadInt32();
        if (bins is < FirstBins or > MostBins) throw new InvalidDataException($"{bins} bins");
        _counts = new long[bins];
        for (int i = 0; i < bins; i++) _counts[i] = reader.ReadInt64();
    }

    private void Grow(float largest)
    {
        Largest = largest;
        if (Width == 0) // zeros are in bin 0 already
        {
            Width = _other is { Width: > 0 and var known } ? known : (double)largest / FirstBins;
            if (_other is not { Width: > 0 }) return;
        }
        while (largest > Width * MostBins) Merge();
        int bins = (int)Math.Ceiling(largest / Width);
        if (bins > _counts.Length) Array.Resize(ref _counts, bins);
    }

    private void Merge()
    {
        int half = (_counts.Length + 1) / 2;
        var merged = new long[Math.Max(half, FirstBins)];
        for (int i = 0; i < _counts.Length; i++) merged[i / 2] += _counts[i];
        (_counts, Width) = (merged, 2 * Width);
    }
}
