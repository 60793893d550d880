using System.Collections.Immutable;
using System.CommandLine;
using GraphPartition.Compiler.Cost;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;

namespace GraphPartition.Gpc;

/// <summary>What is asked of engines beyond "as few as possible": options of all commands that plan.</summary>
internal sealed class ConstraintArguments
{
    private readonly Option<int> _minNodes = new("--min-nodes") { Description = "Engines with fewer nodes fall back.", DefaultValueFactory = _ => 1 };
    private readonly Option<long> _minFlops = new("--min-flops") { Description = "Engines with fewer arithmetic operations (estimated) fall back." };
    private readonly Option<double?> _minProfit = new("--min-profit")
    {
        Description = "Engines that save fewer microseconds (estimated, see --device-profile) fall back.",
    };
    private readonly Option<int> _maxEngines = new("--max-engines") { Description = "At most so many engines: the most profitable.", DefaultValueFactory = _ => int.MaxValue };
    private readonly Option<int> _maxNodes = new("--max-nodes") { Description = "Engines with more nodes are cut.", DefaultValueFactory = _ => int.MaxValue };
    private readonly Option<long> _maxWeightBytes = new("--max-weight-bytes")
    {
        Description = "Engines with more bytes of weights are cut.",
        DefaultValueFactory = _ => long.MaxValue,
    };
    private readonly Option<string[]> _include = new("--include") { Description = "SELECTOR: these nodes must be in an engine, however small. A selector is a node name, a pattern with * and ?, op:NAME or domain:NAME." };
    private readonly Option<string[]> _exclude = new("--exclude") { Description = "SELECTOR: these nodes fall back." };
    private readonly Option<string[]> _stopAt = new("--stop-at") { Description = "SELECTOR: these nodes fall back with everything that depends on them." };
    private readonly Option<string[]> _units = new("--unit") { Description = "NAME=SELECTOR[,SELECTOR]: these nodes share one engine or fall back together." };
    private readonly Option<bool> _keepQdq = new("--keep-qdq") { Description = "A node stays together with its DequantizeLinear and QuantizeLinear neighbours." };
    private readonly Option<string?> _assign = new("--assign") { Description = "A file of 'engine NAME SELECTOR' and 'fallback SELECTOR' lines that fixes the place of nodes." };
    private readonly Option<string[]> _separate = new("--separate") { Description = "precision | shapes: engines of one floating-point type each; static and dynamic shapes in different engines." };
    private readonly Option<string?> _device = new("--device-profile")
    {
        Description = "Parameters of the cost model, as 'gpc calibrate' writes them. With --support table, engines that would lose time by it fall back.",
    };

    public ConstraintArguments(Command command)
    {
        _separate.AcceptOnlyFromAmong("precision", "shapes");
        foreach (Option option in All) command.Add(option);
    }

    private IEnumerable<Option> All =>
        [_minNodes, _minFlops, _minProfit, _maxEngines, _maxNodes, _maxWeightBytes, _include, _exclude, _stopAt, _units, _keepQdq, _assign, _separate, _device];

    /// <summary>Whether the command line asks for none of this.</summary>
    public bool AreDefault(ParseResult parsed) => All.All(option => parsed.GetResult(option) is null or { Implicit: true });

    /// <summary>What the command line asks for.</summary>
    /// <exception cref="ModelException">GP3008, GP3009: a selector, a file or a profile is wrong.</exception>
    public PlanConstraints Read(ParseResult parsed, SupportPolicy support)
    {
        string[] separate = parsed.GetValue(_separate) ?? [];
        DeviceProfile? device = parsed.GetValue(_device) is { } path ? DeviceProfile.Read(path) : null;
        return new PlanConstraints
        {
            MinNodes = parsed.GetValue(_minNodes),
            MinFlops = parsed.GetValue(_minFlops),
            // A profile that was measured decides by itself, but only about engines that could really be built.
            MinProfit = parsed.GetValue(_minProfit) ?? (device is not null && support.IsReal ? 0 : null),
            MaxEngines = parsed.GetValue(_maxEngines),
            MaxNodes = parsed.GetValue(_maxNodes),
            MaxWeightBytes = parsed.GetValue(_maxWeightBytes),
            Include = Selectors(parsed, _include),
            Exclude = Selectors(parsed, _exclude),
            StopAt = Selectors(parsed, _stopAt),
            Units = [.. (parsed.GetValue(_units) ?? []).Select(Unit)],
            KeepQuantization = parsed.GetValue(_keepQdq),
            Assignments = parsed.GetValue(_assign) is { } file ? AssignmentFile.Read(file) : [],
            SeparatePrecisions = separate.Contains("precision"),
            SeparateShapes = separate.Contains("shapes"),
            Device = device ?? DeviceProfile.Default,
        };
    }

    private static ImmutableArray<NodeSelector> Selectors(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).Select(text => NodeSelector.Parse(text, $"{option.Name} {text}"))];

    private static NamedUnit Unit(string text)
    {
        if (text.Split('=', 2) is not [{ Length: > 0 } name, { Length: > 0 } selectors])
            throw Codes.BadSelector.Error($"--unit {text}", "--unit takes NAME=SELECTOR[,SELECTOR]");
        return new(name, [.. selectors.Split(',').Select(s => NodeSelector.Parse(s, $"--unit {text}"))]);
    }
}
