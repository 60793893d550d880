using System.Text;
using GraphPartition.TensorRt.Cache;

namespace GraphPartition.EngineBuilder;

/// <summary>
/// The text of everything that changes an engine. Its hash is the engine's key in the cache. What changes only the time of a build
/// (threads, timing caches) is not in it.
/// </summary>
internal static class EngineDescription
{
    /// <summary>To increase when the same text means another engine than before.</summary>
    private const int Version = 1;

    public static EngineTarget TargetOf(BuildMachine machine, BuildOptions options) => new(
        machine.Release, machine.Capability.ToString(), NameOf(options.Precision))
    {
        Device = machine.Device?.Name ?? "",
        Hardware = options.HardwareCompatibility switch
        {
            _ when machine.Device is null => EngineTarget.SameCapability,
            HardwareCompatibility.AmperePlus => EngineTarget.AmperePlus,
            HardwareCompatibility.SameComputeCapability => EngineTarget.SameCapability,
            _ => EngineTarget.SameGpu,
        },
        IsVersionCompatible = options.VersionCompatible,
        IsStripped = options.StripWeights,
        AllowsTf32 = options.Tf32,
        IsRefittable = options.Refittable || options.StripWeights,
    };

    /// <summary>The key of an engine in the cache.</summary>
    /// <param name="group">The group.</param>
    /// <param name="options">The options of the build.</param>
    /// <param name="target">What it is built for.</param>
    /// <param name="plugins">The libraries of plugins that TensorRT has.</param>
    /// <param name="command">The command that builds; null: this program does.</param>
    public static EngineKey KeyOf(
        SegmentModel group, BuildOptions options, EngineTarget target, IReadOnlyList<PluginLibrary> plugins, string? command = null)
    {
        StringBuilder text = new();
        void Line(string name, object? value) => text.Append(CultureInfo.InvariantCulture, $"{name}={value}\n");
        Line("description", Version);
        Line("content", ContentOf(group));
        if (group.NamesValues) Line("names", string.Join(' ', group.Graph.Inputs.Concat(group.Graph.Outputs).Select(v => v.Name)));
        Line("tensorrt", target.TensorRt);
        Line("capability", target.ComputeCapability);
        Line("device", target.Hardware == EngineTarget.SameGpu ? target.Device : target.Hardware);
        Line("precision", target.Precision);
        Line("tf32", options.Tf32);
        Line("workspace", options.WorkspaceBytes);
        Line("level", options.OptimizationLevel);
        Line("version compatible", options.VersionCompatible);
        Line("exclude lean", options.ExcludeLeanRuntime);
        Line("refittable", options.Refittable);
        Line("strip", options.StripWeights);
        Line("streaming", options.WeightStreaming);
        Line("sparse", options.SparseWeights);
        Line("profiling", options.Profiling);
        Line("aux streams", options.MaxAuxStreams);
        if (command is not null) Line("command", command);
        foreach (string hash in plugins.Select(p => p.Sha256).Order(StringComparer.Ordinal)) Line("plugin", hash);
        foreach (ShapeProfile profile in options.Profiles)
        {
            Ranges("shape", profile.Inputs);
            Ranges("values", profile.Values);
        }
        return EngineKey.Of(Encoding.UTF8.GetBytes(text.ToString()));

        void Ranges(string kind, IReadOnlyDictionary<string, ShapeRange> ranges)
        {
            foreach ((string input, ShapeRange r) in ranges.OrderBy(r => r.Key, StringComparer.Ordinal))
                Line($"{kind} {input}", $"{string.Join('x', r.Min)} {string.Join('x', r.Opt)} {string.Join('x', r.Max)}");
        }
    }

    /// <summary>What a group computes and for which shapes.</summary>
    public static string ContentOf(SegmentModel group) =>
        $"{group.ContentKey} of {string.Join(", ", group.Graph.Inputs.Select(v => v.Type))}";

    private static string NameOf(Precision precision) => precision switch
    {
        Precision.Fp16 => "fp16",
        Precision.Bf16 => "bf16",
        Precision.AsTyped => "typed",
        _ => "fp32",
    };
}
