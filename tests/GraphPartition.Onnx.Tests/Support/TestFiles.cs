using System.Runtime.CompilerServices;

namespace GraphPartition.Tests.Support;

/// <summary>Where models outside the repository lie; empty lists where they do not.</summary>
internal static class TestFiles
{
    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The folder of example models that lies beside a checkout on some machines.</summary>
    public static string SharedModels { get; } = Path.GetFullPath(Path.Combine(Root, "..", "shared", "models"));

    /// <summary>The ONNX backend tests (Debian package libonnx-testdata).</summary>
    public const string BackendTests = "/usr/share/libonnx-testdata/data";

    /// <summary>Whether tests do all they can (GRAPHPARTITION_FULL_GRID=1) and not only what every run has time for.</summary>
    public static bool FullGrid { get; } = Environment.GetEnvironmentVariable("GRAPHPARTITION_FULL_GRID") == "1";

    /// <summary>Every .onnx file below a folder, sorted.</summary>
    public static IReadOnlyList<string> Models(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
        : [];

    private static string FindRoot([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}

/// <summary>A test that needs models that not every machine has.</summary>
internal sealed class FilesFactAttribute : FactAttribute
{
    public FilesFactAttribute(string folder)
    {
        if (!Directory.Exists(Resolve(folder))) Skip = $"{folder} is not on this machine";
    }

    /// <summary>The folder itself, or for "shared" that of the shared models.</summary>
    public static string Resolve(string folder) => folder == "shared" ? TestFiles.SharedModels : folder;
}
