using GraphPartition.Partitioning.Boundaries;
using GraphPartition.Partitioning.Connected;
using GraphPartition.Partitioning.Minimum;

namespace GraphPartition.Partitioning.Constraints;

/// <summary>
/// One run of <see cref="ConstrainedPartitioner"/>: the units that may still be in an engine, and why the others fell back.
/// </summary>
internal sealed class ConstrainedSearch
{
    private const long MostVisits = 4_000_000; // of nodes, while unprofitable engines are dropped in rounds
    private const string NotEnough = "the engine would not gain enough";

    private readonly PartitionGraph _graph;
    private readonly Contraction _units;
    private readonly bool[] _supported;
    private readonly bool[] _mayRun;
    private readonly PartitionConstraints _constraints;
    private readonly UnitMeasures _measures;
    private readonly ulong[] _fingerprints;
    private readonly List<DroppedNodes> _dropped = [];
    private readonly List<string> _contradictions = [];
    private readonly List<PartitionGap> _gaps = [];
    private readonly ProfitPlan _plan;
    private int _engines;

    public ConstrainedSearch(
        PartitionGraph graph, Contraction units, ReadOnlySpan<bool> supported, PartitionConstraints constraints, ProfitPlan plan)
    {
        _plan = plan;
        _graph = graph;
        _units = units;
        _supported = supported.ToArray();
        _constraints = constraints;
        _measures = new UnitMeasures(constraints, units);
        _mayRun = new bool[units.Graph.NodeCount];
        Array.Fill(_mayRun, true);
        _fingerprints = CanonicalOrder.Fingerprints(units.Graph, _mayRun);
    }

    /// <summary>The profit of all engines that <see cref="Run"/> found.</summary>
    public double Profit { get; private set; }

    public ConstrainedResult Run()
    {
        _engines = LevelNumbering.Earliest(_graph, _supported).Bound;
        RemoveWhatMayNotRun();
        int[] groupOf = Group();
        while (_contradictions.Count == 0 && (DropSmall(groupOf) || DropExcess(groupOf)))
        {
            string constraint = _dropped[^1].Constraint;
            groupOf = Regroup(out int count);
            Account(constraint, count, "engines that fell back, and the effect on the others");
        }
        if (_contradictions.Count > 0) return new ConstrainedResult(null, _dropped, _contradictions);
        Profit = Sum(groupOf).Profit.Sum();
        return new ConstrainedResult(ChooseBoundaries() ?? FromGroups(groupOf), _dropped, []);
    }

    private Partition FromGroups(int[] groupOf)
    {
        int[] ofNode = new int[_graph.NodeCount];
        for (int node = 0; node < ofNode.Length; node++) ofNode[node] = groupOf[_units.VertexOf[node]];
        return SegmentTable.FromGroups(_graph, _supported, ofNode, _gaps);
    }

    /// <summary>
    /// Where no constraint limits the contents of levels, the levels of the remaining units are chosen for few bytes across boundaries,
    /// as without constraints.
    /// </summary>
    /// <returns>
    /// The partition; null where levels are not free, where an engine would then be below a minimum, or where the engines would gain less.
    /// </returns>
    private Partition? ChooseBoundaries()
    {
        if (!_constraints.LeavesLevelsFree) return null;
        Partition ofUnits = BoundaryOptimizer.Optimize(_units.Graph, _mayRun).Partitioning;
        int[] first = new int[ofUnits.Segments.Count];
        int[] groupOf = new int[_units.Graph.NodeCount];
        for (int unit = groupOf.Length - 1; unit >= 0; unit--) first[ofUnits.SegmentOf[unit]] = unit;
        for (int unit = 0; unit < groupOf.Length; unit++)
            groupOf[unit] = _mayRun[unit] ? first[ofUnits.SegmentOf[unit]] : -1;

        GroupTotals totals = Sum(groupOf);
        for (int group = 0; group < groupOf.Length; group++)
        {
            bool isTooLittle = IsSmall(totals, group) || totals.Profit[group] < _constraints.MinProfit;
            if (totals.Nodes[group] > 0 && !totals.IsIncluded[group] && isTooLittle) return null;
        }
        if (!double.IsNegativeInfinity(_constraints.MinProfit) && totals.Profit.Sum() < Profit) return null;
        int[] segmentOf = new int[_graph.NodeCount];
        for (int node = 0; node < segmentOf.Length; node++)
            segmentOf[node] = ofUnits.SegmentOf[_units.VertexOf[node]];

        return SegmentTable.FromSegments(_graph, _supported, segmentOf, ofUnits.Certificate.Numbers.ToArray(), _gaps);
    }

