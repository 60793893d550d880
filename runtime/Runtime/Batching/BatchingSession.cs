namespace GraphPartition.Runtime.Batching;

/// <summary>
/// Joins requests that arrive at about the same time: stacks them along the batch dimension, runs them as one, and splits the results. A
/// request waits at most <see cref="BatchingOptions.MaxWait"/> for others, and not at all if a batch is full; while all contexts of the
/// session are busy, requests gather for the next batch. A faulty request fails alone: inputs
/// are checked before they are stacked, and if a batch fails, its requests run one by one. A proof shows before the first batch that a
/// request gets the same result as alone (GP5011), and the first batch is compared with its requests alone (GP5012). Safe for
/// concurrent calls.
/// </summary>
public sealed class BatchingSession : IAsyncDisposable
{
    private readonly BatchingOptions _options;
    private readonly RequestReader _reader;
    private readonly BatchRunner _runner;
    private readonly RequestQueue _queue;
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _isIdle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _free;
    private int _running;
    private bool _isClosed;

    /// <summary>Batches the requests of a session, which stays the caller's.</summary>
    /// <exception cref="ModelException">The model cannot be batched (GP5011).</exception>
    public BatchingSession(ModelSession session, BatchingOptions? options = null)
    {
        _options = options ?? new();
        _reader = new RequestReader(session.Compiled, _options);
        _runner = new BatchRunner(session, _options);
        _queue = new RequestQueue(_options);
        _free = session.Contexts;
        _timer = new Timer(static state => ((BatchingSession)state!).StartReady(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>Whether requests of a model can be joined, without a session.</summary>
    /// <returns>Null if a proof shows that they can; else why not (GP5011).</returns>
    public static Diagnostic? WhyNotBatched(Graph graph)
    {
        try
        {
            _ = new RequestReader(graph, new BatchingOptions());
            return null;
        }
        catch (ModelException e)
        {
            return e.Diagnostics[0];
        }
    }

    /// <summary>Batches that were run, and requests that were in them.</summary>
    public (long Batches, long Requests) Counts => _runner.Counts;

    /// <summary>Requests that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock) return _queue.Count;
        }
    }

    /// <summary>Computes the outputs for some samples. The caller keeps the inputs and must not change them before the task ends.</summary>
    /// <param name="feeds">A value for each input, by name; all with the same size of dimension 0.</param>
    /// <param name="cancellation">
    /// Gives the request up. A batch that it is part of already goes on for the others; it stops if all of them were given up.
    /// </param>
    /// <exception cref="ModelException">
    /// An input does not fit (GP5004), or the first batch differed from its requests alone (GP5012).
    /// </exception>
    /// <exception cref="EnvironmentException">
    /// The run of this request fails (GP5006, GP5009), or too many requests wait (GP5017).
    /// </exception>
    public Task<RunResult> RunAsync(IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation = default) =>
        RunAsync(feeds, default, cancellation);

    /// <summary>As <see cref="RunAsync(IReadOnlyDictionary{string, OrtValue}, CancellationToken)"/>, with a priority and a time-out.</summary>
    /// <param name="feeds">A value for each input, by name.</param>
    /// <param name="options">How the request waits.</param>
    /// <param name="cancellation">Gives the request up.</param>
    /// <exception cref="ModelException">As for the other method.</exception>
    /// <exception cref="EnvironmentException">As for the other method; also: the request waited for too long (GP5018).</exception>
    public async Task<RunResult> RunAsync(
        IReadOnlyDictionary<string, OrtValue> feeds, RequestOptions options, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        Request request = _reader.Read(feeds, cancellation);
        await using CancellationTokenRegistration gaveUp = cancellation.UnsafeRegister(
            static state => ((Request)state!).GiveUp(), request);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_queue.Count >= _options.MaxQueue)
                throw new EnvironmentException(RuntimeCodes.QueueFull, "queue", $"{_queue.Count} requests wait, which is the limit");
            _queue.Add(request, options.Priority);
        }
        StartReady();
        using CancellationTokenSource? patience = options.MaxQueueTime is { } limit ? new(limit) : null;
        using CancellationTokenRegistration expired = patience?.Token.UnsafeRegister(
            static state => ((Request)state!).Expire(), request) ?? default;
        try
        {
            return await request.Answer.Task.ConfigureAwait(false);
        }
        finally
        {
            lock (_lock) _queue.Remove(request); // if it was given up while it waited
        }
    }

    /// <summary>Takes no more requests and waits for the answers of those that there are.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock) _isClosed = true;
        StartReady();
        await _isIdle.Task.ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        _runner.Dispose();
    }

    /// <summary>
    /// Starts as many batches as there are free contexts and enough requests. It is called when a request arrives, when a batch ends, and
    /// when the first request has waited long enough.
    /// </summary>
    private void StartReady()
    {
        lock (_lock)
        {
            while (_free > 0)
            {
                if (_queue.TryTake(_isClosed, out TimeSpan wait) is not { } batch)
                {
                    if (wait > TimeSpan.Zero) _timer.Change((long)Math.Ceiling(wait.TotalMilliseconds), Timeout.Infinite);
                    break;
                }
                _free--;
                _running++;
                // Not Task.Run: a batch must not run in the execution context of the request that happens to start it.
                ThreadPool.UnsafeQueueUserWorkItem(RunBatch, batch, preferLocal: false);
            }
            if (_isClosed && _running == 0) _isIdle.TrySetResult();
        }
    }

    private async void RunBatch(List<Request> batch) // never throws: RunAsync answers every failure
    {
        await _runner.RunAsync(batch).ConfigureAwait(false);
        lock (_lock)
        {
            _free++;
            _running--;
        }
        StartReady();
    }
}
