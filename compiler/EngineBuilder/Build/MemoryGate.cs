namespace GraphPartition.EngineBuilder.Build;

/// <summary>Lets as many builds run at a time as fit into the device's memory; one always may.</summary>
/// <param name="capacity">The memory to be shared, in bytes.</param>
internal sealed class MemoryGate(long capacity)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100); // at the cancellation

    private readonly object _lock = new();
    private long _used;
    private int _running;

    /// <summary>Waits until there is room; disposing the result makes room again.</summary>
    public IDisposable Enter(long bytes, CancellationToken cancellation)
    {
        lock (_lock)
        {
            while (_running > 0 && _used + bytes > capacity)
            {
                cancellation.ThrowIfCancellationRequested();
                Monitor.Wait(_lock, BetweenLooks);
            }
            _used += bytes;
            _running++;
            return new Stay(this, bytes);
        }
    }

    private sealed class Stay(MemoryGate gate, long bytes) : IDisposable
    {
        public void Dispose()
        {
            lock (gate._lock)
            {
                gate._used -= bytes;
                gate._running--;
                Monitor.PulseAll(gate._lock);
            }
        }
    }
}
