using GraphPartition.TensorRt.Run;

namespace GraphPartition.Runtime.Steps;

/// <summary>
/// Computes one step of a plan on one stream, for one run at a time. There are three kinds: a TensorRT engine, a session of ONNX Runtime
/// (on the device or on the host), and the control flow of this runtime.
/// </summary>
internal interface IStepExecutor : IDisposable
{
    /// <summary>What computes the step, for reports.</summary>
    string Device { get; }

    /// <summary>Where it reads its inputs and writes its outputs.</summary>
    StepPlacement Placement { get; }

    /// <summary>
    /// Whether <see cref="Run"/> only enqueues work on the stream: it neither waits for the device nor reads what the device writes.
    /// </summary>
    bool OnlyEnqueues { get; }

    /// <summary>Whether the step may be part of a recording.</summary>
    bool CanBeRecorded => OnlyEnqueues && Placement.IsOnDevice;

    /// <summary>
    /// How often kernels of one shape were replaced by those of another shape. An older recording must not be replayed: it would launch
    /// kernels that no longer exist.
    /// </summary>
    int KernelChanges => 0;

    /// <summary>How often the last run executed the step's body; 0 for a step without one.</summary>
    long Iterations => 0;

    /// <summary>Whether it needs the device.</summary>
    bool UsesDevice => Placement.UsesDevice;

    /// <summary>Whether it accepts inputs of these dimensions: an engine accepts those of its shape profile.</summary>
    /// <param name="inputs">For each input its dimensions; null if only the run shows them. <see cref="Run"/> may then still throw
    /// <see cref="RefusedShapesException"/>.</param>
    bool Accepts(IReadOnlyList<long[]?> inputs) => true;

    /// <summary>Computes the step, or enqueues its work. Values that it adds to the frame belong to the runner.</summary>
    /// <exception cref="EnvironmentException">It failed; <see cref="OutOfDeviceMemoryException"/> if memory was the reason.</exception>
    void Run(StepFrame frame, RunControl control);

    /// <summary>Returns and removes the times of the layers of the last run; empty if there are none or they are not measured.</summary>
    IReadOnlyList<LayerTime> TakeLayers() => [];

    /// <summary>Whether the step has changed itself so that the run, which failed in it, can be repeated.</summary>
    bool TryRecover(EnvironmentException fault) => false;
}

/// <summary>
/// The values of one step. Later runs see the same objects wherever nothing moved, so an executor need not bind them again.
/// </summary>
/// <param name="inputs">The number of inputs.</param>
/// <param name="outputs">The number of outputs.</param>
/// <param name="inputShapes">The dimensions of the graph's inputs. They decide every shape that does not depend on data.</param>
internal sealed class StepFrame(int inputs, int outputs, long[]?[]? inputShapes = null) : IDisposable
{
    /// <summary>The dimensions of the graph's inputs.</summary>
    public long[]?[]? InputShapes => inputShapes;

    /// <summary>The inputs, at the places that the executor declares; null for an empty optional.</summary>
    public OrtValue?[] Inputs { get; } = new OrtValue?[inputs];

    /// <summary>
    /// The outputs: values to be written, and null if only the run shows the shape. Then the executor stores a new value at the place that
    /// it declared.
    /// </summary>
    public OrtValue?[] Outputs { get; } = new OrtValue?[outputs];

    /// <summary>The executor's binding of these values. It must not outlive the executor.</summary>
    public IDisposable? Bound { get; set; }

    public void Dispose()
    {
        Bound?.Dispose();
        Bound = null;
    }
}
