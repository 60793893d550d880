using GraphPartition.Foundation;

namespace GraphPartition.Cuda;

/// <summary>Faults of CUDA. No number is used again for something else.</summary>
public static class CudaCodes
{
    /// <summary>The CUDA driver or a device is missing.</summary>
    public static readonly DiagnosticCode NoCudaDevice = new("GP4004", "there is no usable CUDA device",
        "install the NVIDIA driver; check that nvidia-smi lists a device and that CUDA_VISIBLE_DEVICES does not hide it");
    /// <summary>A call of the CUDA driver failed.</summary>
    public static readonly DiagnosticCode CudaFailed = new("GP4005", "a CUDA call failed",
        "see the message; if memory ran out, free device memory or lower the workspace limit");
}
