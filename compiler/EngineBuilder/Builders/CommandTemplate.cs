using System.Text;
using GraphPartition.TensorRt;

namespace GraphPartition.EngineBuilder.Builders;

/// <summary>
/// The command of another program that builds an engine, with placeholders. It is split at spaces, outside of quotes, before they are
/// filled in, and no shell is used. So a file name with spaces stays one argument.
/// <code>
/// {onnx}        the ONNX file to build; required
/// {engine}      the file to write the engine to; required
/// {shapes}      --minShapes=x:1x3 --optShapes=x:4x3 --maxShapes=x:8x3, as trtexec takes them; nothing if all shapes are fixed
/// {flags}       the build options as flags of trtexec; nothing if there are none
/// {min-shapes}, {opt-shapes}, {max-shapes}   the lists alone: x:1x3,y:2
/// {name}        the name of the network
/// {capability}  the compute capability: 8.9
/// </code>
/// </summary>
public sealed class CommandTemplate
{
    private static readonly string[] Required = ["{onnx}", "{engine}"];

    private readonly string[] _words;

    private CommandTemplate(string[] words) => _words = words;

    /// <summary>Reads a command.</summary>
    /// <param name="text">The command.</param>
    /// <exception cref="ModelException">It has no program, lacks a required placeholder, or a quote is open (GP4044).</exception>
    public static CommandTemplate Parse(string text)
    {
        string[] words = Split(text) ?? throw Wrong("a quote is not closed");
        if (words.Length == 0) throw Wrong("it is empty");
        foreach (string placeholder in Required)
            if (!words.Any(w => w.Contains(placeholder, StringComparison.Ordinal))) throw Wrong($"it has no {placeholder}");
        return new(words);
        ModelException Wrong(string reason) => TensorRtCodes.BuilderCommandFailed.Error($"builder command '{text}'", reason);
    }

    /// <summary>The program and its arguments for one build.</summary>
    /// <param name="onnx">The ONNX file.</param>
    /// <param name="engine">The file to write.</param>
    /// <param name="options">How to build.</param>
    /// <param name="capability">The compute capability of the engine.</param>
    internal string[] Fill(string onnx, string engine, BuildOptions options, string capability)
    {
        ShapeProfile? profile = options.Profiles is [var only, ..] ? only : null;
        string min = List(profile, r => r.Min), opt = List(profile, r => r.Opt), max = List(profile, r => r.Max);
        List<string> filled = [];
        foreach (string word in _words)
            if (word == "{shapes}") filled.AddRange(min.Length == 0 ? [] : [$"--minShapes={min}", $"--optShapes={opt}", $"--maxShapes={max}"]);
            else if (word == "{flags}") filled.AddRange(Flags(options));
            else
                filled.Add(word.Replace("{onnx}", onnx).Replace("{engine}", engine).Replace("{name}", options.Name)
                    .Replace("{min-shapes}", min).Replace("{opt-shapes}", opt).Replace("{max-shapes}", max).Replace("{capability}", capability));
        return [.. filled];
    }

    private static string List(ShapeProfile? profile, Func<ShapeRange, IReadOnlyList<long>> sizes) => profile is null ? ""
        : string.Join(',', profile.Inputs.OrderBy(i => i.Key, StringComparer.Ordinal).Select(i => $"{i.Key}:{string.Join('x', sizes(i.Value))}"));

    /// <summary>The flags of trtexec (TensorRT's documentation, "trtexec").</summary>
    private static IEnumerable<string> Flags(BuildOptions options)
    {
        if (options.Precision == Precision.Fp16) yield return "--fp16";
        if (options.Precision == Precision.Bf16) yield return "--bf16";
        if (options.Precision == Precision.AsTyped) yield return "--stronglyTyped";
        if (!options.Tf32) yield return "--noTF32";
        if (options.WorkspaceBytes is { } bytes) yield return $"--memPoolSize=workspace:{bytes >> 20}";
        if (options.OptimizationLevel is { } level) yield return $"--builderOptimizationLevel={level}";
        if (options.HardwareCompatibility == HardwareCompatibility.AmperePlus) yield return "--hardwareCompatibilityLevel=ampere+";
        if (options.HardwareCompatibility == HardwareCompatibility.SameComputeCapability)
            yield return "--hardwareCompatibilityLevel=sameComputeCapability";
        if (options.VersionCompatible) yield return "--versionCompatible";
        if (options.ExcludeLeanRuntime) yield return "--excludeLeanRuntime";
        if (options.Refittable) yield return "--refit";
        if (options.StripWeights) yield return "--stripWeights";
        if (options.WeightStreaming) yield return "--allowWeightStreaming";
        if (options.SparseWeights) yield return "--sparsity=enable";
        if (options.Profiling != ProfilingDetail.LayerNames)
            yield return $"--profilingVerbosity={(options.Profiling == ProfilingDetail.None ? "none" : "detailed")}";
        if (options.MaxAuxStreams is { } streams) yield return $"--maxAuxStreams={streams}";
    }

    /// <summary>The words of a command; null if a quote is not closed.</summary>
    private static string[]? Split(string text)
    {
        List<string> words = [];
        StringBuilder? word = null;
        char quote = '\0';
        foreach (char c in text)
        {
            if (quote != '\0' && c == quote) quote = '\0';
            else if (quote == '\0' && c is '"' or '\'') (quote, word) = (c, word ?? new());
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (word is not null) words.Add(word.ToString());
                word = null;
            }
            else (word ??= new()).Append(c);
        }
        if (word is not null) words.Add(word.ToString());
        return quote == '\0' ? [.. words] : null;
    }
}
