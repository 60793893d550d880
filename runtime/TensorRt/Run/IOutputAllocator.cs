namespace GraphPartition.TensorRt.Run;

/// <summary>
/// Gives memory to outputs whose size is only known while the engine runs, such as those of NonZero (IOutputAllocator,
/// NvInferRuntime.h). Called inside <see cref="TrtContext.Enqueue"/>, on its thread.
/// </summary>
public interface IOutputAllocator
{
    /// <summary>Device memory of at least <paramref name="bytes"/> bytes, or 0 where there is none; the run then fails.</summary>
    /// <param name="tensor">The output.</param>
    /// <param name="bytes">The size; may be 0, and the answer must then still not be 0.</param>
    /// <param name="alignment">The alignment that the address needs.</param>
    /// <param name="stream">The CUDA stream on which the memory will be used.</param>
    nint Allocate(string tensor, ulong bytes, ulong alignment, nint stream);

    /// <summary>The shape that the output came out with.</summary>
    void NotifyShape(string tensor, IReadOnlyList<long> shape);
}
