using System.Diagnostics;

namespace GraphPartition.Runtime.Batching;

/// <summary>One caller's request: what it feeds, how many samples that is, and where its answer goes.</summary>
/// <remarks>
/// The caller may free what it fed as soon as it has its answer, a cancellation too. So a request is given up at once only while
/// nobody reads its inputs; else as soon as they have been read.
/// </remarks>
internal sealed class Request(
    IReadOnlyDictionary<string, OrtValue> feeds, OrtValue[] inputs, long samples, string kind, CancellationToken cancellation)
{
    public IReadOnlyDictionary<string, OrtValue> Feeds => feeds;

    /// <summary>The inputs in the order of the model; empty where requests run alone.</summary>
    public OrtValue[] Inputs => inputs;

    /// <summary>The size along the batch dimension.</summary>
    public long Samples => samples;

    /// <summary>Requests of equal kinds can be stacked: all else in their shapes is the same.</summary>
    public string Kind => kind;

    public CancellationToken Cancellation => cancellation;

    /// <summary>When it arrived (<see cref="Stopwatch.GetTimestamp"/>).</summary>
    public long Arrived { get; } = Stopwatch.GetTimestamp();

    /// <summary>What the caller is doing; the batch is traced as a part of it.</summary>
    public ActivityContext Context { get; } = Activity.Current?.Context ?? default;

    /// <summary>Its place in the queue; null: it is not in a queue.</summary>
    public LinkedListNode<Request>? Place { get; set; }

    private const int Idle = 0, Reading = 1, GivenUp = 2;

    private int _state;
    private volatile bool _hasStarted;

    /// <summary>Whether the inputs may be read from now on: not so where the request was given up.</summary>
    public bool TryBeginReading()
    {
        if (Interlocked.CompareExchange(ref _state, Reading, Idle) != Idle) return false;
        _hasStarted = true;
        return true;
    }

    /// <summary>The inputs are not read any more.</summary>
    public void EndReading()
    {
        Interlocked.Exchange(ref _state, Idle);
        if (cancellation.IsCancellationRequested) GiveUp();
    }

    /// <summary>Answers with a cancellation, unless the inputs are being read.</summary>
    public void GiveUp()
    {
        if (Interlocked.CompareExchange(ref _state, GivenUp, Idle) == Idle) Answer.TrySetCanceled(cancellation);
    }

    /// <summary>Answers that it waited for too long (GP5018), unless it runs.</summary>
    public void Expire()
    {
        if (!_hasStarted && Interlocked.CompareExchange(ref _state, GivenUp, Idle) == Idle)
            Answer.TrySetException(new EnvironmentException(RuntimeCodes.WaitedTooLong, "queue",
                $"it did not start within {Stopwatch.GetElapsedTime(Arrived).TotalMilliseconds:F0} ms"));
    }

    /// <summary>The answer. Its continuations never run on the thread that computes batches.</summary>
    public TaskCompletionSource<RunResult> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
