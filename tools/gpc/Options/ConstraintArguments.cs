using System.Collections.Immutable;
using System.CommandLine;
using GraphPartition.Compiler.Cost;
using GraphPartition.Compiler.Diagnostics;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Foundation;

namespace GraphPartition.Gpc.Options;

/// <summary>What engines must satisfy besides being few: options of all commands that plan.</summary>
internal sealed class ConstraintArguments
{
    private readonly Option<int?> _minNodes = OptionOf.Limit<int>("--min-nodes", "N", "Engines with fewer nodes fall back.");
    private readonly Option<long?> _minFlops = OptionOf.Limit<long>(
        "--min-flops", "N", "Engines with fewer (estimated) arithmetic operations fall back.");
    private readonly Option<double?> _minProfit = OptionOf.Limit<double>(
        "--min-profit", "US", "Engines that save fewer (estimated) microseconds fall back; see --device-profile.");
    private readonly Option<int?> _maxEngines = OptionOf.Limit<int>("--max-engines", "N", "Keep only the N most profitable engines.");
    private readonly Option<int?> _maxNodes = OptionOf.Limit<int>("--max-nodes", "N", "Cut engines with more nodes.");
    private readonly Option<long?> _maxWeightBytes =
        OptionOf.Limit<long>("--max-weight-bytes", "BYTES", "Cut engines with more bytes of weights.");
    private readonly Option<string[]> _include = Selector(
        "--include", "These nodes must be in an engine, however small. SELECTOR is a node name, a pattern with * and ?, op:NAME or domain:NAME.");
    private readonly Option<string[]> _exclude = Selector("--exclude", "These nodes fall back.");
    private readonly Option<string[]> _stopAt = Selector("--stop-at", "These nodes fall back with everything that depends on them.");
    private readonly Option<string[]> _units = new("--unit")
    {
        Description = "These nodes share one engine or fall back together.",
        HelpName = "NAME=SELECTOR[,SELECTOR]",
    };
    private readonly Option<bool> _keepQdq = new("--keep-qdq")
    {
        Description = "A node stays together with its DequantizeLinear and QuantizeLinear neighbors.",
    };
    private readonly Option<string?> _assign = new("--assign")
    {
        Description = "A file of 'engine NAME SELECTOR' and 'fallback SELECTOR' lines that fix the place of nodes.",
        HelpName = "FILE",
    };
    private readonly Option<string[]> _separate = OptionOf.Choices(
        "--separate", "precision: one floating-point type in each engine. shapes: static and dynamic shapes in different engines.",
        "precision", "shapes");
    private readonly Option<string?> _device = new("--device-profile")
    {
        Description =
            "The cost model of a device, as 'gpc calibrate' writes it. If nothing in it is assumed, engines that would lose time fall back.",
        HelpName = "FILE",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="limitsEngines">Whether --max-engines is among them. In 'check' it is a condition, not a constraint.</param>
    public ConstraintArguments(GpcCommand command, bool limitsEngines) =>
        command.Add(OptionGroup.Constraints, [.. All.Where(o => limitsEngines || o != _maxEngines)]);

    private IEnumerable<Option> All =>
        [_minNodes, _minFlops, _minProfit, _maxEngines, _maxNodes, _maxWeightBytes, _include, _exclude, _stopAt, _units, _keepQdq, _assign,
            _separate, _device];

    /// <summary>Whether the command line has any of these options.</summary>
    public bool AreGiven(ParseResult parsed) => OptionOf.AnyGiven(parsed, [.. All]);

    /// <summary>The options of the command line.</summary>
    /// <exception cref="ModelException">GP3008, GP3009: a selector, a file or a profile is wrong.</exception>
    public PlanConstraints Read(ParseResult parsed)
    {
        string[] separate = parsed.GetValue(_separate) ?? [];
        return new PlanConstraints
        {
            MinNodes = parsed.GetValue(_minNodes) ?? 1,
            MinFlops = parsed.GetValue(_minFlops) ?? 0,
            MinProfit = parsed.GetValue(_minProfit),
            MaxEngines = parsed.GetResult(_maxEngines) is null ? int.MaxValue : parsed.GetValue(_maxEngines) ?? int.MaxValue,
            MaxNodes = parsed.GetValue(_maxNodes) ?? int.MaxValue,
            MaxWeightBytes = parsed.GetValue(_maxWeightBytes) ?? long.MaxValue,
            Include = Selectors(parsed, _include),
            Exclude = Selectors(parsed, _exclude),
            StopAt = Selectors(parsed, _stopAt),
            Units = [.. (parsed.GetValue(_units) ?? []).Select(Unit)],
            KeepQuantization = parsed.GetValue(_keepQdq),
            Assignments = parsed.GetValue(_assign) is { } file ? AssignmentFile.Read(file) : [],
            SeparatePrecisions = separate.Contains("precision"),
            SeparateShapes = separate.Contains("shapes"),
            Device = parsed.GetValue(_device) is { } path ? DeviceProfile.Read(path) : DeviceProfile.Default,
        };
    }

    private static Option<string[]> Selector(string name, string description) =>
        new(name) { Description = description, HelpName = "SELECTOR" };

    private static ImmutableArray<NodeSelector> Selectors(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).Select(text => NodeSelector.Parse(text, $"{option.Name} {text}"))];

    private static NamedUnit Unit(string text)
    {
        if (text.Split('=', 2) is not [{ Length: > 0 } name, { Length: > 0 } selectors])
            throw CompilerCodes.BadSelector.Error($"--unit {text}", "--unit takes NAME=SELECTOR[,SELECTOR]");
        return new(name, [.. selectors.Split(',').Select(s => NodeSelector.Parse(s, $"--unit {text}"))]);
    }
}
