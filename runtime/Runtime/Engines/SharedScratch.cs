namespace GraphPartition.Runtime.Engines;

/// <summary>
/// Device memory for the intermediate results of all engines on one stream. They run one after another, so the largest need is enough. It
/// is freed with the last step that uses it.
/// </summary>
internal sealed class SharedScratch(DeviceStream stream, long bytes, Action forget) : IDisposable
{
    private readonly MemoryBlock _block = stream.AllocateOnDevice(Math.Max(1, bytes));
    private int _users;

    public nint Address => _block.Address;
    public long Bytes => _block.Bytes;

    public void Take() => _users++;

    /// <summary>Releases it, once for each <see cref="Take"/>.</summary>
    public void Dispose()
    {
        if (--_users > 0) return;
        forget();
        _block.Dispose();
    }
}
