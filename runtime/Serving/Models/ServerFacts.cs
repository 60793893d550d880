using System.Reflection;

namespace GraphPartition.Serving.Models;

/// <summary>What the server tells about itself.</summary>
internal static class ServerFacts
{
    public const string Name = "graphpartition";

    /// <summary>The platform of every model: each is an ONNX file.</summary>
    public const string Platform = "onnx_onnxv1";

    public static string Version { get; } =
        typeof(ServerFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Triton's names of the extensions that this server has.</summary>
    public static ImmutableArray<string> Extensions(ServingOptions options) =>
    [
        "binary_tensor_data", "classification", "model_configuration", "parameters", "schedule_policy", "statistics",
        .. (string[])(options.AllowModelControl ? ["model_repository"] : []),
        .. (string[])(options.AllowSharedMemory ? ["system_shared_memory"] : []),
    ];
}
