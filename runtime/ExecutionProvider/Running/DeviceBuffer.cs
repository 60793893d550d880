using GraphPartition.Cuda;

namespace GraphPartition.ExecutionProvider.Running;

/// <summary>Memory of a device, or of the host for a device, that grows and never shrinks.</summary>
internal sealed class DeviceBuffer(CudaDevice device, bool onHost) : IDisposable
{
    private CudaMemory? _memory;

    /// <summary>
    /// The address of at least so many bytes, and at least one: TensorRT takes no null. The contents are lost where it moves.
    /// </summary>
    public nint Of(long bytes)
    {
        if (_memory is null || _memory.Bytes < bytes)
        {
            _memory?.Dispose();
            _memory = null;
            _memory = onHost ? CudaMemory.AllocateHost(device, Math.Max(1, bytes)) : CudaMemory.Allocate(device, Math.Max(1, bytes));
        }
        return _memory.Pointer;
    }

    /// <inheritdoc/>
    public void Dispose() => _memory?.Dispose();
}
