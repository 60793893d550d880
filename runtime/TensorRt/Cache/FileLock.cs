namespace GraphPartition.TensorRt.Cache;

/// <summary>
/// A lock between processes: an open file that no other process may open. The system releases it when its process ends for whatever
/// reason. The file stays, since two processes could otherwise lock two files of one name.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>
    /// Waits for the lock. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> if the file cannot be created.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="waiting">Called once if another process has the lock; null: nobody wants to know.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static FileLock Acquire(string path, Action? waiting = null, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (int attempt = 0; ; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException e) when (IsHeldByOther(e))
            {
                if (attempt == 0) waiting?.Invoke();
                cancellation.WaitHandle.WaitOne(Math.Min(10 << Math.Min(attempt, 4), 100));
            }
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>EWOULDBLOCK of flock(2), which is 11 on Linux and 35 on macOS, or a sharing violation on Windows (32, 33).</summary>
    private static bool IsHeldByOther(IOException e) => (e.HResult & 0xffff) is 11 or 32 or 33 or 35;
}
