namespace GraphPartition.Foundation;

/// <summary>
/// A file that appears under its name only when it is complete: written beside it under another name, flushed to the disk,
/// then renamed. Disposed without <see cref="Commit"/>, it leaves nothing behind.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly FileStream _stream;
    private bool _committed;

    /// <summary>Starts writing. Throws <see cref="EnvironmentException"/> where the directory cannot be written.</summary>
    public AtomicFile(string path)
    {
        _path = Path.GetFullPath(path);
        _temporary = Path.Combine(Path.GetDirectoryName(_path) ?? "", $".{Path.GetFileName(_path)}.{Path.GetRandomFileName()}");
        _stream = Guarded(() => Directory.Exists(_path)
            ? throw new IOException("a directory has this name")
            : new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16));
    }

    /// <summary>Writes a whole file.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        using var file = new AtomicFile(path);
        file.Write(write);
        file.Commit();
    }

    /// <summary>Writes to the file. Throws <see cref="EnvironmentException"/> where the disk does not take it.</summary>
    public void Write(Action<Stream> write) => Guarded(() =>
    {
        write(_stream);
        return true;
    });

    /// <summary>Puts the file in its place.</summary>
    public void Commit() => Guarded(() =>
    {
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_temporary, _path, overwrite: true);
        return _committed = true;
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // The unflushed rest is deleted with the file below.
        }
        if (!_committed) File.Delete(_temporary);
    }

    private T Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new EnvironmentException(Codes.CannotWrite, _path, e.Message, e);
        }
    }
}
