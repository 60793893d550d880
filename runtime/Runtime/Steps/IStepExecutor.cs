using GraphPartition.Foundation;
using GraphPartition.Runtime.Devices;
using GraphPartition.TensorRt.Run;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Steps;

/// <summary>
/// Computes one step of a plan on one stream, for one run at a time. A TensorRT engine, ONNX Runtime on the device, ONNX Runtime
/// on the host, and the control flow of this session are the executors there are.
/// </summary>
internal interface IStepExecutor : IDisposable
{
    /// <summary>What computes it, for people.</summary>
    string Device { get; }

    /// <summary>Where it reads its inputs and writes its outputs.</summary>
    StepPlacement Placement { get; }

    /// <summary>
    /// Whether <see cref="Run"/> only enqueues on the context's stream: it neither waits for the device nor reads what the
    /// device writes. Others know the shapes of their outputs when they return.
    /// </summary>
    bool OnlyEnqueues { get; }

    /// <summary>Whether the step may be part of a CUDA graph.</summary>
    bool CanBeRecorded => OnlyEnqueues && Placement.IsOnDevice;

    /// <summary>
    /// How often it has given up kernels, made for the shapes of one run, for those of another run. What was recorded before that
    /// must not be replayed: it would launch kernels that are gone.
    /// </summary>
    int Renewals => 0;

    /// <summary>Whether it needs the device.</summary>
    bool UsesDevice => Placement.UsesDevice;

    /// <summary>
    /// Whether it computes the step for these dimensions of the inputs: an engine takes those of its shape profile. Null: only the
    /// run can tell; then <see cref="Run"/> throws <see cref="RefusedShapesException"/>.
    /// </summary>
    bool Takes(IReadOnlyList<long[]?> inputs) => true;

    /// <summary>Computes the step, or enqueues that. Values in the frame are the context's; those that it adds become so.</summary>
    /// <exception cref="EnvironmentException">It failed; <see cref="OutOfDeviceMemoryException"/> where that was for memory.</exception>
    void Run(StepFrame frame, RunControl control);

    /// <summary>The times of the parts of the last run, where the step has parts and somebody asks for them.</summary>
    IReadOnlyList<LayerTime> TakeLayers() => [];

    /// <summary>Whether the step has arranged itself so that the run, which failed in it, can be tried again.</summary>
    bool Recovers(EnvironmentException fault) => false;
}

/// <summary>The values of one step. The same objects come back in later runs wherever nothing moved, so what an executor has bound it need not bind again.</summary>
/// <param name="inputs">The number of inputs.</param>
/// <param name="outputs">The number of outputs.</param>
/// <param name="fed">The dimensions of what the context is fed, from which those of the inputs follow wherever they do not depend on data.</param>
internal sealed class StepFrame(int inputs, int outputs, long[]?[]? fed = null) : IDisposable
{
    /// <summary>The dimensions of what the context is fed.</summary>
    public long[]?[]? Fed => fed;

    /// <summary>The inputs, at the places that the executor wants; null for an optional that is empty.</summary>
    public OrtValue?[] Inputs { get; } = new OrtValue?[inputs];

    /// <summary>
    /// Where outputs go: values whose memory is to be written, and null where only the run can tell the shape. The executor puts
    /// a new value there, at the place that it promised.
    /// </summary>
    public OrtValue?[] Outputs { get; } = new OrtValue?[outputs];

    /// <summary>What the executor has bound to these values: it comes back with them. It must not outlive the executor.</summary>
    public IDisposable? Bound { get; set; }

    public void Dispose()
    {
        Bound?.Dispose();
        Bound = null;
    }
}
