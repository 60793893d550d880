namespace GraphPartition.Explorer;

/// <summary>The nodes, one entry in each column.</summary>
internal sealed record NodeColumns
{
    public required string[] Name { get; init; }

    /// <summary>The place of the operator in <see cref="Operators"/>.</summary>
    public required int[] Operator { get; init; }

    public required string[] Operators { get; init; }

    public required int[] Segment { get; init; }

    /// <summary>The place of the reason in <see cref="Reasons"/>; -1: the node is in an engine.</summary>
    public required int[] Reason { get; init; }

    public required string[] Reasons { get; init; }

    /// <summary>Where the node is drawn, in widths of a node.</summary>
    public required double[] Column { get; init; }

    /// <summary>Where the node is drawn, in rows from the top.</summary>
    public required int[] Row { get; init; }
}
