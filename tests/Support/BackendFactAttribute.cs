namespace GraphPartition.TestSupport;

/// <summary>A fact that reads ONNX's backend tests; it skips where they are missing.</summary>
public sealed class BackendFactAttribute : Xunit.FactAttribute
{
    public BackendFactAttribute() =>
        Skip = Directory.Exists(OutsideFolders.BackendTests) ? null
            : $"ONNX's backend tests (libonnx-testdata) are not in {OutsideFolders.BackendTests}";
}
