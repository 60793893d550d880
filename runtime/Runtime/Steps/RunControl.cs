namespace GraphPartition.Runtime.Steps;

/// <summary>State of a run that its steps share: cancellation and recording. Each runner reuses one; nested runs share it.</summary>
internal sealed class RunControl : IDisposable
{
    private const string SkipSynchronization = "disable_synchronize_execution_providers";

    public RunControl() => Enqueuing.AddRunConfigEntry(SkipSynchronization, "1");

    /// <summary>Options of ONNX Runtime for a run whose results the host needs.</summary>
    public RunOptions Waiting { get; } = new();

    /// <summary>Options of ONNX Runtime for a run that the next step follows on the same stream.</summary>
    public RunOptions Enqueuing { get; } = new();

    /// <summary>Whether the work is being recorded. If so, nothing may wait for the device.</summary>
    public bool IsRecording { get; set; }

    /// <summary>Cancels the run.</summary>
    public CancellationToken Cancellation { get; private set; }

    /// <summary>Objects that the recording uses and that recorded steps gave up: they live as long as the recording.</summary>
    public List<IDisposable> Recorded { get; } = [];

    /// <summary>Stops ONNX Runtime before its next operator; from any thread.</summary>
    public void Stop() => Waiting.Terminate = Enqueuing.Terminate = true;

    /// <summary>Prepares the next run.</summary>
    public void Reset(CancellationToken cancellation)
    {
        Waiting.Terminate = Enqueuing.Terminate = false;
        Cancellation = cancellation;
    }

    public void Dispose()
    {
        Waiting.Dispose();
        Enqueuing.Dispose();
    }
}
