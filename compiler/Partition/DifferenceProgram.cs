namespace GraphPartition.Partition;

/// <summary>
/// Minimises a weighted sum of integers x subject to lower bounds on differences, <c>x[j] - x[i] >= least</c>, exactly.
/// </summary>
/// <remarks>
/// <para>The dual is a minimum-cost flow without capacities: an arc i to j for every constraint, and at each variable inflow
/// minus outflow equal to its weight. It is solved by the primal-dual method (L. R. Ford and D. R. Fulkerson, 1962) from any
/// feasible x: send as much flow as possible along tight arcs (blocking flows in the manner of E. A. Dinic, 1970), then raise
/// the variables near the flow that is left over until a new arc gets tight, and repeat. Flow only lies on tight arcs, so at
/// the end x and the flow prove each other optimal. The weighted sum never grows on the way, so stopping early still leaves a
/// feasible x.</para>
/// <para>Arc lengths are integers and no distance exceeds twice the range of x, so Dijkstra's queue is an array of
/// buckets.</para>
/// <para>Variable 0 is the root: its value is 0 and bounds of single variables are differences to it.</para>
/// </remarks>
internal sealed class DifferenceProgram
{
    private readonly List<long> _weights = [];
    private readonly List<int> _start = [];
    private Arc[] _arcs = new Arc[64];
    private int _arcCount;

    private int[] _x = [];
    private long[] _flow = [];
    private long[] _excess = [];
    private int[] _firstEnd = [];
    private End[] _ends = [];
    private int[] _distance = [];
    private int[] _nextEnd = [];
    private int[] _queue = [];
    private int[] _tightEnd = [];
    private readonly List<int> _sources = [];
    private readonly List<int> _path = [];
    private readonly BucketQueue _buckets = new();

    /// <summary>A program with the root and nothing else.</summary>
    public DifferenceProgram() => Clear();

    public const int Root = 0;

    /// <summary>Empties the program; its memory is kept for the next one.</summary>
    public void Clear()
    {
        _weights.Clear();
        _start.Clear();
        _arcCount = 0;
        AddVariable(0, 0);
    }

    /// <summary>Adds a variable that starts at <paramref name="value"/>.</summary>
    public int AddVariable(long weight, int value)
    {
        _weights.Add(weight);
        _start.Add(value);
        return _weights.Count - 1;
    }

    public void AddWeight(int variable, long weight) => _weights[variable] += weight;

    /// <summary>Demands <c>x[to] - x[from] >= least</c>, which the starting values must fulfil.</summary>
    public void Require(int from, int to, int least)
    {
        if (_arcCount == _arcs.Length)
        {
            Array.Resize(ref _arcs, 2 * _arcCount);
        }

        _arcs[_arcCount++] = new Arc(from, to, least);
    }

    /// <summary>The value that <see cref="Solve"/> or <see cref="TakeLeastOptimum"/> found.</summary>
    public int this[int variable] => _x[variable] - _x[Root];

    /// <summary>Finds an optimum.</summary>
    public void Solve()
    {
        Prepare();
        do
        {
            SendFlowAlongTightArcs();
        }
        while (_sources.Count > 0 && RaiseNearSources());
    }

    /// <summary>
    /// Moves from the optimum found to the smallest: optima form a lattice (differences are kept by minimum and maximum), so one
    /// is smallest in every variable at once. Arcs with flow are tight in every optimum, the others may become tight: how far
    /// a variable can fall is its distance from the root in slacks.
    /// </summary>
    public void TakeLeastOptimum()
    {
        int count = _weights.Count;
        Array.Fill(_distance, int.MaxValue, 0, count);
        _buckets.Clear();
        _distance[Root] = 0;
        _buckets.Push(0, Root);
        while (_buckets.TryPop(out int distance, out int node))
        {
            if (distance == _distance[node])
            {
                Relax(node);
            }
        }

        for (int node = 0; node < count; node++)
        {
            _x[node] -= _distance[node] == int.MaxValue ? 0 : _distance[node];
        }
    }

    // Ends lists, for every variable, the arcs it touches: 2a when arc a starts there, 2a + 1 when it ends there; with the variable
    // at the other end, since the searches below hardly ask for anything else.
    private void Prepare()
    {
        int count = _weights.Count;
        Grow(ref _x, count);
        Grow(ref _excess, count);
        Grow(ref _distance, count);
        Grow(ref _nextEnd, count + 1);
        Grow(ref _queue, count);
        Grow(ref _tightEnd, count);
        Grow(ref _firstEnd, count + 1);
        Grow(ref _flow, _arcCount);
        Grow(ref _ends, 2 * _arcCount);
        Array.Clear(_flow, 0, _arcCount);
        Array.Clear(_firstEnd, 0, count + 1);
        long total = 0;
        for (int node = 0; node < count; node++)
        {
            _x[node] = _start[node];
            _excess[node] = -_weights[node];
            total += _weights[node];
        }

        _excess[Root] += total;
        foreach (Arc arc in _arcs.AsSpan(0, _arcCount))
        {
            _firstEnd[arc.From + 1]++;
            _firstEnd[arc.To + 1]++;
        }

        for (int node = 0; node < count; node++)
        {
            _firstEnd[node + 1] += _firstEnd[node];
        }

        Array.Copy(_firstEnd, _nextEnd, count);
        for (int i = 0; i < _arcCount; i++)
        {
            Arc arc = _arcs[i];
            _ends[_nextEnd[arc.From]++] = new End(2 * i, arc.To);
            _ends[_nextEnd[arc.To]++] = new End((2 * i) + 1, arc.From);
        }

        _sources.Clear();
        for (int node = 0; node < count; node++)
        {
            if (_excess[node] > 0)
            {
                _sources.Add(node);
            }
        }
    }

