using GraphPartition.Runtime.Devices;

namespace GraphPartition.Runtime.Execution;

/// <summary>Actions in a row that only enqueue, over memory that stays: what can be recorded as one CUDA graph.</summary>
/// <param name="start">The first action.</param>
/// <param name="end">The action behind the last.</param>
internal sealed class Region(int start, int end) : IDisposable
{
    public int Start => start;

    public int End => end;

    /// <summary>
    /// The renewals of its steps when it was done last (<see cref="GraphPartition.Runtime.Steps.IStepExecutor.Renewals"/>), all together: they only grow, so the
    /// sum is the same only where none has renewed anything since.
    /// </summary>
    public long Renewals { get; set; } = -1;

    /// <summary>The recording, once there is one.</summary>
    public IRecording? Recording { get; set; }

    /// <summary>Why there will be none; null as long as it was not refused.</summary>
    public string? Refusal { get; set; }

    /// <summary>What the recording works with; it ends after the recording.</summary>
    public IReadOnlyList<IDisposable> Recorded { get; set; } = [];

    /// <summary>Ends the recording; there may be another.</summary>
    public void Forget()
    {
        Recording?.Dispose();
        Recording = null;
        foreach (IDisposable recorded in Recorded) recorded.Dispose();
        Recorded = [];
    }

    public void Dispose() => Forget();
}
