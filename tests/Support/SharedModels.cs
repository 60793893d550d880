namespace GraphPartition.TestSupport;

/// <summary>Real models that are handed out beside the checkout, not in it. Tests on them skip where they are missing.</summary>
public static class SharedModels
{
    private static string Folder => OutsideFolders.SharedModels;

    private static bool AreThere => Directory.Exists(Folder);

    /// <summary>Names of the exported models, each a folder with model.onnx and test_data_set_0.</summary>
    public static IEnumerable<string> Exported => !AreThere ? ["none"]
        : Directory.GetDirectories(Path.Combine(Folder, "exported")).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal);

    /// <summary>Names of the classic networks with made-up weights.</summary>
    public static IEnumerable<string> Light => !AreThere ? ["none"]
        : Directory.GetFiles(Path.Combine(Folder, "onnx-light"), "*.onnx")
            .Select(d => Path.GetFileNameWithoutExtension(d)!).Order(StringComparer.Ordinal);

    /// <summary>The MindIR files that are networks and need no key, relative to their folder; the others define gradients.</summary>
    public static IEnumerable<string> MindIr => !AreThere ? ["none"]
        : Directory.GetFiles(Path.Combine(Folder, "mindir"), "*.mindir", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Path.Combine(Folder, "mindir"), f))
            .Where(f => !f.StartsWith("bprop_", StringComparison.Ordinal) && !f.Contains("encrpty_key", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    /// <summary>The file of a model of any of these kinds.</summary>
    public static string FileOf(string name) => name.EndsWith(".mindir", StringComparison.Ordinal) ? Path.Combine(Folder, "mindir", name)
        : Directory.Exists(Path.Combine(Folder, "exported", name)) ? ModelOf(name)
        : Path.Combine(Folder, "onnx-light", name + ".onnx");

    public static string ModelOf(string exported) => Path.Combine(Folder, "exported", exported, "model.onnx");

    public static string DataOf(string exported) => Path.Combine(Folder, "exported", exported, "test_data_set_0");
}
