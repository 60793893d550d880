namespace GraphPartition.Partitioning.Boundaries;

/// <summary>
/// Moves whole connected parts of segments, and then single nodes, to other segments where the cost stays the same: first for fewer
/// tiny engines, then for segments of fewer parts. Greedy, in rounds; every move improves one of the two.
/// </summary>
/// <remarks>
/// The order of the parts depends on the graph alone. Where two parts look the same (same segment, same fingerprint) neither moves, so
/// the result does not depend on the numbers of nodes.
/// </remarks>
internal sealed class GroupConsolidation
{
    /// <summary>An engine with fewer nodes is tiny.</summary>
    public const int TinyBelow = 3;

    private const int MostReaders = 256; // the nodes of a tensor with more readers stay: each look at it would cost too much
    private const int FurthestMove = 32;

    private readonly PartitionGraph _graph;
    private readonly bool[] _supported;
    private readonly NodeTensors _tensors;
    private readonly int[] _numbers;
    private readonly ulong[] _fingerprints;
    private readonly int[] _sizes;
    private readonly int[] _partOf;
    private readonly int[] _members;
    private readonly int[] _seen;
    private readonly HashSet<int> _near = [];
    private int _stamp;

    public GroupConsolidation(
        PartitionGraph graph, bool[] supported, NodeTensors tensors, int[] numbers, ulong[] fingerprints)
    {
        _graph = graph;
        _supported = supported;
        _tensors = tensors;
        _numbers = numbers;
        _fingerprints = fingerprints;
        int last = 0;
        foreach (int number in numbers) last = Math.Max(last, number);
        _sizes = new int[last + 1];
        foreach (int number in numbers) _sizes[number]++;
        _partOf = new int[numbers.Length];
        _members = new int[numbers.Length];
        _seen = new int[graph.TensorCount];
    }

