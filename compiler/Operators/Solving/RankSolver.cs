namespace GraphPartition.Operators.Solving;

/// <summary>
/// Solves ranks over a graph and its bodies: at each node, known ranks determine others (<see cref="RankRules"/>), until nothing changes. A
/// rank is set at most once, and then the nodes around its value are visited again. So the work is linear in the edges.
/// </summary>
/// <remarks>
/// A node in a body proves nothing about a value of the graph around it, because the body may not run for such a value. A rank that is
/// known outside holds inside. An If gets a rank from its branches only if both agree. A branch gets a rank from the uses of the If only if
/// the other branch has another rank: then this branch is the one that runs. An element of a scan output has one dimension less than it.
/// </remarks>
internal sealed class RankSolver
{
    private readonly ValueTable _values;
    private readonly RankRules _rules;
    private readonly Action<Node, string> _contradict;
    private readonly int[] _ranks;
    private readonly int[] _reasons; // the node that set the rank; -1: none
    private readonly Queue<int> _queue = new();
    private readonly bool[] _queued;
    private int[]? _start; // nodes around value i: _around[_start[i] .. _start[i + 1]]; made when the first rank is set
    private int[] _around = [];

    private RankSolver(OperatorTable operators, ValueTable values, Action<Node, string> contradict)
    {
        _values = values;
        _rules = new RankRules(operators);
        _contradict = contradict;
        _ranks = new int[values.ValueCount];
        _reasons = new int[_ranks.Length];
        _queued = new bool[values.Nodes.Length];
        for (int i = 0; i < _ranks.Length; i++)
        {
            _ranks[i] = RankOf(values[i].Type);
            _reasons[i] = -1;
        }
    }

    /// <summary>The rank of each value, or a negative number if it stays open.</summary>
    /// <param name="operators">The operators' shape rules.</param>
    /// <param name="values">The values and nodes.</param>
    /// <param name="contradict">Receives contradictions: a node, and the reason why it rejects the ranks.</param>
    public static int[] Solve(OperatorTable operators, ValueTable values, Action<Node, string> contradict)
    {
        var solver = new RankSolver(operators, values, contradict);
        for (int n = 0; n < values.Nodes.Length; n++) solver.Visit(n, isNew: false);
        while (solver._queue.TryDequeue(out int n))
        {
            solver._queued[n] = false;
            solver.Visit(n, isNew: true);
        }
        return solver._ranks;
    }

    private static int RankOf(IrType type) => type switch
    {
        TensorType { Shape: { } shape } => shape.Rank,
        TensorType or UnknownType => RankRules.Open,
        _ => RankRules.None,
    };

    /// <summary>Draws the conclusions at a node.</summary>
    /// <param name="n">The node.</param>
    /// <param name="isNew">Whether a rank was set at it. Then the node may contradict, even if nothing is open any more.</param>
    private void Visit(int n, bool isNew)
    {
        Node node = _values.Nodes[n].Node;
        if (node.Attributes.Count > 0 && !node.Attributes.Bodies().IsEmpty)
        {
            VisitBodies(n, node);
            return;
        }
        int inputs = node.Inputs.Length, count = inputs + node.Outputs.Length;
        Span<int> ranks = count <= 64 ? stackalloc int[count] : new int[count];
        bool hasOpen = false;
        for (int i = 0; i < count; i++)
        {
            ranks[i] = ValueAt(node, i) is { } v && _values.IdOf(v) is >= 0 and var id ? _ranks[id] : RankRules.None;
            hasOpen |= ranks[i] == RankRules.Open;
        }
        if (!hasOpen && !isNew) return;
        if (_rules.Conclude(node, ranks) is { } objection)
        {
            if (_values.Nodes[n].Place == 0) Contradict(node, objection); // a body may be meant for other values and never run
            return;
        }
        for (int i = 0; i < count; i++)
            if (ranks[i] >= 0) Set(n, ValueAt(node, i), ranks[i]);
    }

