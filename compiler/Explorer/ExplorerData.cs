using System.Text.Json.Nodes;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Planning;
using GraphPartition.Explorer.Layout;
using GraphPartition.Ir.Graphs;

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

    /// <summary>From node, to node, tensor: three numbers for each edge.</summary>
    public required int[] Edges { get; init; }

    /// <summary>The segments, in an order in which they can run.</summary>
    public required SegmentRow[] Segments { get; init; }

    /// <summary>What crosses between segments.</summary>
    public required SegmentEdge[] Crossings { get; init; }

    /// <summary>The nodes of the witness path: why there cannot be fewer engines.</summary>
    public required int[] Witness { get; init; }

    /// <summary>The data of a plan.</summary>
    public static ExplorerData Of(string title, PartitionPlan plan, JsonNode report)
    {
        Graph graph = plan.Graph;
        var tensors = new TensorTable(graph);
        List<(int From, int To, int Tensor)> edges = tensors.Edges();
        (double[] column, int[] row) = LayeredLayout.Of(graph.Nodes.Length, [.. edges.Select(e => (e.From, e.To))]);
        var operators = new Names();
        var reasons = new Names();
        ReadOnlySpan<int> segmentOf = plan.Partitioning.SegmentOf;
        int[] engineOf = new int[plan.Segments.Length];
        Array.Fill(engineOf, -1);
        foreach ((int id, GraphSegment segment) in plan.Cut.Groups) engineOf[segment.Index] = id;
        SegmentEdge[] crossings = SegmentEdge.Of(edges, segmentOf.ToArray(), tensors.Columns.Bytes);
        (double[] segmentColumn, int[] segmentRow) =
            LayeredLayout.Of(plan.Segments.Length, [.. crossings.Select(c => (c.From, c.To))]);
        return new()
        {
            Title = title,
            Plan = report,
            Nodes = new()
            {
                Name = [.. graph.Nodes.Select(n => n.DisplayName)],
                Operator = [.. graph.Nodes.Select(n => operators[n.Op.ToString()])],
                Operators = operators.All,
                Segment = segmentOf.ToArray(),
                Reason = [.. plan.Placements.Select(p => p.IsYes ? -1 : reasons[p.Reason!])],
                Reasons = reasons.All,
                Column = [.. column.Select(c => Math.Round(c, 2))],
                Row = row,
            },
            Tensors = tensors.Columns,
            Edges = [.. edges.SelectMany(e => new[] { e.From, e.To, e.Tensor })],
            Segments =
            [
                .. plan.Segments.Select((s, i) => new SegmentRow(
                    engineOf[i], s.Nodes.Length, plan.Partitioning.Segments[i].Level, Math.Round(segmentColumn[i], 2), segmentRow[i])),
            ],
            Crossings = crossings,
            Witness = plan.Partitioning.Certificate.Witness.ToArray(),
        };
    }

    /// <summary>Different texts, each once.</summary>
    private sealed class Names
    {
        private readonly Dictionary<string, int> _places = [];

        public string[] All => [.. _places.OrderBy(p => p.Value).Select(p => p.Key)];

        public int this[string text]
        {
            get
            {
                if (!_places.TryGetValue(text, out int place)) _places.Add(text, place = _places.Count);
                return place;
            }
        }
    }
}
