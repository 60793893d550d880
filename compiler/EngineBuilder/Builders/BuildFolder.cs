namespace GraphPartition.EngineBuilder.Builders;

/// <summary>
/// A temporary folder for one build by another program. Its name tells the process that it belongs to, so that what a killed process left
/// is removed by the next one.
/// </summary>
internal sealed class BuildFolder : IDisposable
{
    private const string Prefix = "graphpartition-build-";

    /// <summary>A process of another container may be alive without being visible here.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    private readonly string _folder;

    /// <summary>Creates the folder and writes a model into it.</summary>
    /// <param name="model">The model. Files beside it, which may hold its weights, appear in the folder as links.</param>
    public BuildFolder(OnnxModel model)
    {
        RemoveAbandoned();
        _folder = Directory.CreateTempSubdirectory($"{Prefix}{Environment.ProcessId}-").FullName;
        if (model.Path is { } path)
            foreach (string neighbor in Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Path.GetFullPath(path))!))
                File.CreateSymbolicLink(Path.Combine(_folder, Path.GetFileName(neighbor)), neighbor);
        Onnx = Path.Combine(_folder, "gp-group.onnx");
        Engine = Path.Combine(_folder, "gp-group.engine");
        File.WriteAllBytes(Onnx, model.Bytes);
    }

    /// <summary>The model.</summary>
    public string Onnx { get; }

    /// <summary>Where the engine shall be.</summary>
    public string Engine { get; }

    /// <summary>The engine; null if there is none.</summary>
    public byte[]? ReadEngine() => File.Exists(Engine) ? File.ReadAllBytes(Engine) : null;

    public void Dispose() => Remove(_folder);

    private static void RemoveAbandoned()
    {
        foreach (string folder in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            string owner = Path.GetFileName(folder)[Prefix.Length..].Split('-')[0];
            if (int.TryParse(owner, NumberStyles.None, CultureInfo.InvariantCulture, out int process) && !Directory.Exists($"/proc/{process}")
                && Directory.GetLastWriteTimeUtc(folder) < DateTime.UtcNow - Abandoned)
                Remove(folder);
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true); // links in it are removed, not what they point to
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Of another user, or removed meanwhile.
        }
    }
}
