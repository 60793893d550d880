namespace GraphPartition.Onnx.Tests.Support;

/// <summary>Models in folders that not every machine has.</summary>
internal static class TestFiles
{
    /// <summary>Every .onnx file below a folder, sorted; empty where the folder is missing.</summary>
    public static IReadOnlyList<string> Models(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
        : [];
}
