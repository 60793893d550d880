using System.Collections.Frozen;

namespace GraphPartition.Operators.TensorRt;

/// <summary>
/// An operator that TensorRT has besides those of ONNX: a plugin of its own library, or an importer of its parser
/// (<c>tensorrt.plugins</c>).
/// </summary>
/// <param name="Name">The operator's name; the parser ignores the domain.</param>
/// <param name="Versions">The versions of a plugin; empty for an importer.</param>
/// <param name="Ranges">The releases that have it: from the first on, until the second, which has it no more.</param>
public sealed record KnownPlugin(
    string Name, ImmutableArray<string> Versions, ImmutableArray<(TensorRtRelease Since, TensorRtRelease? Until)> Ranges)
{
    private static readonly Lazy<FrozenDictionary<string, KnownPlugin>> Embedded = new(
        () => Load().ToFrozenDictionary(p => p.Name, StringComparer.Ordinal));

    /// <summary>All of them.</summary>
    public static IReadOnlyList<KnownPlugin> All => Embedded.Value.Values;

    /// <summary>The plugin or importer that a node's operator names; null if there is none.</summary>
    public static KnownPlugin? Find(OpName op) =>
        op.Domain is "" or "com.nvidia" or "trt.plugins" or "trt" ? Embedded.Value.GetValueOrDefault(op.Type) : null;

    /// <summary>Whether a release runs a node by it. The version is in the attribute <c>plugin_version</c>, by default 1.</summary>
    public Verdict SupportOf(Node node, TensorRtTarget target)
    {
        TensorRtRelease release = target.Release;
        if (!Ranges.Any(r => release.IsAtLeast(r.Since) && !(r.Until is { } until && release.IsAtLeast(until))))
            return Verdict.No($"{Name} is not in {target}: it is in {string.Join(", ", Ranges.Select(Describe))}", "unknown-plugin");
        string version = node.Attributes.Text("plugin_version") is { Length: > 0 } text ? text : "1";
        if (!Versions.IsEmpty && !Versions.Contains(version))
            return Verdict.No(
                $"{target} has no version {version} of the plugin {Name}, but {string.Join(", ", Versions)}", "unknown-plugin");
        for (int i = 0; i < node.Outputs.Length; i++)
            if (node.Outputs[i] is { ElementType: ElementType.Undefined })
                return Verdict.No($"the type of output {i} is not known; declare it in an operators file", "unknown-type");
        return Verdict.Yes;
    }

    private static string Describe((TensorRtRelease Since, TensorRtRelease? Until) range) =>
        range.Until is { } until ? $"{range.Since} until before {until.Numbers}" : $"{range.Since} and later";

    private static IEnumerable<KnownPlugin> Load()
    {
        using Stream stream = typeof(KnownPlugin).Assembly.GetManifestResourceStream("tensorrt.plugins")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            string[] parts = line.Split(' ');
            yield return new(parts[0], parts[1] == "-" ? [] : [.. parts[1].Split(',')], [.. parts[2..].Select(Range)]);
        }
    }

    private static (TensorRtRelease Since, TensorRtRelease? Until) Range(string text) =>
        text.Split('<') is [var since, var until] ? (Release(since), Release(until)) : (Release(text), null);

    private static TensorRtRelease Release(string text) => TensorRtRelease.TryParse(text, out TensorRtRelease release)
        ? release : throw new FormatException($"tensorrt.plugins: '{text}' is not a release");
}
