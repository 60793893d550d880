namespace GraphPartition.Partitioning.Boundaries;

/// <summary>
/// The dual of a <see cref="DifferenceProgram"/>: a network of arcs without capacities, the flow on them, and for each vertex its
/// excess: flow that is still to be sent, or, if negative, still needed.
/// </summary>
/// <remarks>
/// Flow goes along tight arcs only, by the push-relabel method (A. V. Goldberg and R. E. Tarjan, 1988), the highest label first,
/// with exact labels every now and then and the gap rule of B. V. Cherkassky and Goldberg (1997). Excess that
/// reaches no sink ends at vertices that depend on the order of arcs. The set of vertices reachable from them does not: it is the
/// smallest minimum cut.
/// </remarks>
internal sealed class FlowNetwork
{
    private const int Unlabelled = int.MaxValue / 2;

    private readonly List<int> _sources = [];
    private int[] _firstEnd = [];
    private int[] _tightEnd = [];
    private int[] _nextEnd = [];
    private End[] _ends = [];
    private long[] _flow = [];
    private int[] _label = [];
    private int[] _queue = [];
    private int[] _active = [];
    private int[] _nextActive = [];
    private int[] _population = [];
    private long[] _excess = [];
    private int _highest;
    private int _gap;
    private int _relabels;

    /// <summary>The number of vertices.</summary>
    public int Count { get; private set; }

    /// <summary>The vertices with an excess that reaches no sink.</summary>
    public List<int> Sources => _sources;

    /// <summary>Whether the vertex still needs flow.</summary>
    public bool IsSink(int vertex) => _excess[vertex] < 0;

    /// <summary>The arcs that touch a vertex, seen from there.</summary>
    public ReadOnlySpan<End> Ends(int vertex) => new(_ends, _firstEnd[vertex], _firstEnd[vertex + 1] - _firstEnd[vertex]);

    /// <summary>Whether flow can be sent over this end: forward always, backward only what flows.</summary>
    public bool IsOpen(End end) => end.IsForward || _flow[end.Arc] > 0;

    /// <summary>Starts with these arcs and no flow.</summary>
    public void Reset(ReadOnlySpan<long> excess, ReadOnlySpan<DifferenceArc> arcs)
    {
        Count = excess.Length;
        Grow(ref _excess, Count);
        Grow(ref _label, Count);
        Grow(ref _queue, Count);
        Grow(ref _nextEnd, Count);
        Grow(ref _tightEnd, Count);
        Grow(ref _nextActive, Count);
        Grow(ref _firstEnd, Count + 1);
        Grow(ref _active, Count + 2);
        Grow(ref _population, Count + 2);
        Grow(ref _flow, arcs.Length);
        Grow(ref _ends, 2 * arcs.Length);
        excess.CopyTo(_excess);
        Array.Clear(_flow, 0, arcs.Length);
        Array.Clear(_firstEnd, 0, Count + 1);
        foreach (DifferenceArc arc in arcs)
        {
            _firstEnd[arc.From + 1]++;
            _firstEnd[arc.To + 1]++;
        }
        for (int vertex = 0; vertex < Count; vertex++) _firstEnd[vertex + 1] += _firstEnd[vertex];
        Array.Copy(_firstEnd, _nextEnd, Count);
        for (int i = 0; i < arcs.Length; i++)
        {
            DifferenceArc arc = arcs[i];
            _ends[_nextEnd[arc.From]++] = new End(2 * i, arc.To, arc.Least);
            _ends[_nextEnd[arc.To]++] = new End((2 * i) + 1, arc.From, arc.Least);
        }
    }

    /// <summary>Sends a maximum flow along the arcs that are tight for <paramref name="x"/>; sets <see cref="Sources"/>.</summary>
    public void SendAlongTightArcs(int[] x)
    {
        CollectTightArcs(x);
        SetLabels();
        while (_highest > 0)
        {
            int vertex = _active[_highest];
            if (vertex < 0)
            {
                _highest--;
                continue;
            }
            _active[_highest] = _nextActive[vertex];
            Discharge(vertex);
            if (_relabels > Count) SetLabels();
        }
    }

    /// <summary>Brings the tight arcs to the front of every vertex's ends.</summary>
    private void CollectTightArcs(int[] x)
    {
        for (int vertex = 0; vertex < Count; vertex++)
        {
            int first = _firstEnd[vertex];
            Span<End> ends = _ends.AsSpan(first, _firstEnd[vertex + 1] - first);
            int at = x[vertex];
            int tight = 0;
            for (int i = 0; i < ends.Length; i++)
            {
                End end = ends[i];
                if (end.Slack(at, x[end.Other]) == 0)
                {
                    ends[i] = ends[tight];
                    ends[tight++] = end;
                }
            }
            _tightEnd[vertex] = first + tight;
        }
    }

