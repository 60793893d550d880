using GraphPartition.Runtime.Kernels;

namespace GraphPartition.Runtime.Options;

/// <summary>Where ONNX Runtime computes the fallback.</summary>
public enum Device
{
    /// <summary>The host's processor.</summary>
    Cpu,
    /// <summary>An NVIDIA GPU, through ONNX Runtime's CUDA provider.</summary>
    Cuda,
}

/// <summary>What happens to a step if the device has not enough memory.</summary>
public enum OutOfMemoryPolicy
{
    /// <summary>The run fails (GP5009); the session stays usable.</summary>
    Fail,
    /// <summary>The step runs on the CPU, in this run and in later ones of the context.</summary>
    RunOnCpu,
}

/// <summary>How a <see cref="ModelSession"/> runs.</summary>
public sealed record ModelSessionOptions
{
    /// <summary>Where fallback steps compute.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>Which device of that kind.</summary>
    public int DeviceId { get; init; }

    /// <summary>How the engines of the model are used.</summary>
    public EngineUse Engines { get; init; } = new();

    /// <summary>Libraries of custom operators for ONNX Runtime.</summary>
    public CustomOperators CustomOperators { get; init; } = CustomOperators.None;

    /// <summary>
    /// Operators that C# code computes. A group with a node of such an operator runs on its engine, or is cut around the node.
    /// </summary>
    public ImmutableArray<ICustomKernel> Kernels { get; init; } = [];

    /// <summary>
    /// Whether every group is a step of its own, with or without an engine. Slower without engines; it lets tests see the boundaries.
    /// On the CPU tensors may then cross boundaries in the blocked layout of ONNX Runtime's convolutions, but not with <see
    /// cref="Validate"/> or without <see cref="Optimize"/>.
    /// </summary>
    public bool KeepGroups { get; init; }

    /// <summary>
    /// Tries each session of the CPU and each engine in a process of its own first, because ONNX Runtime may crash while it creates one,
    /// and TensorRT while it loads one; null: no tries.
    /// </summary>
    public ICrashProbe? Probe { get; init; }

    /// <summary>Threads of one operator on the CPU; 0 is ONNX Runtime's default (one per core).</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Whether ONNX Runtime may optimize each step's graph. Without it every operator is computed by itself, so results do not
    /// depend on where the graph is cut, to the last bit.
    /// </summary>
    public bool Optimize { get; init; } = true;

    /// <summary>
    /// Whether float32 products on CUDA may round their factors to the 10 bits of TF32: several times faster, with errors near
    /// 1e-3. ONNX Runtime's default is true; ours is false, which is exact.
    /// </summary>
    public bool Tf32 { get; init; }

    /// <summary>Whether convolutions on CUDA run with channels last.</summary>
    public bool Nhwc { get; init; }

    /// <summary>Whether work on CUDA with static shapes is recorded on the second run and replayed afterwards.</summary>
    public bool CudaGraphs { get; init; } = true;

    /// <summary>The limit of device memory for one step's arena, in bytes; 0: no limit.</summary>
    public long DeviceMemoryLimit { get; init; }

    /// <summary>What happens if the device has not enough memory.</summary>
    public OutOfMemoryPolicy OutOfMemory { get; init; } = OutOfMemoryPolicy.Fail;

    /// <summary>
    /// How many runs execute at once; others wait. On the CPU contexts share sessions and need memory only for tensors at boundaries;
    /// on CUDA each has its own stream and sessions. 0: the number of processors on the CPU, 1 on CUDA.
    /// </summary>
    public int Contexts { get; init; }

    /// <summary>
    /// For how many combinations of input shapes a context keeps buffers and recordings; the least recently used is discarded first.
    /// </summary>
    public int ShapesKept { get; init; } = 8;

    /// <summary>Whether every floating-point value that leaves a step is checked; NaN and infinities end the run (GP5010).</summary>
    public bool Validate { get; init; }

    /// <summary>
    /// Receives the time of every action of every run; null: nothing is measured. Profiled runs wait after each step and replay
    /// nothing.
    /// </summary>
    public RunProfile? Profile { get; init; }
}