    private static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[Math.Max(length, 2 * array.Length)];
        }
    }

    private int Slack(in Arc arc) => _x[arc.To] - _x[arc.From] - arc.Least;

    /// <summary>Brings the tight arcs to the front of every variable's ends.</summary>
    private void CollectTightArcs()
    {
        for (int node = 0; node < _weights.Count; node++)
        {
            int tight = _firstEnd[node];
            for (int i = tight; i < _firstEnd[node + 1]; i++)
            {
                End end = _ends[i];
                if (Slack(_arcs[end.Id >> 1]) == 0)
                {
                    _ends[i] = _ends[tight];
                    _ends[tight++] = end;
                }
            }

            _tightEnd[node] = tight;
        }
    }

    /// <summary>Whether flow can be sent over this end: forward always, backward as much as there is.</summary>
    private bool IsOpen(End end) => (end.Id & 1) == 0 || _flow[end.Id >> 1] > 0;

    private void SendFlowAlongTightArcs()
    {
        CollectTightArcs();
        while (ReachFromSources())
        {
            Array.Copy(_firstEnd, _nextEnd, _weights.Count);
            foreach (int source in _sources)
            {
                while (_excess[source] > 0 && SendOnePath(source))
                {
                }
            }

            _sources.RemoveAll(source => _excess[source] <= 0);
        }
    }

    /// <summary>
    /// Numbers what tight arcs reach from the sources in the order of a breadth-first search; says whether a sink is among it.
    /// Paths then only go up these numbers: that keeps them acyclic, and leaves many more of them than layers would.
    /// </summary>
    private bool ReachFromSources()
    {
        Array.Fill(_distance, -1, 0, _weights.Count);
        int filled = 0;
        foreach (int source in _sources)
        {
            _distance[source] = filled;
            _queue[filled++] = source;
        }

        bool found = false;
        for (int done = 0; done < filled; done++)
        {
            int node = _queue[done];
            for (int i = _firstEnd[node]; i < _tightEnd[node]; i++)
            {
                End end = _ends[i];
                if (_distance[end.Other] < 0 && IsOpen(end))
                {
                    _distance[end.Other] = filled;
                    _queue[filled++] = end.Other;
                    found |= _excess[end.Other] < 0;
                }
            }
        }

        return found;
    }

    /// <summary>Looks for a path from the source to a sink, never trying a dead end twice, and sends what it can take.</summary>
    private bool SendOnePath(int source)
    {
        _path.Clear();
        int node = source;
        while (_excess[node] >= 0)
        {
            int end = NextEndToward(node);
            if (end >= 0)
            {
                _path.Add(end);
                node = OtherNode(end);
            }
            else if (node == source)
            {
                return false;
            }
            else
            {
                int back = _path[^1];
                _path.RemoveAt(_path.Count - 1);
                node = OtherNode(back ^ 1);
                _nextEnd[node]++;
            }
        }

        long amount = Math.Min(_excess[source], -_excess[node]);
        foreach (int end in _path)
        {
            amount = (end & 1) == 0 ? amount : Math.Min(amount, _flow[end >> 1]);
        }

        foreach (int end in _path)
        {
            _flow[end >> 1] += (end & 1) == 0 ? amount : -amount;
        }

        _excess[source] -= amount;
        _excess[node] += amount;
        return true;
    }

    private int OtherNode(int end) => (end & 1) == 0 ? _arcs[end >> 1].To : _arcs[end >> 1].From;

    private int NextEndToward(int node)
    {
        for (; _nextEnd[node] < _tightEnd[node]; _nextEnd[node]++)
        {
            End end = _ends[_nextEnd[node]];
            if (_distance[end.Other] > _distance[node] && IsOpen(end))
            {
                return end.Id;
            }
        }

        return -1;
    }

    /// <summary>
    /// Finds the distance D in slacks from the sources to the nearest sink, and raises every variable at a distance d below D by
    /// D - d: that is the furthest all constraints allow, and makes a path to that sink tight.
    /// </summary>
    private bool RaiseNearSources()
    {
        Array.Fill(_distance, int.MaxValue, 0, _weights.Count);
        _buckets.Clear();
        foreach (int source in _sources)
        {
            _distance[source] = 0;
            _buckets.Push(0, source);
        }

        int reached = 0;
        while (_buckets.TryPop(out int distance, out int node))
        {
            if (distance != _distance[node])
            {
                continue;
            }

            if (_excess[node] < 0)
            {
                RaiseReached(reached, distance);
                return true;
            }

            _queue[reached++] = node;
            Relax(node);
        }

        return false;
    }

    private void RaiseReached(int reached, int limit)
    {
        for (int i = 0; i < reached; i++)
        {
            _x[_queue[i]] += limit - _distance[_queue[i]];
        }
    }

    private void Relax(int node)
    {
        int from = _distance[node];
        for (int i = _firstEnd[node]; i < _firstEnd[node + 1]; i++)
        {
            End end = _ends[i];
            if (!IsOpen(end))
            {
                continue;
            }

            int distance = from + ((end.Id & 1) == 0 ? Slack(_arcs[end.Id >> 1]) : 0);
            if (distance < _distance[end.Other])
            {
                _distance[end.Other] = distance;
                _buckets.Push(distance, end.Other);
            }
        }
    }

    private readonly record struct Arc(int From, int To, int Least);

    private readonly record struct End(int Id, int Other);
}
