namespace GraphPartition.TensorRt.Cache;

/// <summary>A timing cache that processes share: read before a build, and merged with the new timings after it.</summary>
/// <param name="path">The file. Its name must tell the TensorRT release and the device.</param>
public sealed class TimingCacheFile(string path)
{
    /// <summary>The cache; empty if there is none or it cannot be read.</summary>
    public ReadOnlyMemory<byte> Read()
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    /// <summary>
    /// Replaces the contents of the file by the result of <paramref name="merge"/> on them, under a lock, so that no process loses its
    /// timings. Returns a warning if the file cannot be written, else null.
    /// </summary>
    public Diagnostic? Update(Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> merge)
    {
        try
        {
            using FileLock turn = FileLock.Acquire(path + ".lock");
            ReadOnlyMemory<byte> merged = merge(Read());
            AtomicFile.Write(path, stream => stream.Write(merged.Span));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EnvironmentException)
        {
            return TensorRtCodes.CacheUnavailable.At(path, (e.InnerException ?? e).Message);
        }
    }
}
