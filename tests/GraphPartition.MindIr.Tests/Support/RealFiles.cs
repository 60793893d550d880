using System.Runtime.CompilerServices;

namespace GraphPartition.Tests.Support;

/// <summary>The MindIR files of MindSpore's own repositories; they lie beside a checkout on some machines only.</summary>
internal static class RealFiles
{
    /// <summary>The folder of this project's sources.</summary>
    public static string ProjectFolder { get; } = FindProject();

    /// <summary>The folder of the files.</summary>
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(ProjectFolder, "..", "..", "..", "shared", "models", "mindir"));

    /// <summary>The full path of a file.</summary>
    public static string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>The names of all files, relative to the folder, sorted.</summary>
    public static IReadOnlyList<string> Names => Directory.Exists(Folder)
        ? [.. Directory.EnumerateFiles(Folder, "*.mindir", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f)).Order(StringComparer.Ordinal)]
        : [];

    private static string FindProject([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, ".."));
}

/// <summary>A test that needs the real files; skipped where they are not.</summary>
internal sealed class RealFilesFactAttribute : FactAttribute
{
    public RealFilesFactAttribute()
    {
        if (!Directory.Exists(RealFiles.Folder)) Skip = $"{RealFiles.Folder} is not on this machine";
    }
}

/// <summary>A theory that needs the real files; skipped where they are not.</summary>
internal sealed class RealFilesTheoryAttribute : TheoryAttribute
{
    public RealFilesTheoryAttribute()
    {
        if (!Directory.Exists(RealFiles.Folder)) Skip = $"{RealFiles.Folder} is not on this machine";
    }
}
