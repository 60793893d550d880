using System.Text.Json.Nodes;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Planning;
using GraphPartition.Explorer.Layout;

namespace GraphPartition.Explorer;

/// <summary>What the page shows: the report of the plan, and the graph in columns. Numbers of nodes are places in the graph.</summary>
internal sealed record ExplorerData
{
    /// <summary>The name of the model.</summary>
    public required string Title { get; init; }

    /// <summary>The report, as <c>gpc plan --json</c> prints it.</summary>
    public required JsonNode Plan { get; init; }

    public required NodeColumns Nodes { get; init; }

    public required TensorColumns Tensors { get; init; }

    /// <summary>From node, to node, tensor: three numbers for each edge; tensor -1: from a node to its body.</summary>
    public required int[] Edges { get; init; }

    /// <summary>The segments, in an order in which they can run.</summary>
    public required SegmentRow[] Segments { get; init; }

    /// <summary>What crosses between segments.</summary>
    public required SegmentEdge[] Crossings { get; init; }

    /// <summary>The nodes of the witness path: why there cannot be fewer engines.</summary>
    public required int[] Witness { get; init; }

    /// <summary>What was measured, and a plan to compare with.</summary>
    public required PageExtras Extras { get; init; }

    /// <summary>The data of a plan.</summary>
    public static ExplorerData Of(string title, PartitionPlan plan, JsonNode report, PageExtras extras)
    {
        int[] engineOf = new int[plan.Segments.Length];
        Array.Fill(engineOf, -1);
        foreach ((int id, GraphSegment segment) in plan.Cut.Groups) engineOf[segment.Index] = id;
        var table = new NodeTable(plan, engineOf);
        int[] segmentOf = plan.Partitioning.SegmentOf.ToArray();
        SegmentEdge[] crossings = SegmentEdge.Of(table.Edges.Where(e => e.To < segmentOf.Length), segmentOf, table.Tensors.Bytes);
        (double[] segmentColumn, int[] segmentRow) =
            LayeredLayout.Of(plan.Segments.Length, [.. crossings.Select(c => (c.From, c.To))]);
        return new()
        {
            Title = title,
            Plan = report,
            Extras = extras,
            Nodes = table.Columns,
            Tensors = table.Tensors,
            Edges = [.. table.Edges.SelectMany(e => new[] { e.From, e.To, e.Tensor })],
            Segments =
            [
                .. plan.Segments.Select((s, i) => new SegmentRow(
                    engineOf[i], s.Nodes.Length, plan.Partitioning.Segments[i].Level, Math.Round(segmentColumn[i], 2), segmentRow[i])),
            ],
            Crossings = crossings,
            Witness = plan.Partitioning.Certificate.Witness.ToArray(),
        };
    }
}
