using System.Threading.Channels;

namespace GraphPartition.Runtime.Batching;

/// <summary>
/// Joins requests that arrive at about the same time: stacks them along the batch dimension, runs them as one, and splits the results. A
/// request waits at most <see cref="BatchingOptions.MaxWait"/>, and not at all if a batch is full. A faulty request fails alone: inputs
/// are checked before they are stacked, and if a batch fails, its requests run one by one. A proof shows before the first batch that a
/// request gets the same result as alone (GP5011), and the first batch is compared with its requests alone (GP5012). Safe for
/// concurrent calls.
/// </summary>
public sealed class BatchingSession : IAsyncDisposable
{
    private readonly ModelSession _session;
    private readonly BatchingOptions _options;
    private readonly RequestReader _reader;
    private readonly FirstBatch _first;
    private readonly Channel<Request> _requests = Channel.CreateUnbounded<Request>(new() { SingleReader = true });
    private readonly Task _collector;
    private readonly HashSet<Task> _running = [];
    private long _batches;
    private long _batched;

    /// <summary>Batches the requests of a session, which stays the caller's.</summary>
    /// <exception cref="ModelException">The model cannot be batched (GP5011).</exception>
    public BatchingSession(ModelSession session, BatchingOptions? options = null)
    {
        _session = session;
        _options = options ?? new();
        _reader = new RequestReader(session.Compiled, _options.AllowUnproven);
        _first = new FirstBatch(session, _options);
        _collector = Task.Run(CollectAsync);
    }

    /// <summary>Batches that were run, and requests that were in them.</summary>
    public (long Batches, long Requests) Counts => (Interlocked.Read(ref _batches), Interlocked.Read(ref _batched));

    /// <summary>Computes the outputs for some samples. The caller keeps the inputs and must not change them before the task ends.</summary>
    /// <param name="feeds">A value for each input, by name; all with the same size of dimension 0.</param>
    /// <param name="cancellation">Gives the request up. A batch that it is part of already goes on for the others.</param>
    /// <exception cref="ModelException">
    /// An input does not fit (GP5004), or the first batch differed from its requests alone (GP5012).
    /// </exception>
    /// <exception cref="EnvironmentException">The run of this request fails (GP5006, GP5009).</exception>
    public async Task<RunResult> RunAsync(IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        Request request = _reader.Read(feeds, cancellation);
        await using CancellationTokenRegistration gaveUp = cancellation.UnsafeRegister(
            static state => ((Request)state!).GiveUp(), request);
        ObjectDisposedException.ThrowIf(!_requests.Writer.TryWrite(request), this);
        return await request.Answer.Task.ConfigureAwait(false);
    }

    /// <summary>Takes no more requests and waits for the answers of those that there are.</summary>
    public async ValueTask DisposeAsync()
    {
        _requests.Writer.TryComplete();
        await _collector.ConfigureAwait(false);
        _first.Dispose();
    }

    private async Task CollectAsync()
    {
        Request? left = null; // came while a batch of another kind was being collected
        while (left is not null || await _requests.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            Request? first = left;
            left = null;
            if (first is null && !_requests.Reader.TryRead(out first)) continue;
            List<Request> batch = [first];
            long samples = first.Samples;
            using var patience = new CancellationTokenSource(_options.MaxWait);
            while (samples < _options.MaxBatch)
            {
                if (!_requests.Reader.TryRead(out Request? next))
                {
                    if (await AnotherComesAsync(patience.Token).ConfigureAwait(false)) continue;
                    break;
                }
                if (next.Kind != first.Kind || samples + next.Samples > _options.MaxBatch)
                {
                    left = next;
                    break;
                }
                batch.Add(next);
                samples += next.Samples;
            }
            Start(batch);
        }
        await Task.WhenAll(Running()).ConfigureAwait(false);
    }

    private async Task<bool> AnotherComesAsync(CancellationToken patience)
    {
        try
        {
            return await _requests.Reader.WaitToReadAsync(patience).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Runs a batch beside the collection of the next one: as many at once as the session has contexts.</summary>
    private void Start(List<Request> batch)
    {
        Task run = Task.Run(() => RunBatchAsync(batch));
        lock (_running) _running.Add(run);
        run.ContinueWith(done =>
        {
            lock (_running) _running.Remove(done);
        }, TaskScheduler.Default);
    }

    private Task[] Running()
    {
        lock (_running) return [.. _running];
    }

    private async Task RunBatchAsync(List<Request> batch)
    {
        batch.RemoveAll(r => !r.TryBeginReading()); // given up while it waited
        if (batch.Count == 0) return;
        if (_first.Fault is { } known)
        {
            Fail(batch, known);
            return;
        }
        Interlocked.Increment(ref _batches);
        Interlocked.Add(ref _batched, batch.Count);
        if (batch.Count > 1)
        {
            if (await TryStackedAsync(batch).ConfigureAwait(false)) return;
            batch.RemoveAll(r => !r.TryBeginReading());
        }
        foreach (Request request in batch) await RunAloneAsync(request).ConfigureAwait(false);
    }

    private async Task<bool> TryStackedAsync(List<Request> batch)
    {
        var feeds = new Dictionary<string, OrtValue>();
        try
        {
            Stack(batch, feeds);
            using RunResult results = await _session.RunAsync(feeds).ConfigureAwait(false);
            long samples = batch.Sum(r => r.Samples);
            if (results.Values.Any(v => v.GetTensorTypeAndShape().Shape is not [var rows, ..] || rows != samples)) return false;
            if (await _first.CheckAsync(feeds, [.. batch.Select(r => r.Samples)], results).ConfigureAwait(false) is { } fault)
            {
                Fail(batch, fault);
                return true;
            }
            long start = 0;
            foreach (Request request in batch)
            {
                var own = new RunResult(results.Names, [.. results.Values.Select(v => Rows.Slice(v, start, request.Samples))]);
                if (!request.Answer.TrySetResult(own)) own.Dispose();
                start += request.Samples;
            }
            return true;
        }
        catch (Exception e) when (e is EnvironmentException or ModelException or OnnxRuntimeException)
        {
            return false; // whose fault it is shows when they run one by one
        }
        finally
        {
            foreach (OrtValue value in feeds.Values) value.Dispose();
        }
    }

    private static void Fail(List<Request> batch, ModelException fault)
    {
        foreach (Request request in batch) request.Answer.TrySetException(fault);
    }

    private void Stack(List<Request> batch, Dictionary<string, OrtValue> feeds)
    {
        try
        {
            for (int i = 0; i < _session.Inputs.Length; i++)
                feeds.Add(_session.Inputs[i].Name, Rows.Stack([.. batch.Select(r => r.Inputs[i])]));
        }
        finally
        {
            foreach (Request request in batch) request.EndReading();
        }
    }

    private async Task RunAloneAsync(Request request)
    {
        try
        {
            RunResult result = await _session.RunAsync(request.Feeds, request.Cancellation).ConfigureAwait(false);
            if (!request.Answer.TrySetResult(result)) result.Dispose();
        }
        catch (OperationCanceledException e)
        {
            request.Answer.TrySetCanceled(e.CancellationToken);
        }
        catch (Exception e)
        {
            request.Answer.TrySetException(e); // the caller's to handle, whatever it is
        }
    }
}
