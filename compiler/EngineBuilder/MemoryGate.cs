namespace GraphPartition.EngineBuilder;

/// <summary>Limits concurrent builds to those that fit into the device's memory. One build may always run.</summary>
/// <param name="capacity">The memory for all builds, in bytes.</param>
internal sealed class MemoryGate(long capacity)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100); // for cancellation

    private readonly object _lock = new();
    private long _used;
    private int _running;

    /// <summary>Waits until enough memory is free. Disposing the result returns the memory.</summary>
    public IDisposable Enter(long bytes, CancellationToken cancellation)
    {
        lock (_lock)
        {
            while (_running > 0 && _used + bytes > capacity)
            {
                cancellation.ThrowIfCancellationRequested();
                Monitor.Wait(_lock, PollInterval);
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
