namespace GraphPartition.TensorRt.Cache;

/// <summary>
/// A lock between processes: an open file that nobody else may open. The system releases it when its process ends, however it
/// ends, so nothing has to be cleaned up; the file stays, for removing it would let two processes lock two files of one name.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>
    /// Waits for the lock. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> where the file
    /// cannot be made.
    /// </summary>
    public static FileLock Acquire(string path, CancellationToken cancellation = default)
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
                cancellation.WaitHandle.WaitOne(Math.Min(10 << Math.Min(attempt, 4), 100));
            }
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>EWOULDBLOCK of flock(2), which .NET reports by errno on Linux (11); or a sharing violation on Windows.</summary>
    private static bool IsHeldByOther(IOException e) => (e.HResult & 0xffff) is 11 or 32 or 33;
}
