namespace GraphPartition.Runtime.Devices;

/// <summary>Memory that is made anew where more is asked for than there is; what was in it is lost then.</summary>
internal sealed class GrowingMemory(Func<long, MemoryBlock> allocate) : IDisposable
{
    private MemoryBlock? _block;

    /// <summary>The address of at least so many bytes; never 0.</summary>
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
