using System.IO.MemoryMappedFiles;

namespace GraphPartition.Serving.Memory;

/// <summary>A region of POSIX shared memory that a client registered.</summary>
internal sealed class MemoryRegion : IDisposable
{
    private const string Folder = "/dev/shm"; // where shm_open(3) puts them on Linux
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private bool _isClosed;

    /// <summary>Opens a region.</summary>
    /// <exception cref="ModelException">GP5040: the key is no name of shared memory, or the memory is not that long.</exception>
    public MemoryRegion(string name, string key, long offset, long size)
    {
        (Name, Key, Offset, Size) = (name, key, offset, size);
        string where = $"shared memory '{name}'", file = key.TrimStart('/');
        if (file.Length == 0 || file.Contains('/') || file is "." or ".." || file.Contains('\0'))
            throw ServingCodes.BadRequest.Error(where, "its key is '/' and a name without other slashes");
        var memory = new FileInfo(Path.Combine(Folder, file));
        if (!memory.Exists || memory.LinkTarget is not null) throw ServingCodes.BadRequest.Error(where, $"there is no shared memory '{key}'");
        if (offset < 0 || size < 1 || offset > memory.Length - size)
            throw ServingCodes.BadRequest.Error(where, $"bytes {offset} to {offset + size} are not in it: it has {memory.Length}");
        try
        {
            _file = MemoryMappedFile.CreateFromFile(memory.FullName, FileMode.Open, null, 0, MemoryMappedFileAccess.ReadWrite);
            _view = _file.CreateViewAccessor(offset, size, MemoryMappedFileAccess.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _file?.Dispose();
            throw ServingCodes.BadRequest.Error(where, e.Message);
        }
    }

    public string Name { get; }

    public string Key { get; }

    public long Offset { get; }

    public long Size { get; }

    public void Read(long offset, byte[] to)
    {
        lock (_view)
        {
            CheckOpen();
            _view.ReadArray(offset, to, 0, to.Length);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        lock (_view)
        {
            CheckOpen();
            using MemoryMappedViewStream stream = _file.CreateViewStream(Offset + offset, bytes.Length);
            stream.Write(bytes);
        }
    }

    public void Dispose()
    {
        lock (_view)
        {
            _isClosed = true;
            _view.Dispose();
            _file.Dispose();
        }
    }

    private void CheckOpen()
    {
        if (_isClosed) throw ServingCodes.BadRequest.Error($"shared memory '{Name}'", "it was unregistered while a request used it");
    }
}
