using System.Runtime.InteropServices;

namespace GraphPartition.Partitioning.Boundaries;

/// <summary>Minimises a weighted sum of integers x subject to lower bounds on differences, <c>x[j] - x[i] >= least</c>, exactly.</summary>
/// <remarks>
/// <para>The dual is a minimum-cost flow without capacities: an arc i to j for every constraint, and at each variable inflow
/// minus outflow equal to its weight. It is solved by the primal-dual method (L. R. Ford and D. R. Fulkerson, 1962) from any
/// feasible x: send as much flow as possible along tight arcs (<see cref="FlowNetwork"/>), then raise the variables near the
/// flow that is left over until a new arc gets tight, and repeat. Flow only lies on tight arcs, so at the end x and the flow prove
/// each other optimal. The weighted sum never grows on the way, so stopping early still leaves a feasible x.</para>
/// <para>Arc lengths are integers and no distance exceeds twice the range of x, so Dijkstra's queue is an array of
/// buckets.</para>
/// <para>Variable 0 is the root: its value is 0 and bounds of single variables are differences to it.</para>
/// </remarks>
internal sealed class DifferenceProgram
{
    private readonly List<long> _weights = [];
    private readonly List<int> _start = [];
    private readonly List<DifferenceArc> _arcs = [];
    private readonly FlowNetwork _network = new();
    private readonly BucketQueue _buckets = new();
    private int[] _x = [];
    private int[] _distance = [];
    private int[] _reached = [];

    /// <summary>A program with the root and nothing else.</summary>
    public DifferenceProgram() => Clear();

    public const int Root = 0;

    /// <summary>Empties the program; its memory is kept for the next one.</summary>
    public void Clear()
    {
        _weights.Clear();
        _start.Clear();
        _arcs.Clear();
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

    /// <summary>Requires <c>x[to] - x[from] >= least</c>; the starting values must satisfy it.</summary>
    public void Require(int from, int to, int least) => _arcs.Add(new DifferenceArc(from, to, least));

    /// <summary>The value that <see cref="Solve"/> or <see cref="TakeLeastOptimum"/> found.</summary>
    public int this[int variable] => _x[variable] - _x[Root];

    /// <summary>Finds an optimum.</summary>
    public void Solve()
    {
        Start();
        do
        {
            _network.SendAlongTightArcs(_x);
        }
        while (_network.Sources.Count > 0 && RaiseNearSources());
    }

    /// <summary>
    /// Moves from the optimum found to the smallest one. Optima form a lattice (minimum and maximum of two keep all differences), so one
    /// optimum is smallest in every variable. Arcs with flow are tight in every optimum, others may become tight: a variable can fall by
    /// its distance from the root, measured in slacks.
    /// </summary>
    public void TakeLeastOptimum()
    {
        int count = _network.Count;
        Array.Fill(_distance, int.MaxValue, 0, count);
        _buckets.Clear();
        _distance[Root] = 0;
        _buckets.Push(0, Root);
        while (_buckets.TryPop(out int distance, out int variable))
        {
            if (distance == _distance[variable]) Relax(variable);
        }
        for (int variable = 0; variable < count; variable++)
            _x[variable] -= _distance[variable] == int.MaxValue ? 0 : _distance[variable];
    }

    private void Start()
    {
        int count = _weights.Count;
        if (_x.Length < count)
        {
            int size = Math.Max(count, 2 * _x.Length);
            (_x, _distance, _reached) = (new int[size], new int[size], new int[size]);
        }
        // The weights are now wanted inflow; the root makes up for their sum.
        _start.CopyTo(_x);
        long total = 0;
        Span<long> excess = CollectionsMarshal.AsSpan(_weights);
        foreach (ref long weight in excess)
        {
            total += weight;
            weight = -weight;
        }
        excess[Root] += total;
        _network.Reset(excess, CollectionsMarshal.AsSpan(_arcs));
    }

    /// <summary>
    /// Finds the distance D in slacks from the sources to the nearest sink, and raises every variable at a distance d below D by
    /// D - d: that is the furthest all constraints allow, and makes a path to that sink tight.
    /// </summary>
    private bool RaiseNearSources()
    {
        Array.Fill(_distance, int.MaxValue, 0, _network.Count);
        _buckets.Clear();
        foreach (int source in _network.Sources)
        {
            _distance[source] = 0;
            _buckets.Push(0, source);
        }
        int reached = 0;
        while (_buckets.TryPop(out int distance, out int variable))
        {
            if (distance != _distance[variable]) continue;
            if (_network.IsSink(variable))
            {
                RaiseReached(reached, distance);
                return true;
            }
            _reached[reached++] = variable;
            Relax(variable);
        }
        return false;
    }

    private void RaiseReached(int reached, int limit)
    {
        foreach (int variable in _reached.AsSpan(0, reached)) _x[variable] += limit - _distance[variable];
    }

    // Against the direction of an arc goes only what flow can be taken back, and flow lies on tight arcs.
    private void Relax(int variable)
    {
        int from = _distance[variable];
        int x = _x[variable];
        foreach (FlowNetwork.End end in _network.Ends(variable))
        {
            int distance = from + (end.IsForward ? end.Slack(x, _x[end.Other]) : 0);
            if (distance < _distance[end.Other] && _network.IsOpen(end))
            {
                _distance[end.Other] = distance;
                _buckets.Push(distance, end.Other);
            }
        }
    }
}
