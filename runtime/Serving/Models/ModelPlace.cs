using System.Globalization;

namespace GraphPartition.Serving.Models;

/// <summary>
/// Where a model is on the disk: one file, or a folder with a folder for each version. Folders are listed and names compared; a path is
/// never made of a name that a client sent. A link that leads out of the repository is not followed.
/// </summary>
/// <param name="Name">The name of the model.</param>
/// <param name="Versions">The file of each version.</param>
/// <param name="OptionsFile">Its <c>serving.json</c>; null: there is none.</param>
internal sealed record ModelPlace(string Name, ImmutableSortedDictionary<long, string> Versions, string? OptionsFile)
{
    /// <summary>The models of all paths of <see cref="ServingOptions.Models"/>. Of two with one name, the first counts.</summary>
    public static IEnumerable<ModelPlace> All(ServingOptions options) =>
        options.Models.SelectMany(path => In(path, options.Extensions)).DistinctBy(p => p.Name);

    private static IEnumerable<ModelPlace> In(string path, IReadOnlyList<string> extensions)
    {
        if (File.Exists(path))
        {
            var only = ImmutableSortedDictionary<long, string>.Empty.Add(1, Path.GetFullPath(path));
            return [new(Path.GetFileNameWithoutExtension(path), only, null)];
        }
        string root = Real(new DirectoryInfo(path));
        return new DirectoryInfo(root).EnumerateFileSystemInfos().Where(e => IsInside(root, e)).OrderBy(e => e.Name, StringComparer.Ordinal)
            .SelectMany(entry => entry switch
            {
                DirectoryInfo folder when !folder.Name.StartsWith('.') => [OfFolder(root, folder, extensions)],
                FileInfo file when IsModel(file, extensions) => In(file.FullName, extensions),
                _ => [],
            });
    }

    /// <summary>Changes if a file of the model changes.</summary>
    public string Fingerprint() => string.Join('|', Versions.Values.Append(OptionsFile).OfType<string>().Select(f =>
        new FileInfo(f) is { Exists: true } file ? $"{f}:{file.Length}:{file.LastWriteTimeUtc.Ticks}" : f));

    private static ModelPlace OfFolder(string root, DirectoryInfo folder, IReadOnlyList<string> extensions)
    {
        var versions = ImmutableSortedDictionary.CreateBuilder<long, string>();
        foreach (DirectoryInfo version in folder.EnumerateDirectories().Where(v => IsInside(root, v)))
            if (long.TryParse(version.Name, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                && number > 0 && number.ToString(CultureInfo.InvariantCulture) == version.Name
                && version.EnumerateFiles().Where(f => IsModel(f, extensions) && IsInside(root, f))
                    .OrderBy(f => f.Name, StringComparer.Ordinal).FirstOrDefault() is { } file)
                versions.Add(number, file.FullName);
        FileInfo options = new(Path.Combine(folder.FullName, ModelOptions.FileName));
        return new(folder.Name, versions.ToImmutable(), options.Exists && IsInside(root, options) ? options.FullName : null);
    }

    private static bool IsModel(FileInfo file, IReadOnlyList<string> extensions) =>
        extensions.Contains(file.Extension, StringComparer.OrdinalIgnoreCase) && !file.Name.StartsWith('.');

    /// <summary>Whether an entry leads to a place in the repository, through links too (Kubernetes mounts volumes with links).</summary>
    private static bool IsInside(string root, FileSystemInfo entry) =>
        Real(entry).StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string Real(FileSystemInfo entry) =>
        Path.TrimEndingDirectorySeparator((entry.ResolveLinkTarget(returnFinalTarget: true) ?? entry).FullName);
}
