using System.Diagnostics;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Batching;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Serving.Models;

/// <summary>
/// A loaded version of a model. Requests hold a lease of it; a version that is replaced takes no new ones, and its session is closed
/// after the last one ended.
/// </summary>
internal sealed class ModelVersion
{
    private const long LongestTimeout = 86_400_000_000; // a day; a timer cannot wait for much longer
    private readonly ModelSession _session;
    private readonly BatchingSession _batching;
    private readonly TaskCompletionSource _noLease = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _leases = 1; // one of them is the repository's

    public ModelVersion(string name, long number, ModelSession session, BatchingSession batching, ModelStatistics statistics,
        ModelOptions options)
    {
        (Name, Number, _session, _batching, Statistics, Options) = (name, number, session, batching, statistics, options);
        Inputs = [.. session.Inputs.Select(TensorInfo.Of)];
        Outputs = [.. session.Outputs.Select(TensorInfo.Of)];
    }

    public string Name { get; }

    public long Number { get; }

    public ModelOptions Options { get; }

    public ImmutableArray<TensorInfo> Inputs { get; }

    public ImmutableArray<TensorInfo> Outputs { get; }

    public ModelStatistics Statistics { get; }

    /// <summary>Whether requests are joined.</summary>
    public bool Batches { get; init; }

    /// <summary>How long it took to load, warm-up included.</summary>
    public TimeSpan LoadTime { get; init; }

    /// <summary>How many runs execute at once.</summary>
    public int Instances => _session.Contexts;

    /// <summary>How many steps of a run are engines.</summary>
    public int Engines => _session.Plan.Steps.Count(s => s.Group is not null);

    /// <summary>How many tensors cross from one step to another.</summary>
    public int Boundaries => _session.Plan.SlotCount - _session.Plan.InputSlots.Length - _session.Plan.OutputSlots.Count(s => s >= 0);

    /// <summary>Requests that wait.</summary>
    public int Waiting => _batching.Waiting;

    /// <summary>Takes a lease, to be given back by <see cref="Release"/>.</summary>
    /// <returns>False if the version was replaced.</returns>
    public bool TryLease()
    {
        for (int leases = Volatile.Read(ref _leases); leases > 0;)
        {
            int before = Interlocked.CompareExchange(ref _leases, leases + 1, leases);
            if (before == leases) return true;
            leases = before;
        }
        return false;
    }

    /// <summary>Gives a lease back.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _leases) == 0) _noLease.TrySetResult();
    }

    /// <summary>Takes no new leases, waits for those that there are, and frees the session.</summary>
    public async Task RetireAsync()
    {
        Release();
        await _noLease.Task.ConfigureAwait(false);
        await _batching.DisposeAsync().ConfigureAwait(false);
        _session.Dispose();
    }

    /// <summary>Computes a request.</summary>
    /// <param name="inputs">A value for each input, by name.</param>
    /// <param name="priority">From 1, the first to run; 0: the default.</param>
    /// <param name="timeoutMicroseconds">How long it may wait; 0: the default.</param>
    /// <param name="cancellation">Gives the request up.</param>
    public async Task<RunResult> RunAsync(
        IReadOnlyDictionary<string, OrtValue> inputs, long priority, long timeoutMicroseconds, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            RequestOptions waits = Waits(priority, timeoutMicroseconds);
            RunResult result = await _batching.RunAsync(inputs, waits, cancellation).ConfigureAwait(false);
            Statistics.Succeed(Stopwatch.GetElapsedTime(start));
            return result;
        }
        catch (Exception e)
        {
            Statistics.Fail(Stopwatch.GetElapsedTime(start), Failure.Of(e).Reason);
            throw;
        }
    }

    /// <summary>Triton numbers priorities from 1; a default of 0 is the last.</summary>
    private RequestOptions Waits(long priority, long timeoutMicroseconds)
    {
        long level = priority > 0 ? priority : Options.DefaultPriorityLevel;
        long limit = timeoutMicroseconds > 0 ? timeoutMicroseconds : Options.DefaultTimeoutMicroseconds;
        return new((int)Math.Min(level == 0 ? int.MaxValue : level - 1, int.MaxValue),
            limit > 0 ? TimeSpan.FromMicroseconds(Math.Min(limit, LongestTimeout)) : null);
    }
}
