using GraphPartition.Foundation;
using GraphPartition.TensorRt.Build;

namespace GraphPartition.TensorRt.Cache;

/// <summary>A timing cache that processes share: read before a build, merged with what the build learnt after it.</summary>
/// <param name="path">The file. One per TensorRT release and device: the caller puts both into its name.</param>
public sealed class TimingCacheFile(string path)
{
    /// <summary>The cache, empty where there is none or it cannot be read.</summary>
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
    /// Replaces the file by what <paramref name="merge"/> makes of its present contents, under a lock, so that no process's
    /// timings
    /// are lost. <see cref="TrtBuilder.MergeTimingCaches"/> merges.
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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Codes.CacheUnavailable.At(path, e.Message);
        }
    }
}