    private void VisitBodies(int n, Node node)
    {
        if (node.Op.Domain.Length > 0) return;
        ImmutableArray<Graph> bodies = node.Attributes.Bodies();
        switch (node.Op.Type)
        {
            case "If" when bodies is [var first, var second]:
                for (int o = 0; o < node.Outputs.Length && o < first.Outputs.Length && o < second.Outputs.Length; o++)
                {
                    int whole = RankOf(node.Outputs[o]), one = RankOf(first.Outputs[o]), other = RankOf(second.Outputs[o]);
                    if (one >= 0 && one == other) Set(n, node.Outputs[o], one);
                    if (other >= 0 && other != whole) SetInside(n, first, first.Outputs[o], whole);
                    if (one >= 0 && one != whole) SetInside(n, second, second.Outputs[o], whole);
                }
                break;
            case "Loop" when bodies is [var body]:
                int carried = Math.Max(0, node.Inputs.Length - 2);
                for (int o = carried; o < node.Outputs.Length && o + 1 < body.Outputs.Length; o++)
                    Stack(n, node.Outputs[o], body, body.Outputs[o + 1]);
                break;
            case "Scan" when bodies is [var body] && body.Inputs.Length == node.Inputs.Length:
                int states = node.Inputs.Length - (int)Math.Clamp(node.Attributes.Int("num_scan_inputs"), 0, node.Inputs.Length);
                for (int o = states; o < node.Outputs.Length && o < body.Outputs.Length; o++)
                    Stack(n, node.Outputs[o], body, body.Outputs[o]);
                break;
        }
    }

    private void Stack(int n, Value? stacked, Graph body, Value element)
    {
        if (RankOf(element) is >= 0 and var inner) Set(n, stacked, inner + 1);
        if (RankOf(stacked) is > 0 and var outer) SetInside(n, body, element, outer - 1);
    }

    private int RankOf(Value? value) =>
        value is not null && _values.IdOf(value) is >= 0 and var id ? _ranks[id] : RankRules.None;

    private void SetInside(int n, Graph body, Value value, int rank)
    {
        if (rank >= 0) Set(n, value, rank, _values.PlaceOf(body));
    }

    private void Set(int n, Value? value, int rank) => Set(n, value, rank, _values.Nodes[n].Place);

    /// <summary>Sets the rank of a value that is defined in the graph <paramref name="place"/>.</summary>
    private void Set(int n, Value? value, int rank, int place)
    {
        if (value is null || _values.IdOf(value) is not (>= 0 and var id) || _ranks[id] != RankRules.Open
            || _values.PlaceOf(id) != place) return;
        _ranks[id] = rank;
        _reasons[id] = n;
        if (_start is null) FindNeighbors();
        for (int i = _start![id]; i < _start[id + 1]; i++)
        {
            if (!_queued[_around[i]]) _queue.Enqueue(_around[i]);
            _queued[_around[i]] = true;
        }
    }

    /// <summary>Reports that this node rejects a rank that another node set.</summary>
    private void Contradict(Node node, string objection)
    {
        for (int i = 0; i < node.Inputs.Length + node.Outputs.Length; i++)
            if (ValueAt(node, i) is { } v && _values.IdOf(v) is >= 0 and var id && _reasons[id] >= 0
                && _values.Nodes[_reasons[id]].Node is var other && !ReferenceEquals(other, node))
            {
                _contradict(node, $"{other.Label} gives '{v.Name}' {_ranks[id]} dimensions, but here: {objection}");
                return;
            }
    }

    private static Value? ValueAt(Node node, int place) =>
        place < node.Inputs.Length ? node.Inputs[place] : node.Outputs[place - node.Inputs.Length];

    /// <summary>Counting sort of pairs of a value and a node at it. The results of bodies are at the node with the bodies.</summary>
    private void FindNeighbors()
    {
        _start = new int[_ranks.Length + 1];
        Each((id, _) => _start[id + 1]++);
        for (int i = 0; i < _ranks.Length; i++) _start[i + 1] += _start[i];
        _around = new int[_start[^1]];
        Each((id, n) => _around[_start[id]++] = n);
        for (int i = _ranks.Length; i > 0; i--) _start[i] = _start[i - 1];
        _start[0] = 0;

        void Each(Action<int, int> see)
        {
            for (int n = 0; n < _values.Nodes.Length; n++)
            {
                Node node = _values.Nodes[n].Node;
                for (int i = 0; i < node.Inputs.Length + node.Outputs.Length; i++) See(ValueAt(node, i), n, see);
                if (node.Attributes.Count == 0) continue;
                foreach (Graph body in node.Attributes.Bodies())
                    foreach (Value v in body.Outputs) See(v, n, see);
            }
        }

        void See(Value? value, int n, Action<int, int> see)
        {
            if (value is not null && _values.IdOf(value) is >= 0 and var id) see(id, n);
        }
    }
}
