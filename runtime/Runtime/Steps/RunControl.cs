using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Steps;

/// <summary>How a run is stopped from outside. One for each context, used again by each run; runs of bodies share it.</summary>
internal sealed class RunControl : IDisposable
{
    private const string SkipSynchronization = "disable_synchronize_execution_providers";

    /// <summary>For ONNX Runtime where the host needs the results.</summary>
    public RunOptions Waiting { get; } = new();

    /// <summary>For ONNX Runtime where the next step follows on the same stream.</summary>
    public RunOptions Enqueuing { get; } = new();

    /// <summary>Whether what is enqueued is recorded: then nobody may wait.</summary>
    public bool IsRecording { get; set; }

    /// <summary>Stops the run.</summary>
    public CancellationToken Cancellation { get; private set; }

    /// <summary>What a recording works with and nobody else may touch any more, given away by steps that are recorded.</summary>
    public List<IDisposable> Recorded { get; } = [];

    public RunControl() => Enqueuing.AddRunConfigEntry(SkipSynchronization, "1");

    /// <summary>Stops ONNX Runtime before its next operator, from any thread.</summary>
    public void Stop() => Waiting.Terminate = Enqueuing.Terminate = true;

    /// <summary>Makes the control good for another run.</summary>
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
