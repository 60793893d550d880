using System.Diagnostics;

namespace GraphPartition.Runtime.Batching;

/// <summary>Runs batches: stacks the inputs, runs them as one, splits the results, and answers the requests.</summary>
internal sealed class BatchRunner(ModelSession session, BatchingOptions options) : IDisposable
{
    private readonly FirstBatch _first = new(session, options);
    private long _batches;
    private long _requests;

    /// <summary>Batches that were run, and requests that were in them.</summary>
    public (long Batches, long Requests) Counts => (Interlocked.Read(ref _batches), Interlocked.Read(ref _requests));

    public void Dispose() => _first.Dispose();

    /// <summary>Runs a batch and answers its requests, whatever happens.</summary>
    public async Task RunAsync(List<Request> batch)
    {
        try
        {
            batch.RemoveAll(r => !r.TryBeginReading()); // given up while it waited
            if (batch.Count == 0) return;
            if (_first.Fault is { } known)
            {
                Fail(batch, known);
                return;
            }
            Interlocked.Increment(ref _batches);
            Interlocked.Add(ref _requests, batch.Count);
            using Activity? activity = RuntimeActivities.Start("batch", batch[0].Context, [.. batch.Skip(1).Select(r => r.Context)]);
            activity?.SetTag("batch.requests", batch.Count);
            if (batch.Count > 1)
            {
                if (await TryStackedAsync(batch).ConfigureAwait(false)) return;
                batch.RemoveAll(r => !r.TryBeginReading());
            }
            foreach (Request request in batch) await RunAloneAsync(request).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Fail(batch, e); // a bug of ours, but no caller waits forever
        }
    }

    private async Task<bool> TryStackedAsync(List<Request> batch)
    {
        var feeds = new Dictionary<string, OrtValue>();
        Clock clock = Clock.Start(batch);
        using var allGaveUp = new CancellationTokenSource();
        int left = batch.Count;
        CancellationTokenRegistration[] gaveUp = [.. batch.Select(r => r.Cancellation.UnsafeRegister(_ =>
        {
            if (Interlocked.Decrement(ref left) == 0) allGaveUp.Cancel();
        }, null))];
        try
        {
            Stack(batch, feeds);
            clock.EndInput();
            using RunResult results = await session.RunAsync(feeds, allGaveUp.Token).ConfigureAwait(false);
            clock.EndInfer();
            long samples = batch.Sum(r => r.Samples);
            if (results.Values.Any(v => v.GetTensorTypeAndShape().Shape is not [var rows, ..] || rows != samples)) return false;
            if (await _first.CheckAsync(feeds, [.. batch.Select(r => r.Samples)], results).ConfigureAwait(false) is { } fault)
            {
                Fail(batch, fault);
                return true;
            }
            long start = 0;
            var answers = new List<RunResult>(batch.Count);
            foreach (Request request in batch)
            {
                answers.Add(new RunResult(results.Names, [.. results.Values.Select(v => Rows.Slice(v, start, request.Samples))]));
                start += request.Samples;
            }
            options.Ran?.Invoke(clock.Report(samples, hasFailed: false));
            for (int i = 0; i < batch.Count; i++)
                if (!batch[i].Answer.TrySetResult(answers[i])) answers[i].Dispose();
            return true;
        }
        catch (OperationCanceledException) when (allGaveUp.IsCancellationRequested)
        {
            return true; // each request answered itself when it was given up
        }
        catch (Exception e) when (e is EnvironmentException or ModelException or OnnxRuntimeException)
        {
            options.Ran?.Invoke(clock.Report(batch.Sum(r => r.Samples), hasFailed: true));
            return false; // whose fault it is shows when they run one by one
        }
        finally
        {
            foreach (CancellationTokenRegistration registration in gaveUp) await registration.DisposeAsync().ConfigureAwait(false);
            foreach (OrtValue value in feeds.Values) value.Dispose();
        }
    }

    private void Stack(List<Request> batch, Dictionary<string, OrtValue> feeds)
    {
        try
        {
            for (int i = 0; i < session.Inputs.Length; i++)
                feeds.Add(session.Inputs[i].Name, Rows.Stack([.. batch.Select(r => r.Inputs[i])]));
        }
        finally
        {
            foreach (Request request in batch) request.EndReading();
        }
    }

    private async Task RunAloneAsync(Request request)
    {
        Clock clock = Clock.Start([request]);
        clock.EndInput();
        try
        {
            RunResult result = await session.RunAsync(request.Feeds, request.Cancellation).ConfigureAwait(false);
            clock.EndInfer();
            options.Ran?.Invoke(clock.Report(request.Samples, hasFailed: false));
            if (!request.Answer.TrySetResult(result)) result.Dispose();
        }
        catch (OperationCanceledException e)
        {
            request.Answer.TrySetCanceled(e.CancellationToken);
        }
        catch (Exception e)
        {
            options.Ran?.Invoke(clock.Report(request.Samples, hasFailed: true));
            request.Answer.TrySetException(e); // the caller's to handle, whatever it is
        }
    }

    private static void Fail(List<Request> batch, Exception fault)
    {
        foreach (Request request in batch) request.Answer.TrySetException(fault);
    }

    /// <summary>The times of one batch.</summary>
    private struct Clock
    {
        private TimeSpan[] _waited;
        private long _start, _stacked, _computed;

        public static Clock Start(List<Request> batch) => new()
        {
            _start = Stopwatch.GetTimestamp(),
            _waited = [.. batch.Select(r => Stopwatch.GetElapsedTime(r.Arrived))],
        };

        public void EndInput() => _stacked = Stopwatch.GetTimestamp();

        public void EndInfer() => _computed = Stopwatch.GetTimestamp();

        public readonly BatchReport Report(long samples, bool hasFailed)
        {
            long now = Stopwatch.GetTimestamp(), stacked = _stacked == 0 ? now : _stacked, computed = _computed == 0 ? now : _computed;
            return new(samples, _waited, Stopwatch.GetElapsedTime(_start, stacked), Stopwatch.GetElapsedTime(stacked, computed),
                Stopwatch.GetElapsedTime(computed, now), hasFailed);
        }
    }
}
