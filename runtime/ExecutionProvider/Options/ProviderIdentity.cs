namespace GraphPartition.ExecutionProvider.Options;

/// <summary>What the provider is called: by ONNX Runtime, in the keys of options, and as the source of EPContext nodes.</summary>
internal static class ProviderIdentity
{
    /// <summary>The provider's name.</summary>
    public const string Name = "GraphPartitionExecutionProvider";

    /// <summary>The maker.</summary>
    public const string Vendor = "GraphPartition";

    /// <summary>The version of this library.</summary>
    public static string Version { get; } = typeof(ProviderIdentity).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
