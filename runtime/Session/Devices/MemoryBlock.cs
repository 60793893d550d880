namespace GraphPartition.Runtime.Devices;

/// <summary>A piece of memory that values lie in.</summary>
/// <param name="address">Its first byte.</param>
/// <param name="bytes">Its size.</param>
/// <param name="owner">What gives it back when disposed.</param>
internal sealed class MemoryBlock(nint address, long bytes, IDisposable owner) : IDisposable
{
    public nint Address => address;

    public long Bytes => bytes;

    public void Dispose() => owner.Dispose();
}
