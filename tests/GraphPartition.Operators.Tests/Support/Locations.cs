using Xunit;

namespace GraphPartition.Tests;

/// <summary>Folders outside the repository that some tests read; a test skips where its folder is missing.</summary>
internal static class Locations
{
    /// <summary>ONNX's backend tests, as the package libonnx-testdata installs them.</summary>
    public const string BackendTests = "/usr/share/libonnx-testdata/data";

    /// <summary>The folder that is shared by all who work on the project: beside the checkout.</summary>
    public static string? Shared { get; } = FindShared();

    private static string? FindShared()
    {
        for (var d = new DirectoryInfo(AppContext.BaseDirectory); d is not null; d = d.Parent)
            if (Directory.Exists(Path.Combine(d.FullName, "shared", "models"))) return Path.Combine(d.FullName, "shared");
        return null;
    }
}

/// <summary>A test that reads a file of the shared folder.</summary>
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute(string path)
    {
        if (Locations.Shared is null || !Path.Exists(Path.Combine(Locations.Shared, path))) Skip = $"the shared folder with {path} is not there";
    }
}

/// <summary>A test that reads ONNX's backend tests.</summary>
internal sealed class BackendFactAttribute : FactAttribute
{
    public BackendFactAttribute()
    {
        if (!Directory.Exists(Locations.BackendTests)) Skip = $"ONNX's backend tests (libonnx-testdata) are not in {Locations.BackendTests}";
    }
}