    // Units with an unsupported node, excluded nodes, and nodes that depend on a stop-at node. The bounds before and after give the cost.
    private void RemoveWhatMayNotRun()
    {
        var mixed = new List<int>();
        for (int node = 0; node < _graph.NodeCount; node++)
            _mayRun[_units.VertexOf[node]] &= _supported[node];

        for (int node = 0; node < _graph.NodeCount; node++)
        {
            if (_supported[node] && !_mayRun[_units.VertexOf[node]]) mixed.Add(node);
        }
        Drop("atomic units", mixed, "in a unit with a node that is not supported");
        AccountBound("atomic units", _constraints.AtomicUnits.Count > 0);
        Drop("exclude", [.. _constraints.Excluded], "excluded");
        AccountBound("exclude", _constraints.Excluded.Count > 0);
        Drop("stop-at", Descendants(), "a stop-at node, or depends on one");
        AccountBound("stop-at", _constraints.StopAt.Count > 0);
    }

    private List<int> Descendants()
    {
        bool[] isStopped = new bool[_graph.NodeCount];
        foreach (int node in _constraints.StopAt) isStopped[node] = true;
        var stopped = new List<int>();
        foreach (int node in _constraints.StopAt.Count > 0 ? _graph.TopologicalOrder : [])
        {
            foreach (int predecessor in _graph.Predecessors(node)) isStopped[node] |= isStopped[predecessor];
            if (isStopped[node]) stopped.Add(node);
        }
        return stopped;
    }

    /// <summary>Sends the units of these nodes to the fallback, and records their supported nodes.</summary>
    private void Drop(string constraint, List<int> nodes, string reason)
    {
        bool[] isDropped = new bool[_mayRun.Length];
        foreach (int node in nodes)
        {
            int unit = _units.VertexOf[node];
            isDropped[unit] = true;
            if (_measures.IsIncluded[unit])
            {
                _contradictions.Add(
                    $"{_constraints.NameOf(node)} or its unit is included, but falls back because of {constraint}: {reason}");
            }
        }
        var listed = new List<int>();
        for (int node = 0; node < _graph.NodeCount && nodes.Count > 0; node++)
        {
            int unit = _units.VertexOf[node];
            bool isNew = constraint == "atomic units" || _mayRun[unit];
            if (isDropped[unit] && isNew && _supported[node]) listed.Add(node);
        }
        for (int unit = 0; unit < _mayRun.Length; unit++) _mayRun[unit] &= !isDropped[unit];
        if (listed.Count > 0) _dropped.Add(new DroppedNodes(constraint, listed, reason));
    }

    private void AccountBound(string constraint, bool applies)
    {
        if (applies)
            Account(constraint, LevelNumbering.Earliest(_units.Graph, _mayRun).Bound, "change of the bound");
    }

    private void Account(string constraint, int engines, string reason)
    {
        if (engines == _engines) return;
        var gap = new PartitionGap(constraint, engines - _engines, reason);
        _engines = engines;
        if (_gaps is [.., var last] && last.Constraint == constraint && last.Reason == reason)
        {
            _gaps.RemoveAt(_gaps.Count - 1);
            gap = gap with { Engines = gap.Engines + last.Engines };
        }
        if (gap.Engines != 0) _gaps.Add(gap);
    }

    /// <summary>The first groups, one constraint after the other, to count the engines that each adds.</summary>
    private int[] Group()
    {
        int[] groupOf = GroupSplitter.ByClass(_units.Graph, _mayRun, _measures.ClassOf, _plan.IsLate);
        Account("class", GroupSplitter.Count(groupOf), "one class in each engine");
        if (_constraints.Connected)
        {
            groupOf = ConnectedPartitioner.Group(_units.Graph, _mayRun, _measures.ClassOf);
            Account("connected", GroupSplitter.Count(groupOf), "engines whose nodes must be connected");
        }
        DropOversized();
        groupOf = Regroup(out int count);
        Account("caps", count, "limits on nodes or weight bytes of an engine");
        return groupOf;
    }

    private int[] Regroup(out int count)
    {
        int[] groupOf = _constraints.Connected
            ? ConnectedPartitioner.Group(_units.Graph, _mayRun, _measures.ClassOf)
            : GroupSplitter.ByClass(_units.Graph, _mayRun, _measures.ClassOf, _plan.IsLate);
        groupOf = GroupSplitter.Cut(_units.Graph, groupOf, _measures, _constraints, _fingerprints);
        if (_constraints.Connected) groupOf = GroupSplitter.Connected(_units.Graph, groupOf);
        count = GroupSplitter.Count(groupOf);
        return groupOf;
    }

    // A unit that alone exceeds a cap fits into no engine.
    private void DropOversized()
    {
        var oversized = new List<int>();
        for (int node = 0; node < _graph.NodeCount; node++)
        {
            int unit = _units.VertexOf[node];
            bool fits = _measures.Nodes[unit] <= _constraints.MaxNodes
                && _measures.WeightBytes[unit] <= _constraints.MaxWeightBytes;
            if (!fits && _mayRun[unit]) oversized.Add(node);
        }
        Drop("caps", oversized, "larger than an engine may be");
    }

