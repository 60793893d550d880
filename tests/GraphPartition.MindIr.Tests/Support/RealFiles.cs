
namespace GraphPartition.MindIr.Tests.Support;

/// <summary>The MindIR files of MindSpore's own repositories; they lie beside a checkout on some machines only.</summary>
internal static class RealFiles
{
    /// <summary>The folder of the files.</summary>
    public static string Folder { get; } = Path.Combine(OutsideFolders.SharedModels, "mindir");

    /// <summary>The full path of a file.</summary>
    public static string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>The names of all files, relative to the folder, sorted.</summary>
    public static IReadOnlyList<string> Names => Directory.Exists(Folder)
        ? [.. Directory.EnumerateFiles(Folder, "*.mindir", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f))
            .Order(StringComparer.Ordinal)]
        : [];
}
