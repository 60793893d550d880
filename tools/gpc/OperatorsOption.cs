using System.CommandLine;
using GraphPartition.Operators;
using GraphPartition.Operators.Extensions;

namespace GraphPartition.Gpc;

/// <summary>The option <c>--operators FILE</c>: operators that a user adds to the table.</summary>
internal sealed class OperatorsOption
{
    private readonly Option<string[]> _files = new("--operators")
    {
        Description = "A JSON file of operators that you add: their types, and the TensorRT release that runs them (compiler/Operators/README.md).",
        HelpName = "FILE",
    };

    public OperatorsOption(Command command) => command.Add(_files);

    /// <summary>Whether a file is given.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_files) is { Length: > 0 };

    /// <summary>The table with the operators of all files given.</summary>
    public OperatorTable Table(ParseResult parsed) =>
        OperatorTable.Default.With((parsed.GetValue(_files) ?? []).SelectMany(f => OperatorsFile.Read(f)));
}