    /// <summary>
    /// Labels every vertex with one more than the number of arcs to the nearest sink, by breadth-first search, and starts over with
    /// the excess that is there.
    /// </summary>
    private void SetLabels()
    {
        Array.Fill(_label, Unlabelled, 0, Count);
        Array.Fill(_active, -1, 0, Count + 2);
        Array.Clear(_population, 0, Count + 2);
        Array.Copy(_firstEnd, _nextEnd, Count);
        _highest = 0;
        _gap = Count + 1;
        _relabels = 0;
        int filled = 0;
        for (int vertex = 0; vertex < Count; vertex++)
        {
            if (IsSink(vertex))
            {
                _label[vertex] = 1;
                _queue[filled++] = vertex;
            }
        }
        for (int done = 0; done < filled; done++)
        {
            int vertex = _queue[done];
            int label = _label[vertex];
            _population[label]++;
            if (_excess[vertex] > 0) Activate(vertex);
            foreach (End end in TightEnds(vertex))
            {
                if (_label[end.Other] == Unlabelled && (!end.IsForward || _flow[end.Arc] > 0))
                {
                    _label[end.Other] = label + 1;
                    _queue[filled++] = end.Other;
                }
            }
        }
        _sources.Clear();
        for (int vertex = 0; vertex < Count; vertex++)
        {
            if (_excess[vertex] > 0 && _label[vertex] == Unlabelled) _sources.Add(vertex);
        }
    }

    private ReadOnlySpan<End> TightEnds(int vertex) => new(_ends, _firstEnd[vertex], _tightEnd[vertex] - _firstEnd[vertex]);

    private void Activate(int vertex)
    {
        int label = _label[vertex];
        _nextActive[vertex] = _active[label];
        _active[label] = vertex;
        _highest = Math.Max(_highest, label);
    }

    /// <summary>Sends the excess of a vertex down to lower labels until it is gone or can go nowhere.</summary>
    private void Discharge(int vertex)
    {
        do
        {
            int below = _label[vertex] - 1;
            for (int i = _nextEnd[vertex]; i < _tightEnd[vertex]; i++)
            {
                End end = _ends[i];
                if (_label[end.Other] == below && Push(vertex, end))
                {
                    _nextEnd[vertex] = i;
                    return;
                }
            }
        }
        while (Relabel(vertex));
    }

    // Whether nothing is left to send.
    private bool Push(int vertex, End end)
    {
        ref long flow = ref _flow[end.Arc];
        long amount = end.IsForward ? _excess[vertex] : Math.Min(_excess[vertex], flow);
        if (amount == 0) return false;
        flow += end.IsForward ? amount : -amount;
        ref long excess = ref _excess[end.Other];
        bool wasIdle = excess <= 0;
        excess += amount;
        if (wasIdle && excess > 0) Activate(end.Other);
        return (_excess[vertex] -= amount) == 0;
    }

    /// <summary>
    /// Raises a label to one more than the lowest that it could send to. Every arc leads down by at most one label: where no vertex
    /// has a label any more, those above it reach no sink.
    /// </summary>
    private bool Relabel(int vertex)
    {
        _relabels++;
        int lowest = Unlabelled;
        foreach (End end in TightEnds(vertex))
        {
            if (_label[end.Other] < lowest && IsOpen(end)) lowest = _label[end.Other];
        }
        int old = _label[vertex];
        _gap = --_population[old] == 0 ? Math.Min(_gap, old) : _gap;
        int label = lowest + 1;
        if (label > _gap)
        {
            _label[vertex] = Unlabelled;
            _sources.Add(vertex);
            return false;
        }
        _gap = label == _gap ? Count + 1 : _gap;
        _population[label]++;
        _label[vertex] = label;
        _nextEnd[vertex] = _firstEnd[vertex];
        return true;
    }

    private static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length) array = new T[Math.Max(length, 2 * array.Length)];
    }

    /// <summary>An arc as one of its vertices sees it.</summary>
    /// <param name="Id">Twice the arc where it starts, and one more where it ends.</param>
    /// <param name="Other">The vertex at the other end.</param>
    /// <param name="Least">By how much the arc's end must be above its start.</param>
    public readonly record struct End(int Id, int Other, int Least)
    {
        public bool IsForward => (Id & 1) == 0;
        public int Arc => Id >> 1;

        /// <summary>How far the arc is from being tight, from the values on this side and on the other.</summary>
        public int Slack(int here, int there) => IsForward ? there - here - Least : here - there - Least;
    }
}

/// <summary>The demand <c>x[To] - x[From] >= Least</c>.</summary>
internal readonly record struct DifferenceArc(int From, int To, int Least);
