namespace GraphPartition.Quantization.Measuring;

/// <summary>Some of the samples: with few, many choices can be measured quickly, and the results fit into memory.</summary>
/// <param name="all">All samples.</param>
/// <param name="places">The numbers of those that are taken.</param>
public sealed class SampleSubset(ISampleRunner all, ImmutableArray<int> places) : ISampleRunner
{
    /// <inheritdoc/>
    public int Count => places.Length;

    /// <inheritdoc/>
    public ISampleSession Load(Model model, bool optimizes = false) => new Session(all.Load(model, optimizes), places);

    private sealed class Session(ISampleSession session, ImmutableArray<int> places) : ISampleSession
    {
        public ImmutableArray<TensorData?> Run(
            int sample, IReadOnlyList<int> outputs, IReadOnlyDictionary<string, TensorData> more) =>
            session.Run(places[sample], outputs, more);

        public void Read(int sample, IReadOnlyList<int> outputs, OutputReader read) => session.Read(places[sample], outputs, read);

        public void Dispose() => session.Dispose();
    }
}
