using System.Runtime.InteropServices;
using GraphPartition.Cuda;
using GraphPartition.TensorRt.Abi;
using GraphPartition.TensorRt.Run;

namespace GraphPartition.TensorRt.Callbacks;

/// <summary>
/// nvinfer1::IOutputAllocator over ours. 10.x asks on a stream and falls back to asking without one; RTX only on a stream.
/// </summary>
internal sealed unsafe class OutputAllocator(IOutputAllocator allocator, bool narrowDims)
{
    private static readonly Dictionary<string, nint> Functions = new()
    {
        ["getInterfaceVersion"] = (nint)(delegate* unmanaged<nint, int>)&GetInterfaceVersion,
        ["reallocateOutput"] = (nint)(delegate* unmanaged<nint, byte*, nint, ulong, ulong, nint>)&ReallocateOutput,
        ["reallocateOutputAsync"] = (nint)(delegate* unmanaged<nint, byte*, nint, ulong, ulong, nint, nint>)&ReallocateOutputAsync,
        ["notifyShape"] = (nint)(delegate* unmanaged<nint, byte*, nint, void>)&NotifyShape,
    };

    /// <summary>What the caller's own code threw; the run fails and it is thrown again from there.</summary>
    public Exception? Fault { get; set; }

    public static CallbackObject Create(Family family, OutputAllocator allocator) => new(family, "IOutputAllocator", allocator, Functions);

    private nint Allocate(byte* tensor, ulong bytes, ulong alignment, nint stream)
    {
        try
        {
            return allocator.Allocate(Utf8.Read(tensor), bytes, alignment, stream);
        }
        catch (Exception fault)
        {
            Fault = fault;
            return 0;
        }
    }

    private void Notify(byte* tensor, nint dims)
    {
        try
        {
            Dims shape = narrowDims ? *(Dims32*)dims : *(Dims*)dims;
            allocator.NotifyShape(Utf8.Read(tensor), shape.ToArray() ?? []);
        }
        catch (Exception fault)
        {
            Fault = fault;
        }
    }

    private static OutputAllocator Self(nint self) => CallbackObject.Target<OutputAllocator>(self);

    // int32_t getInterfaceVersion() const noexcept (8.x): 1 is the first and only version
    [UnmanagedCallersOnly]
    private static int GetInterfaceVersion(nint self) => 1;

    // void* reallocateOutput(char const* tensorName, void* currentMemory, uint64_t size, uint64_t alignment) noexcept
    [UnmanagedCallersOnly]
    private static nint ReallocateOutput(nint self, byte* tensor, nint current, ulong bytes, ulong alignment) =>
        Self(self).Allocate(tensor, bytes, alignment, 0);

    // void* reallocateOutputAsync(char const* tensorName, void* currentMemory, uint64_t size, uint64_t alignment, cudaStream_t stream)
    [UnmanagedCallersOnly]
    private static nint ReallocateOutputAsync(nint self, byte* tensor, nint current, ulong bytes, ulong alignment, nint stream) =>
        Self(self).Allocate(tensor, bytes, alignment, stream);

    // void notifyShape(char const* tensorName, Dims const& dims) noexcept
    [UnmanagedCallersOnly]
    private static void NotifyShape(nint self, byte* tensor, nint dims) => Self(self).Notify(tensor, dims);
}
