namespace GraphPartition.TestSupport;

/// <summary>Folders outside the checkout that some tests read; a test skips where its folder is missing.</summary>
public static class OutsideFolders
{
    /// <summary>ONNX's backend tests, as the package libonnx-testdata installs them.</summary>
    public const string BackendTests = "/usr/share/libonnx-testdata/data";

    /// <summary>What all who work on the project share: beside the checkout.</summary>
    public static string Shared { get; } = Path.GetFullPath(Checkout.PathOf("..", "shared"));

    /// <summary>The models in it.</summary>
    public static string SharedModels { get; } = Path.Combine(Shared, "models");

    /// <summary>The ONNX files below a folder that the importer accepts, in order; none where the folder is missing.</summary>
    public static IReadOnlyList<string> Models(string folder) => [.. OnnxFiles(folder).Where(file => !Refused.Contains(NameOf(file)))];

    /// <summary>
    /// The exported models and the classic networks. Files of other tools (<c>real</c>, <c>converted</c>) may declare wrong types or use
    /// operators that ONNX Runtime lacks.
    /// </summary>
    public static IReadOnlyList<string> WellFormedModels =>
        [.. Models(Path.Combine(SharedModels, "exported")), .. Models(Path.Combine(SharedModels, "onnx-light"))];

    /// <summary>
    /// The shared ONNX files that the importer refuses today: <c>tests/Support/refused-models.txt</c> lists them. A test asserts that
    /// each is still refused, so the list can only shrink.
    /// </summary>
    public static IReadOnlyList<string> RefusedModels() => [.. OnnxFiles(SharedModels).Where(file => Refused.Contains(NameOf(file)))];

    /// <summary>Their names.</summary>
    public static IReadOnlySet<string> Refused { get; } =
        File.ReadAllLines(Checkout.PathOf("tests", "Support", "refused-models.txt")).Select(line => line.Split(':')[0]).ToHashSet();

    private static IEnumerable<string> OnnxFiles(string folder) => !Directory.Exists(folder) ? []
        : Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    private static string NameOf(string file) => Path.GetFileName(Path.GetDirectoryName(file)!);

    /// <summary>Why a test of something shared cannot run; null where it can.</summary>
    public static string? WhyNotShared(string path) => Path.Exists(Path.Combine(Shared, path)) ? null
        : $"{path} of the shared folder is not there";
}
