using System.Numerics;
using GraphPartition.Cuda;

namespace GraphPartition.ExecutionProvider.Devices;

/// <summary>
/// Memory in pieces that are used again. A piece stays with the stream that it was first rented for: a stream does its work in order, so
/// the next work may write the piece while earlier work that reads it is still queued. Sizes are rounded up to a quarter of a power of
/// two: a piece is at most a quarter larger than asked for, and there are few sizes.
/// </summary>
/// <param name="allocate">Allocates so many bytes.</param>
internal sealed class DevicePool(Func<long, CudaMemory> allocate) : IDisposable
{
    private const long Least = 256; // CUDA aligns to it

    private readonly Lock _lock = new();
    private readonly Dictionary<(long Bytes, nint Stream), Stack<CudaMemory>> _free = [];
    private readonly Dictionary<nint, (CudaMemory Memory, nint Stream)> _rented = [];

    /// <summary>The size of the piece for so many bytes.</summary>
    public static long SizeOf(long bytes)
    {
        if (bytes <= Least) return Least;
        long step = Math.Max(Least, (1L << BitOperations.Log2((ulong)bytes - 1)) / 4);
        return (bytes + step - 1) / step * step;
    }

    /// <summary>The address of at least so many bytes.</summary>
    /// <param name="bytes">The number of bytes.</param>
    /// <param name="stream">The stream whose work uses the memory; null: the user waits for its work before it returns the memory.</param>
    /// <exception cref="CudaException">The device has too little memory, also after all that is not rented was freed.</exception>
    public nint Rent(long bytes, nint stream)
    {
        long size = SizeOf(bytes);
        lock (_lock)
        {
            bool isThere = _free.TryGetValue((size, stream), out Stack<CudaMemory>? free) && free.Count > 0;
            CudaMemory memory = isThere ? free!.Pop() : Allocate(size);
            _rented.Add(memory.Pointer, (memory, stream));
            return memory.Pointer;
        }
    }

    /// <summary>Takes memory back. Work of its stream may still use it.</summary>
    public void Return(nint address)
    {
        lock (_lock)
        {
            if (!_rented.Remove(address, out (CudaMemory Memory, nint Stream) piece)) return;
            (long, nint) key = (piece.Memory.Bytes, piece.Stream);
            if (!_free.TryGetValue(key, out Stack<CudaMemory>? free)) _free.Add(key, free = []);
            free.Push(piece.Memory);
        }
    }

    /// <summary>Frees all that is not rented. The driver waits for the work that uses it.</summary>
    public void Trim()
    {
        lock (_lock)
        {
            foreach (CudaMemory memory in _free.Values.SelectMany(m => m)) memory.Dispose();
            _free.Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Trim();
        foreach ((CudaMemory memory, _) in _rented.Values) memory.Dispose();
        _rented.Clear();
    }

    private CudaMemory Allocate(long size)
    {
        try
        {
            return allocate(size);
        }
        catch (CudaException) when (_free.Count > 0)
        {
            Trim();
            return allocate(size);
        }
    }
}
