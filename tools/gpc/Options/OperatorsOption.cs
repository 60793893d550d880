using System.Collections.Immutable;
using System.CommandLine;

namespace GraphPartition.Gpc.Options;

/// <summary>The option <c>--operators FILE</c>: operators that the user adds to the table.</summary>
internal sealed class OperatorsOption
{
    private readonly Option<string[]> _files = new("--operators")
    {
        Description =
            "A JSON file of your own operators: their types, and the TensorRT release that runs them.",
        HelpName = "FILE",
    };

    /// <summary>The option.</summary>
    public Option Option => _files;

    /// <summary>The files.</summary>
    public ImmutableArray<string> Files(ParseResult parsed) => [.. parsed.GetValue(_files) ?? []];
}
