namespace GraphPartition.Explorer;

/// <summary>The nodes of a graph and of its bodies, one entry in each column.</summary>
internal record GraphColumns
{
    public required string[] Name { get; init; }

    /// <summary>The place of the operator in <see cref="Operators"/>.</summary>
    public required int[] Operator { get; init; }

    public required string[] Operators { get; init; }

    /// <summary>The node whose body it is in; -1: it is in the main graph.</summary>
    public required int[] Parent { get; init; }

    /// <summary>Where the node is drawn, in widths of a node.</summary>
    public required double[] Column { get; init; }

    /// <summary>Where the node is drawn, in rows from the top.</summary>
    public required int[] Row { get; init; }
}

/// <summary>The nodes of the graph that was planned.</summary>
internal sealed record NodeColumns : GraphColumns
{
    /// <summary>The segment; of a node in a body that of the node around it.</summary>
    public required int[] Segment { get; init; }

    /// <summary>The number of its engine; -1: it falls back.</summary>
    public required int[] Engine { get; init; }

    /// <summary>The place of the reason in <see cref="Reasons"/>; -1: the node is in an engine.</summary>
    public required int[] Reason { get; init; }

    public required string[] Reasons { get; init; }

    /// <summary>The region that the node is directly in: a segment or, behind the segments, a block.</summary>
    public required int[] Region { get; init; }

    /// <summary>Where the node is drawn in its region, in widths of a node.</summary>
    public required double[] RegionColumn { get; init; }

    /// <summary>Where the node is drawn in its region, in rows from the top.</summary>
    public required int[] RegionRow { get; init; }

    /// <summary>The node before the passes that it comes from; -1: none is known. Empty where there is no such graph.</summary>
    public required int[] Origin { get; init; }

    /// <summary>The change that made it; -1: it is as it was. Empty where there is no graph before the passes.</summary>
    public required int[] MadeBy { get; init; }
}

/// <summary>The nodes of the graph before the passes.</summary>
internal sealed record BeforeColumns : GraphColumns
{
    /// <summary>The node of the planned graph that it became, or became a part of; -1: nothing is left of it.</summary>
    public required int[] Becomes { get; init; }

    /// <summary>The change that removed it; -1: it is still there.</summary>
    public required int[] RemovedBy { get; init; }
}
