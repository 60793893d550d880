namespace GraphPartition.Quantization.Measuring;

/// <summary>
/// A few samples, taken at even steps from all samples. So many choices can be measured quickly, and the results fit into memory.
/// </summary>
/// <param name="all">All samples.</param>
/// <param name="most">The most samples.</param>
public sealed class SampleSubset(ISampleRunner all, int most) : ISampleRunner
{
    /// <inheritdoc/>
    public int Count => Math.Min(most, all.Count);

    /// <inheritdoc/>
    public ISampleSession Load(Model model, bool optimizes = false) => new Session(all.Load(model, optimizes), this);

    private int PlaceOf(int sample) => (int)((long)sample * all.Count / Count);

    private sealed class Session(ISampleSession session, SampleSubset subset) : ISampleSession
    {
        public ImmutableArray<TensorData?> Run(
            int sample, IReadOnlyList<int> outputs, IReadOnlyDictionary<string, TensorData> more) =>
            session.Run(subset.PlaceOf(sample), outputs, more);

        public void Read(int sample, IReadOnlyList<int> outputs, OutputReader read) => session.Read(subset.PlaceOf(sample), outputs, read);

        public void Dispose() => session.Dispose();
    }
}
