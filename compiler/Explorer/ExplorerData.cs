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

    /// <summary>The blocks inside the segments.</summary>
    public required BlockColumns Blocks { get; init; }

    /// <summary>The graph before the passes; null: it is not known, or is the same.</summary>
    public required BeforeGraph? Before { get; init; }

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
        TensorColumns tensors = table.Tensors.Columns;
        SegmentEdge[] crossings = SegmentEdge.Of(table.Edges.Where(e => e.To < segmentOf.Length), segmentOf, tensors.Bytes);
        RegionTree tree = table.Regions(plan.Segments.Length);
        PassHistory? history = extras.Passes.IsEmpty ? null : new(extras.Passes);
        NodeTable? before = history is null ? null : new(extras.Passes[0].Before);
        NodeOrigins? origins = before is null ? null : new(before, table);
        (double[] segmentColumn, int[] segmentRow) =
            LayeredLayout.Of(plan.Segments.Length, [.. crossings.Select(c => (c.From, c.To))]);
        return new()
        {
            Title = title,
            Plan = report,
            Extras = extras,
            Nodes = table.Planned(tree, origins, history),
            Tensors = tensors,
            Edges = [.. table.Edges.SelectMany(e => new[] { e.From, e.To, e.Tensor })],
            Blocks = new([.. tree.BlockLabel], [.. tree.BlockParent], [.. tree.BlockColumn.Select(c => Math.Round(c, 2))], tree.BlockRow),
            Before = before is null ? null : new(before.Before(origins!, history!),
                [.. before.Edges.SelectMany(e => new[] { e.From, e.To })], history!.Changes),
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

/// <summary>The blocks: regions behind the segments, each behind the region around it; one entry in each column.</summary>
/// <param name="Label">What their names have in common, or the first and the last name.</param>
/// <param name="Parent">The region around it.</param>
/// <param name="Column">Where it is drawn in that region, in widths of a node.</param>
/// <param name="Row">Where it is drawn in that region, in rows from the top.</param>
internal sealed record BlockColumns(string[] Label, int[] Parent, double[] Column, int[] Row);

/// <summary>The graph before the passes.</summary>
/// <param name="Nodes">Its nodes.</param>
/// <param name="Edges">From node, to node: two numbers for each edge.</param>
/// <param name="Changes">What each pass did that changed the graph, in order.</param>
internal sealed record BeforeGraph(BeforeColumns Nodes, int[] Edges, ChangeRow[] Changes);
