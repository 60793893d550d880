using GraphPartition.Compiler.Planning;
using GraphPartition.Explorer.Layout;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Explorer;

/// <summary>
/// The nodes of a graph, then those of its bodies. Each graph is laid out by itself; bodies stand to the right, one row below the node that
/// they are in, with an edge from that node to those of their nodes that read nothing inside.
/// </summary>
internal sealed class NodeTable
{
    private const double Gap = 1.5; // widths of a node between a graph and the next one

    private readonly List<NodeKey> _keys = [];
    private readonly List<string> _names = [];
    private readonly List<int> _operators = [], _segments = [], _engines = [], _reasons = [], _rows = [], _parents = [];
    private readonly List<double> _columns = [];
    private readonly Names _operatorNames = new(), _reasonNames = new();
    private readonly List<(int From, int To, int Tensor)> _edges = [];
    private double _right;

    /// <summary>Collects the nodes of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="engineOf">The number of each segment's engine; -1: none.</param>
    public NodeTable(PartitionPlan plan, int[] engineOf)
    {
        int[] segmentOf = plan.Partitioning.SegmentOf.ToArray();
        Add(plan.Graph, plan, "", -1, n => segmentOf[n], n => engineOf[segmentOf[n]]);
    }

    /// <summary>Collects the nodes of a graph without a plan.</summary>
    public NodeTable(Graph graph) => Add(graph, null, "", -1, _ => -1, _ => -1);

    /// <summary>What identifies each node before and after a pass.</summary>
    public IReadOnlyList<NodeKey> Keys => _keys;

    /// <summary>From node, to node, tensor; tensor -1: from a node to its body.</summary>
    public IReadOnlyList<(int From, int To, int Tensor)> Edges => _edges;

    /// <summary>The values of the graph and its bodies.</summary>
    public TensorTable Tensors { get; } = new();

    /// <summary>The columns of a plan.</summary>
    /// <param name="tree">The regions of the nodes.</param>
    /// <param name="origins">Where the nodes come from; null: it is not known.</param>
    /// <param name="history">What made them; null: it is not known.</param>
    public NodeColumns Planned(RegionTree tree, NodeOrigins? origins, PassHistory? history) => new()
    {
        Name = [.. _names],
        Operator = [.. _operators],
        Operators = _operatorNames.All,
        Segment = [.. _segments],
        Engine = [.. _engines],
        Parent = [.. _parents],
        Reason = [.. _reasons],
        Reasons = _reasonNames.All,
        Column = Rounded(_columns),
        Row = [.. _rows],
        Region = tree.RegionOf,
        RegionColumn = Rounded(tree.NodeColumn),
        RegionRow = tree.NodeRow,
        Origin = origins?.Origin ?? [],
        MadeBy = [.. history is null ? [] : _keys.Select(history.MadeBy)],
    };

    /// <summary>The columns of the graph before the passes.</summary>
    public BeforeColumns Before(NodeOrigins origins, PassHistory history) => new()
    {
        Name = [.. _names],
        Operator = [.. _operators],
        Operators = _operatorNames.All,
        Parent = [.. _parents],
        Column = Rounded(_columns),
        Row = [.. _rows],
        Becomes = origins.Becomes,
        RemovedBy = [.. _keys.Select(history.RemovedBy)],
    };

    /// <summary>The regions of the nodes.</summary>
    /// <param name="segments">The number of segments.</param>
    public RegionTree Regions(int segments) => new(segments, [.. _names], [.. _segments], _edges);

    private static double[] Rounded(IEnumerable<double> columns) => [.. columns.Select(c => Math.Round(c, 2))];

    private void Add(Graph graph, PartitionPlan? plan, string scope, int parent, Func<int, int> segmentOf, Func<int, int> engineOf)
    {
        int first = _names.Count, count = graph.Nodes.Length;
        List<(int From, int To, int Tensor)> edges = Tensors.Add(graph, first, scope);
        (double[] column, int[] row) = LayeredLayout.Of(count,
            [.. edges.Where(e => e.From >= first).Select(e => (e.From - first, e.To - first))]);
        double shift = parent < 0 || count == 0 ? 0 : _right + Gap - column.Min();
        for (int n = 0; n < count; n++)
        {
            Node node = graph.Nodes[n];
            _keys.Add(NodeKey.Of(node, scope));
            _names.Add(scope + node.DisplayName);
            _operators.Add(_operatorNames[node.Op.ToString()]);
            _segments.Add(segmentOf(n));
            _engines.Add(engineOf(n));
            _parents.Add(parent);
            _reasons.Add(engineOf(n) >= 0 ? -1 : _reasonNames[plan?.Placements[n].Reason
                ?? (parent < 0 ? "" : $"it is inside {_names[parent]}, which falls back as a whole")]);
            _columns.Add(column[n] + shift);
            _rows.Add(row[n] + (parent < 0 ? 0 : _rows[parent] + 1));
            _right = Math.Max(_right, _columns[^1]);
        }
        _edges.AddRange(edges);
        HashSet<int> below = [.. edges.Where(e => e.From >= first).Select(e => e.To)];
        if (parent >= 0) _edges.AddRange(Enumerable.Range(first, count).Where(n => !below.Contains(n)).Select(n => (parent, n, -1)));
        for (int n = 0; n < count; n++)
        {
            ImmutableArray<Graph> bodies = graph.Nodes[n].Attributes.Bodies();
            for (int b = 0; b < bodies.Length; b++)
            {
                PartitionPlan? inside = plan?.Bodies.FirstOrDefault(p => p.Node == n && p.Body == b)?.Plan;
                (int segment, int engine) = (segmentOf(n), engineOf(n));
                Dictionary<int, int>? own = inside?.Cut.Groups.ToDictionary(g => g.Segment.Index, g => g.Id);
                int[]? ownSegments = inside?.Partitioning.SegmentOf.ToArray();
                Add(bodies[b], inside, NodeKey.ScopeOf(graph.Nodes[n], b, scope), first + n, _ => segment,
                    m => own is null ? engine : own.GetValueOrDefault(ownSegments![m], -1));
            }
        }
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
