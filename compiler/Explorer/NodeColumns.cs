namespace GraphPartition.Explorer;

/// <summary>The nodes, one entry in each column.</summary>
internal sealed record NodeColumns
{
    public required string[] Name { get; init; }

    /// <summary>The place of the operator in <see cref="Operators"/>.</summary>
    public required int[] Operator { get; init; }

    public required string[] Operators { get; init; }

    /// <summary>The segment; of a node in a body that of the node around it.</summary>
    public required int[] Segment { get; init; }

    /// <summary>The number of its engine; -1: it falls back.</summary>
    public required int[] Engine { get; init; }

    /// <summary>The node whose body it is in; -1: it is in the main graph.</summary>
    public required int[] Parent { get; init; }

    /// <summary>The place of the reason in <see cref="Reasons"/>; -1: the node is in an engine.</summary>
    public required int[] Reason { get; init; }

    public required string[] Reasons { get; init; }

    /// <summary>Where the node is drawn, in widths of a node.</summary>
    public required double[] Column { get; init; }

    /// <summary>Where the node is drawn, in rows from the top.</summary>
    public required int[] Row { get; init; }
}
