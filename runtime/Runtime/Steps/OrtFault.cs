using GraphPartition.Foundation;
using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Steps;

/// <summary>What a failure of ONNX Runtime means.</summary>
internal static class OrtFault
{
    private static readonly string[] OutOfMemory = ["Failed to allocate memory", "CUDA failure 2:", "Available memory of", "out of memory", "CUDNN_STATUS_ALLOC_FAILED", "CUBLAS_STATUS_ALLOC_FAILED", "bad_alloc"];

    /// <summary>The exception for a failed step.</summary>
    public static EnvironmentException Of(string where, OnnxRuntimeException e) =>
        OutOfMemory.Any(m => e.Message.Contains(m, StringComparison.OrdinalIgnoreCase))
            ? new OutOfDeviceMemoryException(where, e.Message, e)
            : new EnvironmentException(Codes.RuntimeFailed, where, e.Message, e);
}
