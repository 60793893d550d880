using System.CommandLine;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Gpc.Requests;

namespace GraphPartition.Gpc.Options;

/// <summary>The argument MODEL and the options of all commands that plan.</summary>
internal sealed class ModelArguments
{
    private readonly Argument<string> _model = new("MODEL") { Description = "An ONNX or MindIR model, or a model that gpc compiled." };
    private readonly Option<string?> _target = new("--target")
    {
        Description =
            "The release to plan for, for instance tensorrt-10.16 or rtx-1.6. Default: the installed release, or else tensorrt-10.16.",
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
    private readonly Option<string> _passes = new("--passes")
    {
        Description = "standard, exact (only passes that keep every bit), none, or names of passes separated by commas: "
            + string.Join(", ", Pipeline.Names) + ".",
        HelpName = "LIST",
        DefaultValueFactory = _ => "standard",
    };
    private readonly Option<long> _foldLimit = OptionOf.Number(
        "--fold-limit", "BYTES", "How many bytes a folded constant may add to the model.", 0L, PassContext.DefaultFoldLimit);
    private readonly Option<long> _unrollLimit = OptionOf.Number(
        "--unroll-limit", "N", "Unroll loops of known length up to N iterations; 0 keeps loops.", 0L);
    private readonly Option<bool> _allowNarrowing = new("--allow-narrowing")
    {
        Description = "Let engines compute doubles as floats and, in TensorRT 8, 64-bit integers as 32-bit ones. Numbers may be lost.",
    };
    private readonly Option<string?> _dumpAfter = new("--dump-after")
    {
        Description = "Print the graph to standard error after this pass, or after 'all' passes.",
        HelpName = "PASS",
    };
    private readonly KeyOption _key = new();
    private readonly OperatorsOption _operators = new();
    private readonly CustomOperatorsOption _customOperators = new();
    private readonly ConstraintArguments _constraints;
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object instead of tables." };

    /// <summary>Adds the argument and the options to a command.</summary>
    public ModelArguments(GpcCommand command)
    {
        command.Add(_model);
        command.Add(OptionGroup.Common, _target, _support, _groups, _json);
        command.Add(OptionGroup.Operators, _operators.Option, _customOperators.Option);
        command.Add(OptionGroup.Passes, _passes, _foldLimit, _unrollLimit, _allowNarrowing, _dumpAfter, _key.Option);
        _constraints = new(command);
    }

    /// <summary>Whether to print JSON.</summary>
    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>What the command line asks for.</summary>
    public ModelRequest Request(ParseResult parsed) => new(parsed.GetRequiredValue(_model))
    {
        KeyFile = _key.File(parsed),
        OperatorFiles = _operators.Files(parsed),
        CustomOperators = _customOperators.Paths(parsed),
        Target = parsed.GetValue(_target),
        Support = parsed.GetRequiredValue(_support),
        Groups = parsed.GetRequiredValue(_groups) == "connected" ? GroupMode.Connected : GroupMode.Minimum,
        Passes = parsed.GetRequiredValue(_passes),
        FoldLimit = parsed.GetValue(_foldLimit),
        UnrollLimit = parsed.GetValue(_unrollLimit),
        AllowNarrowing = parsed.GetValue(_allowNarrowing),
        DumpAfter = parsed.GetValue(_dumpAfter),
        Constraints = _constraints.Read(parsed),
        HasDeviceProfile = _constraints.HasDeviceProfile(parsed),
        ChangesPlan = _constraints.AreGiven(parsed) || new Option[]
        {
            _target, _support, _groups, _passes, _foldLimit, _unrollLimit, _allowNarrowing, _operators.Option,
        }.Any(option => parsed.GetResult(option) is { Implicit: false }),
    };
}
