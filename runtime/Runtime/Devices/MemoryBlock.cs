using System.Runtime.InteropServices;

namespace GraphPartition.Runtime.Devices;

/// <summary>A contiguous piece of memory that holds values.</summary>
/// <param name="address">Its first byte.</param>
/// <param name="bytes">Its size.</param>
/// <param name="owner">Frees the memory when disposed.</param>
internal sealed class MemoryBlock(nint address, long bytes, IDisposable owner) : IDisposable
{
    public nint Address => address;
    public long Bytes => bytes;

    /// <summary>Allocates memory at a place.</summary>
    /// <param name="stream">The device; null if the session has none: then the memory is ordinary host memory.</param>
    /// <param name="place">The place. With a device, host memory is pinned, so that the device copies it by itself.</param>
    /// <param name="bytes">The size.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory.</exception>
    /// <exception cref="EnvironmentException">The host has not enough memory (GP5031).</exception>
    public static MemoryBlock Allocate(DeviceStream? stream, MemoryPlace place, long bytes) =>
        stream is null ? HostMemory.Allocate(bytes)
            : place == MemoryPlace.Device ? stream.AllocateOnDevice(bytes) : stream.AllocateOnHost(bytes);

    /// <summary>
    /// Copies bytes: at once between host addresses, otherwise in stream order. Host memory must then stay unchanged until the stream
    /// has been synchronized.
    /// </summary>
    public static unsafe void Copy(nint from, MemoryPlace source, nint to, MemoryPlace target, long bytes, DeviceStream? stream)
    {
        if (bytes == 0) return;
        if (source == MemoryPlace.Host && target == MemoryPlace.Host) Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes);
        else stream!.Copy(from, to, bytes);
    }

    public void Dispose() => owner.Dispose();
}

/// <summary>Ordinary host memory, aligned for vector instructions.</summary>
internal sealed unsafe class HostMemory : SafeHandle
{
    private const int Alignment = 64;

    public HostMemory() : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    public static MemoryBlock Allocate(long bytes)
    {
        var memory = new HostMemory();
        try
        {
            memory.SetHandle((nint)NativeMemory.AlignedAlloc((nuint)Math.Max(1, bytes), Alignment));
        }
        catch (OutOfMemoryException e)
        {
            throw new EnvironmentException(RuntimeCodes.OutOfMemory, "boundary tensors", $"{bytes} bytes are not available", e);
        }
        return new(memory.handle, bytes, memory);
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}

/// <summary>Memory that is allocated again when a larger size is needed; its contents are then lost.</summary>
internal sealed class GrowingMemory(Func<long, MemoryBlock> allocate) : IDisposable
{
    private MemoryBlock? _block;

    /// <summary>The address of at least this many bytes; never 0.</summary>
    public nint Of(long bytes)
    {
        if (_block is null || _block.Bytes < bytes)
        {
            _block?.Dispose();
            _block = null;
            _block = allocate(Math.Max(1, bytes));
        }
        return _block.Address;
    }

    public void Dispose() => _block?.Dispose();
}
