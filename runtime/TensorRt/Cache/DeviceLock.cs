namespace GraphPartition.TensorRt.Cache;

/// <summary>
/// One process at a time builds engines on a device: builds side by side take longer than one after the other, and the timings by which
/// TensorRT chooses are worse. The processes of one user share the locks; they are files in the folder for temporary files. Builds of
/// one process share its turn.
/// </summary>
/// <param name="device">The device.</param>
public sealed class DeviceLock(CudaDevice device)
{
    private readonly Lock _lock = new();
    private FileLock? _held;
    private int _builds;

    /// <summary>Waits for the turn of this process. Disposing the result ends the build's part in it.</summary>
    /// <param name="waiting">Called once if another process builds on the device.</param>
    /// <param name="warn">Receives a warning if there can be no lock (GP4014); the build then goes on without.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public IDisposable Enter(Action waiting, Action<Diagnostic> warn, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_builds == 0) _held = TryAcquire(waiting, warn, cancellation);
            _builds++;
        }
        return new Turn(this);
    }

    private FileLock? TryAcquire(Action waiting, Action<Diagnostic> warn, CancellationToken cancellation)
    {
        string path = Path.Combine(Path.GetTempPath(), $"graphpartition-{Environment.UserName}", $"gpu-{device.Uuid}.lock");
        try
        {
            return FileLock.Acquire(path, waiting, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            warn(TensorRtCodes.CacheUnavailable.At(path, e.Message));
            return null;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_builds > 0) return;
            _held?.Dispose();
            _held = null;
        }
    }

    private sealed class Turn(DeviceLock device) : IDisposable
    {
        public void Dispose() => device.Leave();
    }
}
