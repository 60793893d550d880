using System.Runtime.InteropServices;

namespace GraphPartition.Runtime.Devices;

/// <summary>Ordinary host memory, aligned for vector instructions.</summary>
internal sealed unsafe class HostMemory : SafeHandle
{
    private const int Alignment = 64;

    public HostMemory()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    public static MemoryBlock Allocate(long bytes)
    {
        var memory = new HostMemory();
        memory.SetHandle((nint)NativeMemory.AlignedAlloc((nuint)Math.Max(1, bytes), Alignment));
        return new(memory.handle, bytes, memory);
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
