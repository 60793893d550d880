namespace GraphPartition.Quantization.Measuring;

/// <summary>
/// Which samples choices are measured on, and the two parts of all samples. A choice is judged on a sample with scales that come from the
/// other part: otherwise the choice that fits these samples best wins, and not the best one. Few samples are one part: half of them would
/// not show how large numbers become.
/// </summary>
/// <param name="all">The number of all samples.</param>
/// <param name="most">The most that are measured; they are taken at even steps.</param>
public sealed class SampleParts(int all, int most)
{
    private const int Few = 4;

    private readonly int _measured = Math.Min(all, most);

    /// <summary>What tells these parts from others of the same samples.</summary>
    public string Key => $"{Count} parts of {_measured}";

    /// <summary>How many parts there are: two, or one of few samples.</summary>
    public int Count => _measured < Few ? 1 : 2;

    /// <summary>The measured samples; they are in the parts by turns.</summary>
    public ImmutableArray<int> Measured { get; } = Evenly(all, Math.Min(all, most));

    /// <summary>The part of a sample: there are as many stretches of samples as measured ones, and each begins with one of these.</summary>
    public int Of(int sample) => _measured == 0 ? 0 : (int)((long)sample * _measured / all) % Count;

    /// <summary>The measured samples of a part.</summary>
    public ImmutableArray<int> In(int part) => [.. Measured.Where(s => Of(s) == part)];

    private static ImmutableArray<int> Evenly(int all, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (int)(((long)i * all + count - 1) / count))];
}
