using GraphPartition.Compiler.Cost;
using GraphPartition.Operators;
using GraphPartition.Operators.Analysis;
using GraphPartition.Partitioning.Constraints;

namespace GraphPartition.Compiler.Planning.Constraints;

/// <summary>Translates constraints on a model to constraints on node numbers, and collects contradictions.</summary>
internal sealed class ConstraintResolver
{
    private readonly Graph _graph;
    private readonly IReadOnlyList<Verdict> _tags;
    private readonly PlanConstraints _requested;
    private readonly List<Diagnostic> _faults = [];
    private readonly Dictionary<int, NodeSelector> _included = [];
    private readonly Dictionary<int, NodeSelector> _excluded = [];
    private readonly Dictionary<int, string> _engineOf = [];
    private readonly Dictionary<int, NodeSelector> _assignedBy = [];

    private ConstraintResolver(Graph graph, IReadOnlyList<Verdict> tags, PlanConstraints requested) =>
        (_graph, _tags, _requested) = (graph, tags, requested);

    /// <summary>Resolves the constraints.</summary>
    /// <exception cref="ModelException">GP3006 a contradiction, GP3007 a limit out of range.</exception>
    public static ResolvedConstraints Resolve(Graph graph, IReadOnlyList<Verdict> tags, PlanConstraints requested, GroupMode groups)
    {
        var resolver = new ConstraintResolver(graph, tags, requested);
        PartitionConstraints constraints = resolver.Resolve(groups);
        if (resolver._faults.Count > 0) throw new ModelException(resolver._faults);
        return new(constraints, resolver._excluded.ToImmutableDictionary(e => e.Key, e => e.Value.Origin));
    }

    /// <summary>
    /// Selectors that match no node, neither in these graphs nor in the source model, where passes may have removed it. One set of options
    /// may serve many models, so a known operator that this model lacks is only a warning.
    /// </summary>
    /// <param name="requested">The constraints.</param>
    /// <param name="graphs">The graph after the passes and the graph before them.</param>
    /// <param name="operators">The known operators.</param>
    /// <returns>A warning GP3015 for each known operator that the model lacks.</returns>
    /// <exception cref="ModelException">GP3005 for every other selector that matches nothing.</exception>
    public static ImmutableArray<Diagnostic> CheckNames(
        PlanConstraints requested, IReadOnlyList<Graph> graphs, OperatorTable operators)
    {
        var unmatched = requested.Include.Concat(requested.Exclude).Concat(requested.StopAt)
            .Concat(requested.Units.SelectMany(u => u.Selectors)).Concat(requested.Assignments.Select(a => a.Nodes))
            .DistinctBy(s => (s.Text, s.Origin)).ToList();
        foreach (Graph graph in graphs) RemoveMatching(graph, unmatched);
        Diagnostic[] unknown = [.. unmatched.Where(s => !IsKnown(s))
            .Select(s => CompilerCodes.UnknownNode.At(s.Origin, s.Mismatch(graphs[0])))];
        return unknown.Length == 0 ? [.. unmatched.Select(s => CompilerCodes.SelectsNothing.At(s.Origin, s.Mismatch(graphs[0])))]
            : throw new ModelException(unknown);

        bool IsKnown(NodeSelector selector) => selector.Operator is { } pattern
            && operators.Operators.Any(o => NodeSelector.IsLike(pattern, o.Name.ToString()));
    }

    private static void RemoveMatching(Graph graph, List<NodeSelector> unmatched)
    {
        foreach (Node node in graph.Nodes)
        {
            if (unmatched.Count == 0) return;
            unmatched.RemoveAll(s => s.Matches(node));
            foreach (Graph body in node.Attributes.Bodies()) RemoveMatching(body, unmatched);
        }
    }

    private PartitionConstraints Resolve(GroupMode groups)
    {
        CheckLimits();
        Assign();
        Select(_requested.Include, _included);
        Select(_requested.Exclude, _excluded);
        foreach ((int n, NodeSelector by) in _included)
        {
            if (_excluded.TryGetValue(n, out NodeSelector? other))
                Contradiction(n, $"included by {by.Origin} and excluded by {other.Origin}");
            if (!_tags[n].IsYes) Contradiction(n, $"included by {by.Origin}, but engines cannot take it: {_tags[n].Reason}");
        }
        DeviceProfile device = _requested.Device;
        var cost = new CostModel(device);
        NodeWork[] work = NeedsWork ? [.. _graph.Nodes.Select(NodeWork.Of)] : [];
        return new PartitionConstraints
        {
            MinNodes = _requested.MinNodes,
            MinFlops = _requested.MinFlops,
            MinProfit = _requested.MinProfit ?? double.NegativeInfinity,
            MaxEngines = _requested.MaxEngines,
            MaxNodes = _requested.MaxNodes,
            MaxWeightBytes = _requested.MaxWeightBytes,
            Connected = groups == GroupMode.Connected,
            AtomicUnits = Units(),
            Included = [.. _included.Keys.Order()],
            Excluded = [.. _excluded.Keys.Order()],
            StopAt = [.. Indices(_requested.StopAt)],
            ClassOf = NodeClasses.Of(_graph, _requested, _engineOf),
            FlopsOf = _requested.MinFlops > 0 ? work.Select(w => (long)Math.Min(w.Flops, long.MaxValue / 4)).ToArray() : default,
            WeightBytesOf = _requested.MaxWeightBytes < long.MaxValue ? WeightBytes() : default,
            ProfitOf = NeedsProfit ? work.Select(ProfitOf).ToArray() : default,
            Costs = NeedsProfit ? new(device.CallMicroseconds, device.TensorMicroseconds, 1e6 / device.CopyBytesPerSecond) : default,
            NameOf = n => _graph.Nodes[n].DisplayName,
        };

        double ProfitOf(NodeWork w, int n) => cost.FallbackMicroseconds(w) - cost.EngineMicroseconds(w, IsFused(n));
    }

