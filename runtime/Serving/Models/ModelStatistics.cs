using GraphPartition.Runtime.Batching;

namespace GraphPartition.Serving.Models;

/// <summary>
/// What a version of a model did since it was loaded: the fields of Triton's statistics extension. Each request counts the whole time of
/// the batch that it was in.
/// </summary>
internal sealed class ModelStatistics
{
    private readonly Lock _lock = new();
    private readonly Durations _success = new(), _fail = new(), _queue = new(), _input = new(), _infer = new(), _output = new();
    private readonly SortedDictionary<long, BatchStatistics> _batches = [];
    private readonly SortedDictionary<string, long> _failures = new(StringComparer.Ordinal);

    /// <summary>Inferences: samples where requests are joined, requests elsewhere.</summary>
    public long Inferences { get; private set; }

    /// <summary>Runs of the model.</summary>
    public long Executions { get; private set; }

    /// <summary>The time of the last answer; null: there was none.</summary>
    public DateTimeOffset? LastInference { get; private set; }

    /// <summary>Counts a batch.</summary>
    public void Add(BatchReport batch)
    {
        lock (_lock)
        {
            int requests = batch.Waited.Count;
            foreach (TimeSpan waited in batch.Waited) _queue.Add(waited);
            if (batch.HasFailed) return;
            Executions++;
            Inferences += batch.Samples;
            _input.Add(batch.Input, requests);
            _infer.Add(batch.Infer, requests);
            _output.Add(batch.Output, requests);
            if (!_batches.TryGetValue(batch.Samples, out BatchStatistics? ofSize)) _batches.Add(batch.Samples, ofSize = new());
            ofSize.Input.Add(batch.Input);
            ofSize.Infer.Add(batch.Infer);
            ofSize.Output.Add(batch.Output);
        }
    }

    /// <summary>Counts a request that got its result.</summary>
    public void Succeed(TimeSpan time)
    {
        lock (_lock)
        {
            _success.Add(time);
            LastInference = DateTimeOffset.UtcNow;
        }
    }

    /// <summary>Counts a request that failed.</summary>
    public void Fail(TimeSpan time, string reason)
    {
        lock (_lock)
        {
            _fail.Add(time);
            _failures[reason] = _failures.GetValueOrDefault(reason) + 1;
        }
    }

    /// <summary>Reads numbers that belong together.</summary>
    public T Read<T>(Func<StatisticsView, T> read)
    {
        lock (_lock) return read(new(this, _success, _fail, _queue, _input, _infer, _output, _batches, _failures));
    }
}
