namespace GraphPartition.Serving.Deploy;

/// <summary>A folder that appears with all of its contents, or not at all.</summary>
internal sealed class DeployFolder : IDisposable
{
    private readonly string _target;
    private bool _isDone;

    /// <exception cref="ModelException">GP5046: there is something of this name already.</exception>
    /// <exception cref="EnvironmentException">GP5005: the folder cannot be written.</exception>
    public DeployFolder(string target)
    {
        _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        if (Path.Exists(_target)) throw ServingCodes.BadOption.Error(target, "this is there already: remove it, or choose another name");
        Working = Path.Combine(Path.GetDirectoryName(_target) ?? "", $".{Path.GetFileName(_target)}.{Path.GetRandomFileName()}{AtomicFile.Unfinished}");
        AtomicFile.CreateFolder(Working);
    }

    /// <summary>Where the contents are written.</summary>
    public string Working { get; }

    /// <summary>The path of a file or folder in it, whose folder exists then.</summary>
    public string PathOf(params string[] parts)
    {
        string path = Path.Combine([Working, .. parts]);
        AtomicFile.CreateFolder(Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>Writes a text.</summary>
    public void Write(string text, params string[] parts) =>
        AtomicFile.Write(PathOf(parts), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Puts the folder in its place.</summary>
    public void Commit()
    {
        Directory.Move(Working, _target);
        _isDone = true;
    }

    public void Dispose()
    {
        if (!_isDone) Directory.Delete(Working, recursive: true);
    }
}