    private bool DropSmall(int[] groupOf)
    {
        GroupTotals totals = Sum(groupOf);
        bool[] isSmall = new bool[groupOf.Length];
        var unprofitable = new List<int>();
        for (int group = 0; group < groupOf.Length; group++)
        {
            if (totals.Nodes[group] == 0 || totals.IsIncluded[group]) continue;
            isSmall[group] = IsSmall(totals, group);
            if (totals.Profit[group] < _constraints.MinProfit) unprofitable.Add(group);
        }
        if (DropGroups(groupOf, isSmall, "minimum size", "the engine would be too small")) return true;
        if (unprofitable.Count == 0) return false;
        return DropParts(groupOf, unprofitable)
            || DropGroups(groupOf, Worst(groupOf, totals, unprofitable, Most(unprofitable)), "minimum profit", NotEnough);
    }

    /// <summary>
    /// Groups of this round: the worst one, or more in large graphs. What separates engines only by being one is gone then, and others may
    /// join and gain enough together.
    /// </summary>
    private int Most(List<int> groups) => !_plan.KeepsParts ? groups.Count
        : (int)Math.Max(1, (long)groups.Count * _graph.NodeCount / MostVisits);

    /// <summary>
    /// Drops the connected parts of these groups that lose by themselves, without the call of the engine: the other parts may be worth one.
    /// </summary>
    private bool DropParts(int[] groupOf, List<int> groups)
    {
        if (!_plan.KeepsParts) return false;
        HashSet<int> losing = [.. groups];
        int[] partOf = GroupSplitter.Connected(_units.Graph, groupOf);
        GroupTotals totals = Sum(partOf);
        bool[] isDropped = new bool[partOf.Length];
        for (int part = 0; part < partOf.Length; part++)
            isDropped[part] = totals.Nodes[part] > 0 && !totals.IsIncluded[part] && losing.Contains(groupOf[part])
                && totals.Profit[part] + _constraints.Costs.Call < 0;
        return DropGroups(partOf, isDropped, "minimum profit", NotEnough);
    }

    /// <summary>Marks the groups of least profit.</summary>
    private bool[] Worst(int[] groupOf, GroupTotals totals, List<int> groups, int count)
    {
        ulong[] fingerprints = new ulong[groupOf.Length];
        for (int unit = 0; unit < groupOf.Length; unit++)
            fingerprints[Math.Max(0, groupOf[unit])] += groupOf[unit] < 0 ? 0 : _fingerprints[unit];

        groups.Sort((a, b) => totals.Profit[a].CompareTo(totals.Profit[b]) is var order and not 0
            ? order : fingerprints[a].CompareTo(fingerprints[b]));
        bool[] isWorst = new bool[groupOf.Length];
        foreach (int group in groups.Take(count)) isWorst[group] = true;
        return isWorst;
    }

    private bool IsSmall(GroupTotals totals, int group) =>
        totals.Nodes[group] < _constraints.MinNodes || totals.Flops[group] < _constraints.MinFlops;

    private bool DropExcess(int[] groupOf)
    {
        GroupTotals totals = Sum(groupOf);
        var candidates = new List<int>();
        int count = 0;
        for (int group = 0; group < groupOf.Length; group++)
        {
            count += totals.Nodes[group] > 0 ? 1 : 0;
            if (totals.Nodes[group] > 0 && !totals.IsIncluded[group]) candidates.Add(group);
        }
        int excess = count - _constraints.MaxEngines;
        if (excess <= 0) return false;
        if (candidates.Count < excess)
        {
            int included = count - candidates.Count;
            _contradictions.Add($"{included} engines hold included nodes, MaxEngines is {_constraints.MaxEngines}");
            return false;
        }
        return DropGroups(groupOf, Worst(groupOf, totals, candidates, excess), "maximum engines", "other engines are more profitable");
    }

    private bool DropGroups(int[] groupOf, bool[] isDropped, string constraint, string reason)
    {
        var nodes = new List<int>();
        for (int node = 0; node < _graph.NodeCount; node++)
        {
            int group = groupOf[_units.VertexOf[node]];
            if (group >= 0 && isDropped[group]) nodes.Add(node);
        }
        Drop(constraint, nodes, reason);
        return nodes.Count > 0;
    }

    private GroupTotals Sum(int[] groupOf) => GroupTotals.Of(_graph, _units, groupOf, _measures, _constraints);
}

/// <summary>How a search leaves engines out that gain too little. No rule is best for all graphs, so several are tried.</summary>
/// <param name="IsLate">Whether nodes that several engines could take are in the last of these; else they are in the first.</param>
/// <param name="KeepsParts">Whether parts of a losing engine that gain stay, and the worst engine falls back first; else all do at once.</param>
internal readonly record struct ProfitPlan(bool IsLate, bool KeepsParts);
