namespace GraphPartition.Cuda;

/// <summary>Memory of a device, or host memory that the device can reach.</summary>
public sealed unsafe class CudaMemory : CudaHandle
{
    private CudaMemory(CudaDevice device, long bytes, bool onHost)
        : base(device) => (Bytes, IsOnHost) = (bytes, onHost);

    /// <summary>Its size.</summary>
    public long Bytes { get; }

    /// <summary>Whether the processor can reach it too.</summary>
    public bool IsOnHost { get; }

    /// <summary>The bytes of host memory; throws for device memory. Valid until disposed.</summary>
    public Span<byte> Host => IsOnHost
        ? new Span<byte>((void*)Pointer, checked((int)Bytes))
        : throw new InvalidOperationException("device memory cannot be reached from the host: copy it");

    /// <summary>Allocates device memory of at least one byte. It is not cleared.</summary>
    /// <exception cref="CudaException">The device has too little memory.</exception>
    public static CudaMemory Allocate(CudaDevice device, long bytes) => Allocate(device, bytes, onHost: false);

    /// <summary>
    /// Allocates pinned host memory of at least one byte. The device reads and writes it directly, so copies overlap with other work.
    /// </summary>
    /// <exception cref="CudaException">The system has too little memory.</exception>
    public static CudaMemory AllocateHost(CudaDevice device, long bytes) => Allocate(device, bytes, onHost: true);

    private static CudaMemory Allocate(CudaDevice device, long bytes, bool onHost)
    {
        CudaMemory memory = new(device, Math.Max(1, bytes), onHost); // the driver refuses to allocate nothing
        CudaFunctions cuda = device.Driver.Functions;
        device.MakeCurrent();
        nint address;
        memory.Check(
            onHost ? cuda.MemAllocHost(&address, (nuint)memory.Bytes) : cuda.MemAlloc(&address, (nuint)memory.Bytes),
            $"allocating {memory.Bytes} bytes {(onHost ? "of host memory" : "on the device")}");
        memory.SetHandle(address);
        return memory;
    }

    private protected override bool Destroy() =>
        (IsOnHost ? Device.Driver.Functions.MemFreeHost(handle) : Device.Driver.Functions.MemFree(handle)) == 0;
}
