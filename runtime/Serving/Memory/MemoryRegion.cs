using Microsoft.Win32.SafeHandles;

namespace GraphPartition.Serving.Memory;

/// <summary>
/// A region of POSIX shared memory that a client registered. It is read and written as a file: a mapping would end the server when the
/// client shortens the memory (SIGBUS).
/// </summary>
internal sealed class MemoryRegion : IDisposable
{
    private const string Folder = "/dev/shm"; // where shm_open(3) puts them on Linux
    private readonly SafeFileHandle _file;

    /// <summary>Opens a region.</summary>
    /// <exception cref="ModelException">GP5040: the key is no name of shared memory, or the memory is not that long.</exception>
    public MemoryRegion(string name, string key, long offset, long size)
    {
        (Name, Key, Offset, Size) = (name, key, offset, size);
        string file = key.TrimStart('/');
        if (file.Length == 0 || file.Contains('/') || file is "." or ".." || file.Contains('\0'))
            throw Error("its key is '/' and a name without other slashes");
        var memory = new FileInfo(Path.Combine(Folder, file));
        if (!memory.Exists || memory.LinkTarget is not null) throw Error($"there is no shared memory '{key}'");
        if (offset < 0 || size < 1 || offset > memory.Length - size)
            throw Error($"bytes {offset} to {offset + size} are not in it: it has {memory.Length}");
        try
        {
            _file = File.OpenHandle(memory.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Error(e.Message);
        }
    }

    public string Name { get; }

    public string Key { get; }

    public long Offset { get; }

    public long Size { get; }

    /// <summary>Fills a span from the region.</summary>
    /// <exception cref="ModelException">GP5040: the client shortened the memory, or the region was unregistered.</exception>
    public void Read(long offset, Span<byte> to)
    {
        try
        {
            for (int read = 0; !to.IsEmpty; to = to[read..], offset += read)
                if ((read = RandomAccess.Read(_file, to, Offset + offset)) == 0)
                    throw Error($"it ends {to.Length} bytes before the end of the range: it was made shorter");
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw Lost(e);
        }
    }

    /// <summary>Writes a span to the region.</summary>
    /// <exception cref="ModelException">GP5040: the memory cannot be written, or the region was unregistered.</exception>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_file, bytes, Offset + offset);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw Lost(e);
        }
    }

    public void Dispose() => _file.Dispose();

    private ModelException Lost(Exception e) =>
        Error(e is ObjectDisposedException ? "it was unregistered while a request used it" : e.Message);

    private ModelException Error(string message) => ServingCodes.BadRequest.Error($"shared memory '{Name}'", message);
}
