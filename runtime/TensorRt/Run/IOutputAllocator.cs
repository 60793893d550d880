namespace GraphPartition.TensorRt.Run;

/// <summary>
/// Provides memory for outputs whose size is known only while the engine runs, such as those of NonZero (IOutputAllocator,
/// NvInferRuntime.h). Called inside <see cref="TrtContext.Enqueue"/>, on its thread.
/// </summary>
public interface IOutputAllocator
{
    /// <summary>Allocates device memory of at least <paramref name="bytes"/> bytes.</summary>
    /// <returns>The address; 0 if there is no memory, and the run then fails.</returns>
    /// <param name="tensor">The output.</param>
    /// <param name="bytes">The size; may be 0, and the address must not be 0 even then.</param>
    /// <param name="alignment">The alignment that the address needs.</param>
    /// <param name="stream">The CUDA stream on which the memory will be used.</param>
    nint Allocate(string tensor, ulong bytes, ulong alignment, nint stream);

    /// <summary>Receives the final shape of the output.</summary>
    void NotifyShape(string tensor, IReadOnlyList<long> shape);
}

/// <summary>nvinfer1::IOutputAllocator that calls ours. 10.x calls with a stream first, else without one; RTX only with a stream.</summary>
internal sealed unsafe class OutputAllocator(IOutputAllocator allocator, bool narrowDims)
{
    private static readonly Dictionary<string, nint> Functions = new()
    {
        ["getInterfaceVersion"] = (nint)(delegate* unmanaged<nint, int>)&GetInterfaceVersion,
        ["reallocateOutput"] = (nint)(delegate* unmanaged<nint, byte*, nint, ulong, ulong, nint>)&ReallocateOutput,
        ["reallocateOutputAsync"] = (nint)(delegate* unmanaged<nint, byte*, nint, ulong, ulong, nint, nint>)&ReallocateOutputAsync,
        ["notifyShape"] = (nint)(delegate* unmanaged<nint, byte*, nint, void>)&NotifyShape,
    };

    /// <summary>The exception of the caller's allocator. The run fails and throws it.</summary>
    public Exception? Fault { get; set; }

    public static CallbackObject Create(AbiLayout layout, OutputAllocator allocator) =>
        new(layout, "IOutputAllocator", allocator, Functions);

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
