namespace GraphPartition.Partitioning.Graphs;

/// <summary>
/// Groups that grow by merging, with a topological order of the contracted graph that is always up to date: a merge searches only
/// the groups between its two groups in that order.
/// </summary>
/// <remarks>
/// After D. J. Pearce and P. H. J. Kelly, "A dynamic topological sort algorithm for directed acyclic graphs" (2006), for
/// contraction instead of insertion. Groups are lists of nodes under a union-find; edges are read from the graph.
/// </remarks>
public sealed class ContractedOrder
{
    private readonly PartitionGraph _graph;
    private readonly int[] _parent;
    private readonly int[] _position;
    private readonly int[] _size;
    private readonly int[] _nextMember;
    private readonly int[] _lastMember;
    private readonly int[] _seen;
    private readonly List<int> _after = [];
    private readonly List<int> _before = [];
    private readonly List<int> _positions = [];
    private int _stamp;

    /// <summary>Starts with every node alone.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="order">All its nodes in a topological order.</param>
    public ContractedOrder(PartitionGraph graph, ReadOnlySpan<int> order)
    {
        _graph = graph;
        _parent = new int[graph.NodeCount];
        _position = new int[graph.NodeCount];
        _size = new int[graph.NodeCount];
        _nextMember = new int[graph.NodeCount];
        _lastMember = new int[graph.NodeCount];
        _seen = new int[graph.NodeCount];
        for (int i = 0; i < order.Length; i++)
        {
            int node = order[i];
            _parent[node] = _lastMember[node] = node;
            _nextMember[node] = -1;
            _size[node] = 1;
            _position[node] = i;
        }
    }

    /// <summary>The node that identifies the group of <paramref name="node"/>.</summary>
    public int Find(int node)
    {
        while (_parent[node] != node) node = _parent[node] = _parent[_parent[node]];
        return node;
    }

    /// <summary>The position of a group (a result of <see cref="Find"/>) in the topological order of the contracted graph.</summary>
    public int PositionOf(int group) => _position[group];

    /// <summary>The member after <paramref name="node"/> in the list of its group, which begins at its <see cref="Find"/>.</summary>
    /// <returns>The next member, or -1 at the end.</returns>
    public int NextMember(int node) => _nextMember[node];

    /// <summary>
    /// Merges two groups with an edge from <paramref name="tail"/> to <paramref name="head"/>, unless another path leads from
    /// <paramref name="tail"/> to <paramref name="head"/>: the merged group would then be on a cycle.
    /// </summary>
    /// <param name="tail">A group, as <see cref="Find"/> gives it; before <paramref name="head"/> in the order.</param>
    /// <param name="head">Another group.</param>
    /// <param name="mergeable">For each node whether it may ever be merged.</param>
    /// <param name="isForever">Whether the other path contains a node that is never merged, so that no later attempt can succeed.</param>
    /// <returns>Whether the groups were merged.</returns>
    public bool TryMerge(int tail, int head, ReadOnlySpan<bool> mergeable, out bool isForever)
    {
        // The search starts at the smaller group; the other reach is needed only when the merge takes place.
        bool fromTail = _size[tail] <= _size[head];
        if (Reaches(fromTail ? tail : head, fromTail ? head : tail, fromTail, mergeable, out isForever))
            return false;

        Reaches(fromTail ? head : tail, fromTail ? tail : head, !fromTail, mergeable, out _);
        Reorder(tail, head);
        return true;
    }

    /// <summary>Merges two groups without a search: the caller knows that no path leads from one to the other through a third.</summary>
    internal void MergeInPlace(int first, int second)
    {
        int position = Math.Min(_position[first], _position[second]);
        _position[Join(first, second)] = position;
    }

    // Collects what start reaches by way of other groups, strictly between the positions of start and goal. A group's stamp is
    // odd when the way to it holds a node that is never merged.
    private bool Reaches(int start, int goal, bool forward, ReadOnlySpan<bool> mergeable, out bool isForever)
    {
        List<int> reached = forward ? _after : _before;
        reached.Clear();
        _stamp += 2;
        isForever = false;
        Expand(start, goal, forward, mergeable, reached, stamp: _stamp);
        for (int i = 0; i < reached.Count; i++)
        {
            int stamp = _seen[reached[i]];
            if (Expand(reached[i], goal, forward, mergeable, reached, stamp))
            {
                isForever = stamp > _stamp;
                return true;
            }
        }
        return false;
    }

    // Says whether the goal is a neighbor.
    private bool Expand(int group, int goal, bool forward, ReadOnlySpan<bool> mergeable, List<int> reached, int stamp)
    {
        bool meetsGoal = false;
        int limit = _position[goal];
        for (int member = group; member >= 0; member = _nextMember[member])
        {
            foreach (int neighbor in forward ? _graph.Successors(member) : _graph.Predecessors(member))
            {
                int next = Find(neighbor);
                meetsGoal |= next == goal;
                bool isBetween = forward ? _position[next] < limit : _position[next] > limit;
                if (isBetween && next != group && _seen[next] < _stamp)
                {
                    _seen[next] = mergeable[next] ? stamp : stamp | 1;
                    reached.Add(next);
                }
            }
        }
        return meetsGoal;
    }

    /// <summary>
    /// Gives the positions of both groups and both reaches out again: first what leads to the head, then the merged group, then
    /// what the tail leads to. The former only move down and the latter only up, so edges to all others keep their direction.
    /// </summary>
    private void Reorder(int tail, int head)
    {
        _positions.Clear();
        _positions.Add(_position[tail]);
        _positions.Add(_position[head]);
        AddPositions(_before);
        AddPositions(_after);
        _positions.Sort();
        _before.Sort((a, b) => _position[a].CompareTo(_position[b]));
        _after.Sort((a, b) => _position[a].CompareTo(_position[b]));
        int used = 0;
        foreach (int group in _before) _position[group] = _positions[used++];
        _position[Join(tail, head)] = _positions[used];
        used = _positions.Count - _after.Count;
        foreach (int group in _after) _position[group] = _positions[used++];
    }

    private void AddPositions(List<int> groups)
    {
        foreach (int group in groups) _positions.Add(_position[group]);
    }

    private int Join(int a, int b)
    {
        (int kept, int gone) = _size[a] >= _size[b] ? (a, b) : (b, a);
        _parent[gone] = kept;
        _size[kept] += _size[gone];
        _nextMember[_lastMember[kept]] = gone;
        _lastMember[kept] = _lastMember[gone];
        return kept;
    }
}
