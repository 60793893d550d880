namespace GraphPartition.Runtime.Devices;

/// <summary>A piece of memory that values lie in.</summary>
/// <param name="address">Its first byte.</param>
/// <param name="bytes">Its size.</param>
/// <param name="owner">What gives it back when disposed.</param>
internal sealed class MemoryBlock(nint address, long bytes, IDisposable owner) : IDisposable
{
    /// <summary>Memory at a place of a context.</summary>
    /// <param name="stream">The context's device; null where all is on the host.</param>
    /// <param name="place">The place: where there is a device, memory of the host is such that the device copies from and to.</param>
    /// <param name="bytes">The size.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough.</exception>
    public static MemoryBlock Allocate(DeviceStream? stream, MemoryPlace place, long bytes) =>
        stream is null ? HostMemory.Allocate(bytes) : place == MemoryPlace.Device ? stream.AllocateOnDevice(bytes) : stream.AllocateOnHost(bytes);

    public nint Address => address;

    public long Bytes => bytes;

    public void Dispose() => owner.Dispose();
}