    private bool NeedsProfit => _requested.MinProfit is not null || _requested.MaxEngines < int.MaxValue;

    private bool NeedsWork => NeedsProfit || _requested.MinFlops > 0;

    // Assumes that the node before it is in the same engine: the groups are not known yet, because they depend on this result.
    private bool IsFused(int n) =>
        _graph.Nodes[n].Inputs.Any(v => v is not null && _graph.Uses.ProducerOf(v) is >= 0 and int p && _tags[p].IsYes);

    // A weight that several nodes read counts once for each: each engine has its own copy, and the cap needs an upper bound.
    private long[] WeightBytes() =>
        [.. _graph.Nodes.Select(n =>
            n.Inputs.Concat(n.Captures).Where(v => v is { IsConstant: true }).Distinct().Sum(v => v!.Data!.ByteCount))];

    private void Assign()
    {
        foreach (Assignment assignment in _requested.Assignments)
            foreach (int n in Indices([assignment.Nodes]))
            {
                if (_assignedBy.TryGetValue(n, out NodeSelector? other) && _engineOf.GetValueOrDefault(n) != assignment.Engine)
                    Contradiction(n, $"assigned to {Place(_engineOf.GetValueOrDefault(n))} by {other.Origin} "
                        + $"and to {Place(assignment.Engine)} by {assignment.Nodes.Origin}");
                _assignedBy[n] = assignment.Nodes;
                if (assignment.Engine is { } engine)
                {
                    _engineOf[n] = engine;
                    _included[n] = assignment.Nodes;
                }
                else _excluded[n] = assignment.Nodes;
            }

        static string Place(string? engine) => engine is null ? "the fallback" : $"engine {engine}";
    }

    private List<AtomicUnit> Units()
    {
        var units = new List<AtomicUnit>();
        foreach (IGrouping<string, int> engine in _engineOf.OrderBy(e => e.Key).GroupBy(e => e.Value, e => e.Key))
            units.Add(new($"engine {engine.Key}", [.. engine]));
        foreach (NamedUnit unit in _requested.Units) units.Add(new(unit.Name, [.. Indices(unit.Selectors)]));
        if (_requested.KeepQuantization) units.AddRange(QuantizedUnits.Of(_graph, units.SelectMany(u => u.Nodes).ToHashSet()));
        return units;
    }

    private void Select(ImmutableArray<NodeSelector> selectors, Dictionary<int, NodeSelector> into)
    {
        foreach (NodeSelector selector in selectors)
            foreach (int n in Indices([selector])) into.TryAdd(n, selector);
    }

    private IEnumerable<int> Indices(ImmutableArray<NodeSelector> selectors) => selectors.IsEmpty
        ? [] : Enumerable.Range(0, _graph.Nodes.Length).Where(n => selectors.Any(s => s.Matches(_graph.Nodes[n])));

    private void CheckLimits()
    {
        AtLeast("--min-nodes", _requested.MinNodes, 0);
        AtLeast("--min-flops", _requested.MinFlops, 0);
        AtLeast("--max-engines", _requested.MaxEngines, 1);
        AtLeast("--max-nodes", _requested.MaxNodes, 1);
        AtLeast("--max-weight-bytes", _requested.MaxWeightBytes, 1);
        if (_requested.MinProfit is { } profit && double.IsNaN(profit)) _faults.Add(CompilerCodes.BadLimit.At("--min-profit", "it is not a number"));
        if (_requested.MinNodes > _requested.MaxNodes)
        {
            string message = $"{_requested.MinNodes} nodes at least, but --max-nodes allows {_requested.MaxNodes} at most";
            _faults.Add(CompilerCodes.BadLimit.At("--min-nodes", message));
        }
        if (_faults.Count > 0) throw new ModelException(_faults);

        void AtLeast(string option, long value, long least)
        {
            if (value < least) _faults.Add(CompilerCodes.BadLimit.At(option, $"it is {value}, below {least}"));
        }
    }

    private void Contradiction(int node, string message) =>
        _faults.Add(CompilerCodes.ContradictoryConstraints.At(_graph.Nodes[node].Label, message));
}

/// <summary>Constraints in node numbers.</summary>
/// <param name="Constraints">The constraints for the partitioner.</param>
/// <param name="ExcludedBy">For each excluded node the option or line that excludes it.</param>
internal sealed record ResolvedConstraints(PartitionConstraints Constraints, ImmutableDictionary<int, string> ExcludedBy);
