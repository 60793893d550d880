using System.Collections.Immutable;
using System.CommandLine;

namespace GraphPartition.Gpc.Options;

/// <summary>The option <c>--custom-ops LIBRARY</c>: libraries of custom operators for ONNX Runtime.</summary>
internal sealed class CustomOperatorsOption
{
    private readonly Option<string[]> _paths = new("--custom-ops")
    {
        Description = "A library of custom operators for ONNX Runtime. Its code runs in this process. May be given several times.",
        HelpName = "LIBRARY",
    };

    /// <summary>The option.</summary>
    public Option Option => _paths;

    /// <summary>The files.</summary>
    public ImmutableArray<string> Paths(ParseResult parsed) => [.. parsed.GetValue(_paths) ?? []];
}
