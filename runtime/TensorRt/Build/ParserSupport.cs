using GraphPartition.TensorRt.Library;

namespace GraphPartition.TensorRt.Build;

/// <summary>Which nodes of a model the parser supports.</summary>
/// <param name="WholeModel">Whether it supports all of them.</param>
/// <param name="Subgraphs">Sets of nodes with one verdict each, in the parser's order.</param>
/// <param name="Errors">The reasons that the parser reports for the others.</param>
public sealed record ParserSupport(bool WholeModel, IReadOnlyList<ParserSubgraph> Subgraphs, IReadOnlyList<ParserError> Errors)
{
    /// <summary>TensorRT's warnings and errors while it parsed, oldest first.</summary>
    public IReadOnlyList<LogLine> Log { get; init; } = [];

    /// <summary>The indices of nodes that are supported.</summary>
    public IReadOnlySet<int> SupportedNodes() => Subgraphs.Where(s => s.IsSupported).SelectMany(s => s.Nodes).ToHashSet();
}

/// <summary>Nodes that the parser judges together (SubGraph_t, NvOnnxParser.h).</summary>
/// <param name="Nodes">Their indices in the graph's list of nodes.</param>
/// <param name="IsSupported">The judgement.</param>
public sealed record ParserSubgraph(IReadOnlyList<int> Nodes, bool IsSupported);
