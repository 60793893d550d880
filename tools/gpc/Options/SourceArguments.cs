using System.CommandLine;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Gpc.Options;

/// <summary>The argument MODEL, and what reading it needs.</summary>
internal sealed class SourceArguments
{
    private readonly Argument<string> _model = new("MODEL") { Description = "An ONNX or MindIR model, or a model that gpc compiled." };
    private readonly KeyOption _key = new();
    private readonly OperatorsOption _operators = new();
    private readonly CustomOperatorsOption _customOperators = new();
    private readonly Option<string[]> _keepFunctions = new("--keep-function")
    {
        Description = "Keep calls of this model-local function as nodes, because a TensorRT plugin has its name. The fallback runs its body.",
        HelpName = "DOMAIN::NAME",
    };

    /// <summary>Adds the argument and the options to a command.</summary>
    public SourceArguments(GpcCommand command)
    {
        command.Add(_model);
        command.Add(OptionGroup.Operators, Options);
        command.Add(OptionGroup.Passes, _key.Option);
    }

    private Option[] Options => [_operators.Option, _customOperators.Option, _keepFunctions];

    /// <summary>Whether the command line changes what nodes mean.</summary>
    public bool ChangePlan(ParseResult parsed) => OptionOf.AnyGiven(parsed, [_operators.Option, _keepFunctions]);

    /// <summary>The options of the command line.</summary>
    public ModelRequest Request(ParseResult parsed) => new(parsed.GetRequiredValue(_model))
    {
        KeyFile = _key.File(parsed),
        OperatorFiles = _operators.Files(parsed),
        CustomOperators = _customOperators.Paths(parsed),
        KeepFunctions = [.. (parsed.GetValue(_keepFunctions) ?? []).Select(FunctionOf)],
    };

    private static OpName FunctionOf(string text) => text.Split("::") switch
    {
        [{ Length: > 0 } name] => new(name),
        [var domain, { Length: > 0 } name] => new(domain, name),
        _ => throw GpcCodes.BadOption.Error($"--keep-function {text}", "--keep-function takes DOMAIN::NAME"),
    };
}
