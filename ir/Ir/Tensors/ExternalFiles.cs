namespace GraphPartition.Ir.Tensors;

/// <summary>
/// The files that hold a model's weights beside it. A model is untrusted: its data must lie inside its own directory,
/// also through dots and symbolic links. Each file is mapped once.
/// </summary>
/// <param name="directory">The model's directory, or null where the model has none.</param>
public sealed class ExternalFiles(string? directory)
{
    private readonly Dictionary<string, (MappedFile? File, string? Fault)> _files = [];

    /// <summary>The file at a location that a model names, or why it cannot be used.</summary>
    public MappedFile? Open(string location, out string? fault)
    {
        if (!_files.TryGetValue(location, out var entry)) _files[location] = entry = Map(location);
        fault = entry.Fault;
        return entry.File;
    }

    private (MappedFile?, string?) Map(string location)
    {
        if (directory is null) return (null, "the model was given as bytes, so no directory can hold its data");
        if (location.Length == 0 || location.Contains('\0')) return (null, "the location is empty or no path");
        if (Path.IsPathRooted(location) || location.Contains(':')) return (null, $"the location '{location}' is absolute");
        if (location.Split('/', '\\').Contains("..")) return (null, $"the location '{location}' has a '..'");
        try
        {
            string root = RealPath(Path.GetFullPath(directory));
            string path = RealPath(Path.Combine(root, location));
            if (!path.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                return (null, $"the location '{location}' leads out of the model's directory, to {path}");
            if (Directory.Exists(path)) return (null, $"'{location}' is a directory");
            if ((File.GetAttributes(path) & FileAttributes.Device) != 0) return (null, $"'{location}' is not a regular file");
            return (MappedFile.Open(path), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return (null, $"'{location}': {e.Message}");
        }
    }

    /// <summary>The path with every symbolic link on the way followed.</summary>
    private static string RealPath(string path)
    {
        string real = Path.GetPathRoot(path)!;
        int links = 0;
        var rest = new Stack<string>(path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries)
            .Reverse());
        while (rest.TryPop(out string? part))
        {
            string next = Path.GetFullPath(Path.Combine(real, part));
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }
            if (++links > 40) throw new IOException($"too many symbolic links in {path}");
            if (Path.IsPathRooted(target)) real = Path.GetPathRoot(target)!;
            foreach (string p in target.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse())
                rest.Push(p);
        }
        return real;
    }
}
