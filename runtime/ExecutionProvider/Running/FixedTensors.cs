using GraphPartition.Cuda;
using GraphPartition.ExecutionProvider.Devices;
using GraphPartition.ExecutionProvider.Graphs;

namespace GraphPartition.ExecutionProvider.Running;

/// <summary>Tensors in memory of a GPU that stays where it is, as a recording needs it.</summary>
internal sealed class FixedTensors : IDisposable
{
    private readonly List<CudaMemory> _memory = [];
    private readonly BorrowedTensors _values;

    /// <summary>Allocates tensors.</summary>
    /// <param name="ort">The host.</param>
    /// <param name="gpu">The GPU.</param>
    /// <param name="like">Their types and shapes.</param>
    public FixedTensors(OrtHost ort, Gpu gpu, IReadOnlyList<HostTensor> like)
    {
        try
        {
            foreach (HostTensor tensor in like) _memory.Add(CudaMemory.Allocate(gpu.Device, Math.Max(1, tensor.ByteCount)));
            Tensors = [.. like.Zip(_memory, (tensor, memory) => tensor with { Data = memory.Pointer })];
            _values = new(ort, Tensors, gpu.Memory);
        }
        catch
        {
            foreach (CudaMemory memory in _memory) memory.Dispose();
            throw;
        }
    }

    /// <summary>The tensors.</summary>
    public ImmutableArray<HostTensor> Tensors { get; }

    /// <summary>The same as values of the host (OrtValue).</summary>
    public nint[] Values => _values.Values;

    /// <summary>Whether other tensors have the same types and shapes.</summary>
    public bool Fit(IReadOnlyList<HostTensor> others) =>
        Tensors.Zip(others).All(p => p.First.Element == p.Second.Element && p.First.Dims.AsSpan().SequenceEqual(p.Second.Dims.AsSpan()));

    /// <inheritdoc/>
    public void Dispose()
    {
        _values.Dispose();
        foreach (CudaMemory memory in _memory) memory.Dispose();
    }
}
