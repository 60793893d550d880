using GraphPartition.Foundation;

namespace GraphPartition.Cuda;

/// <summary>A call of the CUDA driver failed. Errors of earlier asynchronous work show in later calls.</summary>
public sealed class CudaException : EnvironmentException
{
    internal CudaException(int status, string call, string description)
        : base(Codes.CudaFailed, call, description) => Status = status;

    /// <summary>CUresult (cuda.h): for instance 2 is out of memory.</summary>
    public int Status { get; }
}
