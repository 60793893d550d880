namespace GraphPartition.Operators.Definitions;

/// <summary>
/// A kernel of ONNX Runtime's CUDA provider that never waits for the device, so that a CUDA graph may hold it: read in the sources of
/// ONNX Runtime 1.29. Operators without one: those that have no CUDA kernel (Det, STFT, Acos), with data-dependent shapes (NonZero), with
/// bodies or sequences, with host code (GRU, LSTM and RNN read lengths on the host), with random numbers, which a replay would repeat, and
/// all whose kernel nobody has read.
/// </summary>
public sealed record OrtCudaKernel
{
    /// <summary>All inputs and outputs are on the device.</summary>
    public static OrtCudaKernel OnDevice { get; } = new();

    /// <summary>Every input but the first is read on the host: sizes, axes and limits.</summary>
    public static OrtCudaKernel ReadsSizes { get; } = new() { FirstHostInput = 1 };

    /// <summary>The first input that the kernel reads on the host, as all behind it.</summary>
    public int FirstHostInput { get; init; } = int.MaxValue;

    /// <summary>Whether the outputs are on the host.</summary>
    public bool WritesOnHost { get; init; }

    /// <summary>Whether cuDNN chooses or compiles the kernel for the shapes of a run. ONNX Runtime keeps that of the last shape.</summary>
    public bool DependsOnShape { get; init; }
}
