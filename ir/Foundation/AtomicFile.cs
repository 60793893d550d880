namespace GraphPartition.Foundation;

/// <summary>
/// A file that appears under its name only when it is complete. It is written under another name in the same folder, flushed to
/// the disk, then renamed, so readers see the old contents or the new. Disposed without <see cref="Commit"/>, it leaves nothing behind.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    /// <summary>The ending of files that are being written. An old one was left by a process that was killed.</summary>
    public const string Unfinished = ".tmp";

    private readonly string _path;
    private readonly string _temporary;
    private readonly FileStream _stream;
    private bool _committed;

    /// <summary>Starts writing.</summary>
    /// <exception cref="EnvironmentException">The folder does not exist or cannot be written (GP5005).</exception>
    public AtomicFile(string path)
    {
        _path = Path.GetFullPath(path);
        _temporary = Path.Combine(Path.GetDirectoryName(_path) ?? "", $".{Path.GetFileName(_path)}.{Path.GetRandomFileName()}{Unfinished}");
        _stream = Guarded(_path, () => Directory.Exists(_path)
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

    /// <summary>Writes to the file.</summary>
    /// <exception cref="EnvironmentException">The disk is full or fails (GP5005).</exception>
    public void Write(Action<Stream> write) => Guarded(_path, () =>
    {
        write(_stream);
        return true;
    });

    /// <summary>Puts the file in its place.</summary>
    public void Commit() => Guarded(_path, () =>
    {
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_temporary, _path, overwrite: true);
        return _committed = true;
    });

    /// <summary>Moves all files of a folder to another one on the same disk, and replaces files of the same names.</summary>
    /// <param name="from">The folder that the files are in.</param>
    /// <param name="last">The file that refers to the others: it moves after them.</param>
    /// <param name="to">The folder that the files go to.</param>
    /// <exception cref="EnvironmentException">A file cannot be moved (GP5005).</exception>
    public static void MoveAll(string from, string last, string to)
    {
        foreach (string file in Directory.GetFiles(from).OrderBy(f => Path.GetFileName(f) == last))
        {
            string place = Path.Combine(to, Path.GetFileName(file));
            Guarded(place, () =>
            {
                File.Move(file, place, overwrite: true);
                return true;
            });
        }
    }

    /// <summary>Creates the folder that files will be written to, if it does not exist.</summary>
    /// <exception cref="EnvironmentException">It cannot be created (GP5005).</exception>
    public static void CreateFolder(string path) => Guarded(path, () => Directory.CreateDirectory(path));

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // The file is deleted below, so unflushed bytes do not matter.
        }
        if (!_committed) File.Delete(_temporary);
    }

    private static T Guarded<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new EnvironmentException(FileCodes.CannotWrite, path, e.Message, e);
        }
    }
}