    /// <summary>Changes the numbers in place. O(V log V + E) for each round; ends when a round moves nothing.</summary>
    public void Run(int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            bool moved = false;
            foreach (int[] part in Distinct(Parts())) moved |= TryMove(part);
            foreach ((int number, List<int> nodes) in TinyEngines())
                moved |= FeedFromNeighbors(number, nodes);

            if (!moved) return;
        }
    }

    // Connected parts of segments, as stretches of _members; a part is named by one of its nodes in _partOf.
    private List<(int Start, int Count)> Parts()
    {
        var parts = new List<(int Start, int Count)>();
        Array.Fill(_partOf, -1);
        int filled = 0;
        for (int start = 0; start < _partOf.Length; start++)
        {
            if (_partOf[start] >= 0) continue;
            int begin = filled;
            _partOf[start] = start;
            _members[filled++] = start;
            for (int done = begin; done < filled; done++)
            {
                Enter(_graph.Successors(_members[done]), start, ref filled);
                Enter(_graph.Predecessors(_members[done]), start, ref filled);
            }
            parts.Add((begin, filled - begin));
        }
        return parts;
    }

    private void Enter(ReadOnlySpan<int> neighbors, int part, ref int filled)
    {
        foreach (int next in neighbors)
        {
            if (_partOf[next] < 0 && _numbers[next] == _numbers[part])
            {
                _partOf[next] = part;
                _members[filled++] = next;
            }
        }
    }

    // Only parts that could move, in a canonical order, without those that look like another.
    private List<int[]> Distinct(List<(int Start, int Count)> parts)
    {
        var keyed = new List<(int Number, ulong Fingerprint, int[] Nodes)>();
        foreach ((int start, int count) in parts)
        {
            ReadOnlySpan<int> nodes = _members.AsSpan(start, count);
            int number = _numbers[nodes[0]];
            (int least, int most) = count == _sizes[number] ? (0, 0) : RangeOf(nodes);
            if (most <= least) continue;
            ulong sum = 0;
            foreach (int node in nodes) sum += _fingerprints[node];
            keyed.Add((number, sum, nodes.ToArray()));
        }
        keyed.Sort((a, b) => a.Number != b.Number ? a.Number.CompareTo(b.Number) : a.Fingerprint.CompareTo(b.Fingerprint));
        var distinct = new List<int[]>();
        for (int i = 0; i < keyed.Count; i++)
        {
            bool isAlike = (i > 0 && Alike(i, i - 1)) || (i + 1 < keyed.Count && Alike(i, i + 1));
            if (!isAlike) distinct.Add(keyed[i].Nodes);
        }
        return distinct;

        bool Alike(int i, int j) => keyed[i].Number == keyed[j].Number && keyed[i].Fingerprint == keyed[j].Fingerprint;
    }

    private bool TryMove(int[] nodes)
    {
        int from = _numbers[nodes[0]];
        if (_sizes[from] == nodes.Length) return false;
        (int least, int most) = RangeOf(nodes);
        (int Tiny, int Parts, int Way, int To) best = (0, 0, 0, from);
        foreach (int step in new[] { 2, -2 })
        {
            for (int to = from + step; to >= least && to <= most && Math.Abs(to - from) <= FurthestMove; to += step)
            {
                if (CostOf(nodes, to) != 0)
                {
                    break; // the cost is convex in the place, and 0 where the nodes are
                }
                (int, int, int, int) gain = (TinyChange(nodes.Length, from, to), -PartsNear(nodes, to), Math.Abs(to - from), to);
                best = gain.CompareTo(best) < 0 ? gain : best;
            }
        }
        if (best.To == from || (best.Tiny, best.Parts).CompareTo((0, 0)) >= 0) return false;
        MoveTo(nodes, best.To);
        return true;
    }

    private SortedDictionary<int, List<int>> TinyEngines()
    {
        var tiny = new SortedDictionary<int, List<int>>();
        for (int node = 0; node < _numbers.Length; node++)
        {
            if (IsTiny(_numbers[node], 0))
            {
                if (!tiny.TryGetValue(_numbers[node], out List<int>? nodes))
                    tiny.Add(_numbers[node], nodes = []);

                nodes.Add(node);
            }
        }
        return tiny;
    }

    // Single nodes of larger segments that have an edge into the tiny one.
    private bool FeedFromNeighbors(int number, List<int> nodes)
    {
        var candidates = new List<int>();
        foreach (int node in nodes)
        {
            AddCandidates(_graph.Predecessors(node));
            AddCandidates(_graph.Successors(node));
        }
        candidates.Sort((a, b) => _fingerprints[a].CompareTo(_fingerprints[b]));
        bool moved = false;
        for (int i = 0; i < candidates.Count && IsTiny(number, 0); i++)
        {
            bool isAlike = (i > 0 && _fingerprints[candidates[i]] == _fingerprints[candidates[i - 1]])
                || (i + 1 < candidates.Count && _fingerprints[candidates[i]] == _fingerprints[candidates[i + 1]]);
            int[] node = [candidates[i]];
            int from = _numbers[node[0]];
            (int least, int most) = RangeOf(node);
            if (!isAlike && number >= least && number <= most && _sizes[from] > TinyBelow && CostOf(node, number) == 0)
            {
                MoveTo(node, number);
                moved = true;
            }
        }
        return moved;

        void AddCandidates(ReadOnlySpan<int> neighbors)
        {
            foreach (int next in neighbors)
            {
                if (_supported[next] && _numbers[next] != number && candidates.Count < MostReaders && !candidates.Contains(next))
                    candidates.Add(next);
            }
        }
    }

    private void MoveTo(int[] nodes, int to)
    {
        _sizes[_numbers[nodes[0]]] -= nodes.Length;
        _sizes[to] += nodes.Length;
        foreach (int node in nodes) _numbers[node] = to;
    }

    // Where neighbors outside allow the nodes to be, all at one number.
    private (int Least, int Most) RangeOf(ReadOnlySpan<int> nodes)
    {
        int number = _numbers[nodes[0]];
        int least = number & 1;
        int most = _sizes.Length - 1 - ((_sizes.Length - 1 - number) & 1);
        foreach (int node in nodes)
        {
            foreach (int before in _graph.Predecessors(node))
            {
                bool isInside = _numbers[before] == number && nodes.Length > 1;
                least = isInside ? least : Math.Max(least, _numbers[before] + ((_numbers[before] ^ number) & 1));
            }
            foreach (int after in _graph.Successors(node))
            {
                bool isInside = _numbers[after] == number && nodes.Length > 1;
                most = isInside ? most : Math.Min(most, _numbers[after] - ((_numbers[after] ^ number) & 1));
            }
        }
        return (least, most);
    }

    private int TinyChange(int count, int from, int to) => (from & 1) == 0 ? 0
        : Tiny(from, -count) - Tiny(from, 0) + Tiny(to, count) - Tiny(to, 0);

    private int Tiny(int number, int more) => IsTiny(number, more) ? 1 : 0;

    private bool IsTiny(int number, int more) => (number & 1) == 1 && _sizes[number] + more < TinyBelow;

    // How many parts of a segment the nodes would tie together.
    private int PartsNear(int[] nodes, int to)
    {
        _near.Clear();
        foreach (int node in nodes)
        {
            AddNear(_graph.Successors(node));
            AddNear(_graph.Predecessors(node));
        }
        return _near.Count;

        void AddNear(ReadOnlySpan<int> neighbors)
        {
            foreach (int next in neighbors)
            {
                if (_numbers[next] == to) _near.Add(_partOf[next]);
            }
        }
    }

    // The change of the cost when the nodes move; 1 where a tensor has more than MostReaders.
    private Int128 CostOf(int[] nodes, int to)
    {
        int from = _numbers[nodes[0]];
        _stamp++;
        Int128 before = SumOver(nodes);
        foreach (int node in nodes) _numbers[node] = to;
        _stamp++;
        Int128 after = before < 0 ? 0 : SumOver(nodes);
        foreach (int node in nodes) _numbers[node] = from;
        return before < 0 ? 1 : after - before;
    }

    private Int128 SumOver(int[] nodes)
    {
        Int128 sum = 0;
        foreach (int node in nodes)
        {
            foreach (CompressedRows rows in (ReadOnlySpan<CompressedRows>)[_tensors.Makes, _tensors.Reads])
            {
                foreach (int tensor in rows[node])
                {
                    if (_seen[tensor] == _stamp || _graph.ProducerOf(tensor) < 0) continue;
                    _seen[tensor] = _stamp;
                    ReadOnlySpan<int> readers = _graph.ReadersOf(tensor);
                    if (readers.Length > MostReaders) return -1;
                    int producer = _numbers[_graph.ProducerOf(tensor)];
                    int latest = producer;
                    foreach (int reader in readers) latest = Math.Max(latest, _numbers[reader]);
                    sum += (Int128)_graph.BytesOf(tensor) * (latest - producer);
                }
            }
        }
        return sum;
    }
}
