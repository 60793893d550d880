using System.CommandLine;
using GraphPartition.Compiler.Passes.Expanding;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Gpc.Requests;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Gpc.Options;

/// <summary>The argument MODEL and the options of all commands that plan.</summary>
internal sealed class ModelArguments
{
    private readonly Option<string?> _target = new("--target")
    {
        Description = "The release to plan for, for instance tensorrt-10.16 or rtx-1.6. Default: the installed release, or else "
            + $"{TensorRtTarget.Default.Release.Id}.",
        HelpName = "RELEASE",
    };
    private readonly Option<string> _support = new("--support")
    {
        Description = "Which nodes engines may take: table (what the release runs), all, none, mindspore (what MindSpore's own pass "
            + "accepted), random:SEED:P, or a FILE of 'op NAME' and 'node NAME' lines.",
        HelpName = "POLICY",
        DefaultValueFactory = _ => "table",
    };
    private readonly Option<string> _groups = OptionOf.Choice(
        "--groups", "minimum: the fewest engines. connected: the nodes of each engine are connected.", "minimum", "connected");
    private readonly Option<string> _expand = OptionOf.Choice(
        "--expand", "on: express operators that the release lacks in those that it has, where engines can take them. off: keep them.",
        "on", "off");
    private readonly Option<string?> _noExpand = new("--no-expand")
    {
        Description = "Keep these operators, and leave out these rules for the release, separated by commas: operators as 'gpc inspect' "
            + $"prints them; {string.Join(", ", Expansions.Rules)}.",
        HelpName = "LIST",
    };
    private readonly Option<bool> _allowNarrowing = new("--allow-narrowing")
    {
        Description = "Let engines compute doubles as floats and, in TensorRT 8, 64-bit integers as 32-bit ones. Numbers may be lost.",
    };
    private readonly SourceArguments _source;
    private readonly PassArguments _passes;
    private readonly ShapeArguments _shapes;
    private readonly ConstraintArguments _constraints;
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object instead of tables." };

    /// <summary>Adds the argument and the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="forEachRelease">Whether the command plans for each release by its operator table: no option chooses one.</param>
    /// <param name="limitsEngines">Whether --max-engines is a constraint of the plan.</param>
    public ModelArguments(GpcCommand command, bool forEachRelease = false, bool limitsEngines = true)
    {
        _source = new(command);
        if (!forEachRelease) command.Add(OptionGroup.Common, _target, _support);
        command.Add(OptionGroup.Common, _groups, _json);
        _shapes = new(command);
        _passes = new(command, dumps: !forEachRelease);
        command.Add(OptionGroup.Passes, _expand, _noExpand, _allowNarrowing);
        _constraints = new(command, limitsEngines);
    }

    /// <summary>The option --json.</summary>
    public Option JsonOption => _json;

    /// <summary>The option --target.</summary>
    public Option TargetOption => _target;

    /// <summary>Whether to print JSON.</summary>
    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>Whether the command line has an option that changes the plan. If not, a compiled model keeps its plan.</summary>
    public bool ChangePlan(ParseResult parsed) => _constraints.AreGiven(parsed) || _passes.AreGiven(parsed) || _source.ChangePlan(parsed)
        || OptionOf.AnyGiven(parsed, [_target, _support, _groups, _expand, _noExpand, _allowNarrowing]);

    /// <summary>The options of the command line.</summary>
    public ModelRequest Request(ParseResult parsed) => _shapes.In(parsed, _passes.In(parsed, _source.Request(parsed))) with
    {
        Target = parsed.GetResult(_target) is null ? null : parsed.GetValue(_target),
        Support = parsed.GetResult(_support) is null ? "table" : parsed.GetRequiredValue(_support),
        Groups = parsed.GetRequiredValue(_groups) == "connected" ? GroupMode.Connected : GroupMode.Minimum,
        Expand = parsed.GetRequiredValue(_expand) == "on",
        NotExpanded = [.. (parsed.GetValue(_noExpand) ?? "").Split(
            ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
        AllowNarrowing = parsed.GetValue(_allowNarrowing),
        Constraints = _constraints.Read(parsed),
        ChangesPlan = ChangePlan(parsed),
    };
}
