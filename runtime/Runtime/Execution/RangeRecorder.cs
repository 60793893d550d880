namespace GraphPartition.Runtime.Execution;

/// <summary>Executes recordable ranges: replays the recording of a range, or makes it. For one runner.</summary>
/// <param name="stream">The device; null if nothing can be recorded.</param>
/// <param name="execute">Executes the actions of a range, one after the other.</param>
internal sealed class RangeRecorder(DeviceStream? stream, Action<BoundRun, RecordedRange> execute)
{
    /// <summary>
    /// Whether a recording was refused and nothing has failed since. ONNX Runtime (1.29, 1.31) leaves CUDA's error of a refused recording
    /// behind, and the next kernel reports it as its own: a failure right after a refused recording is retried once.
    /// </summary>
    public bool HasPendingError { get; set; }

    /// <summary>
    /// Replays a range. In its second run with the same kernels it is executed as before and then recorded, by the same thread and with the
    /// memory that it needs already allocated.
    /// </summary>
    public void Repeat(BoundRun bound, RecordedRange range, RunControl control)
    {
        if (range.KernelChanges != range.KernelChangesIn(bound.Plan))
        {
            range.Discard();
            execute(bound, range);
            range.KernelChanges = range.KernelChangesIn(bound.Plan);
        }
        else if (range.Recording is { } recording) recording.Replay();
        else
        {
            execute(bound, range);
            Record(bound, range, control);
        }
    }

    private void Record(BoundRun bound, RecordedRange range, RunControl control)
    {
        control.IsRecording = true;
        try
        {
            range.Recording = stream!.Record(() => execute(bound, range), bound.OwnsHostAddress, out string? refusal);
            range.Refusal = refusal;
            HasPendingError |= refusal is not null;
        }
        finally
        {
            control.IsRecording = false;
            range.Resources = [.. range.Resources, .. control.Recorded]; // also of a failed recording: its earlier work may still run
            control.Recorded.Clear();
        }
    }
}
