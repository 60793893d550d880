using System.Runtime.InteropServices;
using GraphPartition.TensorRt.Run;
using Xunit;

namespace GraphPartition.TensorRt.Tests.Support;

/// <summary>Allocates the memory of the output "y" on the host, where the mock's device is.</summary>
internal sealed unsafe class HostAllocator : IOutputAllocator, IDisposable
{
    private nint _memory;
    private int _count;

    public bool Throws { get; set; }

    public IReadOnlyList<long> Shape { get; private set; } = [];

    public ulong Alignment { get; private set; }

    public nint Stream { get; private set; }

    public float[] Floats => new ReadOnlySpan<float>((void*)_memory, _count).ToArray();

    public nint Allocate(string tensor, ulong bytes, ulong alignment, nint stream)
    {
        if (Throws)
        {
            throw new InvalidOperationException("no memory today");
        }

        Assert.Equal("y", tensor);
        NativeMemory.Free((void*)_memory);
        _memory = (nint)NativeMemory.Alloc((nuint)bytes);
        _count = (int)bytes / sizeof(float);
        Alignment = alignment;
        Stream = stream;
        return _memory;
    }

    public void NotifyShape(string tensor, IReadOnlyList<long> shape) => Shape = shape;

    public void Dispose() => NativeMemory.Free((void*)_memory);
}
