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

    /// <summary>Why a test of something shared cannot run; null where it can.</summary>
    public static string? WhyNotShared(string path) => Path.Exists(Path.Combine(Shared, path)) ? null
        : $"{path} of the shared folder is not there";
}
