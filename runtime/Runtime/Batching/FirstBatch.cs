using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime.Comparison;

namespace GraphPartition.Runtime.Batching;

/// <summary>
/// A second line of defence behind the proof: the requests of the first batch run alone too, and the results are compared. Batches that
/// come meanwhile wait, so no result of a batch is given away before.
/// </summary>
internal sealed class FirstBatch(ModelSession session, BatchingOptions options) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile bool _isDone = !options.CheckFirstBatch;

    /// <summary>How the first batch differed (GP5012); null where it did not, or was not compared yet.</summary>
    public ModelException? Fault { get; private set; }

    /// <summary>Compares, if no batch was compared before; the answer is <see cref="Fault"/>.</summary>
    /// <param name="feeds">The inputs of the batch.</param>
    /// <param name="samples">The samples of each request, in order.</param>
    /// <param name="results">What the batch gave.</param>
    public async Task<ModelException?> CheckAsync(
        IReadOnlyDictionary<string, OrtValue> feeds, IReadOnlyList<long> samples, RunResult results)
    {
        if (_isDone) return Fault;
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isDone) return Fault;
            long start = 0;
            foreach (long count in samples)
            {
                Fault ??= await CompareAsync(feeds, start, count, results).ConfigureAwait(false);
                start += count;
            }
            _isDone = true;
            return Fault;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<ModelException?> CompareAsync(IReadOnlyDictionary<string, OrtValue> feeds, long start, long count, RunResult results)
    {
        var own = new Dictionary<string, OrtValue>();
        try
        {
            foreach ((string name, OrtValue value) in feeds) own.Add(name, Rows.Slice(value, start, count));
            using RunResult alone = await session.RunAsync(own).ConfigureAwait(false);
            for (int i = 0; i < results.Values.Count; i++)
            {
                using OrtValue part = Rows.Slice(results.Values[i], start, count);
                (TensorData expected, TensorData actual) = (DataOf(alone.Values[i]), DataOf(part));
                if (TensorDifference.Between(expected, actual, options.CheckTolerance ?? Rounding(expected.Element)).Fault is { } fault)
                    return RuntimeCodes.BatchDiffers.Error(results.Names[i], $"rows {start} to {start + count - 1}: {fault}");
            }
            return null;
        }
        finally
        {
            foreach (OrtValue value in own.Values) value.Dispose();
        }
    }

    private static TensorData DataOf(OrtValue value) => ((TensorValue)OrtValues.ToData(value)).Data;

    /// <summary>Engines may compute in fewer digits than their results have, and choose other algorithms for other sizes.</summary>
    private Tolerance Rounding(ElementType element) =>
        Tolerance.Of(element == ElementType.Float32 && session.Plan.Steps.Any(s => s.Group is not null) ? ElementType.Float16 : element);
}
