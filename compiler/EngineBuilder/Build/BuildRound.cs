using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.EngineBuilder.Build;

/// <summary>
/// Goes over the groups of a plan, those in bodies too: the parser judges each, then each is built. What was judged or built in an
/// earlier round is not done again. Nodes that are in the way come back, to be planned into the fallback.
/// </summary>
internal sealed class BuildRound(TensorRtMachine machine, EngineOptions options, Model source, Action<Diagnostic> warn)
{
    /// <summary>The rule of a node that the parser does not take.</summary>
    public const string ParserRule = "installed parser";

    /// <summary>The rule of a node at which a build fails.</summary>
    public const string BuildRule = "engine build";

    private readonly GroupBuilder _builder = new(machine, options, warn);
    private readonly Dictionary<string, GroupOutcome> _known = [];
    private readonly HashSet<string> _judged = [];
    private readonly Lock _lock = new();
    private ShapePropagation? _shapes;
    private readonly HashSet<Value> _propagated = [];
    private string? _broken; // why nothing can be built here at all
    private int _searches;

    /// <summary>The groups of the last round.</summary>
    public ImmutableArray<PlannedGroup> Groups { get; private set; } = [];

    /// <summary>What came of each of them, in the same order.</summary>
    public ImmutableArray<GroupOutcome> Outcomes { get; private set; } = [];

    /// <summary>Judges and builds; empty where nothing has to move any more. Nodes come in the order of the groups that they are in.</summary>
    /// <param name="graph">The model's graph, which is partitioned.</param>
    /// <param name="groups">The groups in it and in its bodies.</param>
    /// <param name="canMove">Whether nodes may move: else a group with a bad node is left without an engine.</param>
    /// <param name="cancellation">Ends the round.</param>
    public IReadOnlyDictionary<Node, Verdict> Run(
        Graph graph, ImmutableArray<PlannedGroup> groups, bool canMove, CancellationToken cancellation)
    {
        OrderedDictionary<Node, Verdict> bad = new(ReferenceEqualityComparer.Instance);
        Propagate(graph, groups);
        var models = new GroupModel?[groups.Length];
        string?[] why = new string?[groups.Length];
        for (int i = 0; i < groups.Length && _broken is null; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Report(i, groups.Length, "asking the parser");
            if ((why[i] = groups[i].Around?.WhyNot) is not null) continue;
            SortedDictionary<int, Verdict> here = [];
            models[i] = Judge(groups[i], here);
            why[i] = here.Count > 0 ? here.First().Value.Reason : null;
            foreach ((int node, Verdict no) in here) bad[groups[i].Node(node)] = no;
        }
        if (canMove && bad.Count > 0) return bad;

        bad.Clear();
        var outcomes = new GroupOutcome[groups.Length];
        int done = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.Jobs), CancellationToken = cancellation };
        Guarded(() => Parallel.For(0, groups.Length, parallel, i =>
        {
            outcomes[i] = why[i] is { } reason ? None(reason) : Build(groups[i], models[i], () => Volatile.Read(ref done), groups.Length, cancellation);
            Report(Interlocked.Increment(ref done), groups.Length, $"group {i}");
        }));
        for (int i = 0; i < groups.Length; i++)
        {
            if (outcomes[i].Failure is not { } failure) continue;
            (Node? guilty, outcomes[i]) = Diagnose(groups[i], models[i]!, failure, canMove, cancellation);
            if (guilty is not null) bad[guilty] = Verdict.No(failure.Message.ReplaceLineEndings(" "), BuildRule);
        }
        if (bad.Count > 0) return bad;
        (Groups, Outcomes) = (groups, [.. outcomes]);
        foreach (GroupOutcome outcome in outcomes.Where(o => o.Engine is null).DistinctBy(o => o.Reason))
            warn(Codes.GroupWithoutEngine.At(outcomes.Length == 1 ? "the group" : $"{outcomes.Count(o => o.Reason == outcome.Reason)} of {outcomes.Length} groups", outcome.Reason!));
        return bad;
    }

    private void Report(int done, int groups, string what)
    {
        lock (_lock) options.Progress?.Report(new EngineProgress(done, groups, what));
    }

    private GroupOutcome None(string reason) => new(_builder.Target, null, null, reason);

    /// <summary>Shapes of all group inputs, once; again only where a new cut has new ones.</summary>
    private void Propagate(Graph graph, ImmutableArray<PlannedGroup> groups)
    {
        HashSet<Value> wanted = [.. groups.SelectMany(g => g.Segment.Inputs)];
        if (_shapes is not null && wanted.IsSubsetOf(_propagated)) return;
        _propagated.UnionWith(wanted);
        _shapes = ShapePropagation.Of(graph, OperatorTable.Default, options.Shapes, _propagated);
    }

    /// <summary>The shapes that a group is to be built for, or null with the reason where there is no knowing them.</summary>
    private ShapeProfile? ProfileOf(PlannedGroup group, out string? open)
    {
        GraphSegment segment = group.Segment;
        ShapeProfile? profile = _shapes!.ProfileOf(segment.Inputs, ShapeTensors.Of(group.Graph, segment), GroupModel.Input, out open);
        if (open is not null && group.Around is { } around)
            open += $"; the value is in a body of {around.Node.Label}{(around.Node.Op.Is("If") ? "" : ", where its sizes may change from one iteration to the next")}:"
                + " --min-shapes, --opt-shapes and --max-shapes take its name";
        return profile;
    }

    /// <summary>Writes a group and asks the parser; nodes that it does not take go to <paramref name="bad"/>.</summary>
    private GroupModel? Judge(PlannedGroup planned, SortedDictionary<int, Verdict> bad)
    {
        GroupModel? group = Write(planned, out var refused);
        foreach ((int node, string reason) in refused) bad[node] = Verdict.No($"{machine.Library.Version}: {reason}", ParserRule);
        if (group is null || !_judged.Add(group.ContentKey)) return group;
        ParserSupport? answer = Guarded(() => _builder.Judge(group));
        if (answer is null || answer.WholeModel) return group;
        foreach ((int node, string reason) in ParserVerdict.Of(group, answer)) bad[node] = Verdict.No($"{machine.Library.Version}: {reason}", ParserRule);
        if (bad.Count > 0) _judged.Remove(group.ContentKey);
        return group;
    }

    private GroupModel? Write(PlannedGroup group, out IReadOnlyList<(int Node, string Reason)> refused) =>
        GroupModel.Of(source with { Graph = group.Graph }, group.Segment, ParserOpset.NewestOf(machine.Library.Version), out refused);

    private GroupOutcome Build(PlannedGroup planned, GroupModel? group, Func<int> done, int groups, CancellationToken cancellation)
    {
        if (_broken is not null || group is null) return None(_broken ?? "the group cannot be written for this parser");
        if (ProfileOf(planned, out string? open) is not { } profile) return None(open!);
        string key = _builder.KeyOf(group, profile).Hex;
        lock (_lock)
        {
            if (_known.TryGetValue(key, out GroupOutcome? known)) return known;
        }
        GroupOutcome outcome;
        try
        {
            Progress progress = new(p => Report(done(), groups, $"{p.Phase} {p.Step}/{p.Steps}"));
            outcome = new(_builder.Target, _builder.Engine(group, WeightBytes(planned.Segment), profile, progress, cancellation), profile, null);
        }
        catch (TensorRtException e) when (e.Diagnostic.Code == Codes.BuildFailed || e.Diagnostic.Code == Codes.ParserRejected)
        {
            return new(_builder.Target, null, profile, null) { Failure = e };
        }
        catch (EnvironmentException e)
        {
            return None(Break(e));
        }
        lock (_lock) _known[key] = outcome;
        return outcome;
    }

    /// <summary>Finds the node for which a group does not build; where it is none, the group has no engine and a reason.</summary>
    private (Node? Node, GroupOutcome Outcome) Diagnose(
        PlannedGroup planned, GroupModel group, TensorRtException failure, bool canMove, CancellationToken cancellation)
    {
        if (_broken is not null || Guarded(Probe) != true) return (null, None(_broken!));
        if (IsMemory(failure))
        {
            // Perhaps only since others were built at the same time.
            GroupOutcome alone = Build(planned, group, () => 0, 1, cancellation);
            if (alone.Failure is not { } still) return (null, alone);
            return (null, None($"too little device memory: {still.Message}"));
        }
        int[] named = [.. ParserVerdict.Nodes(group, failure.ParserErrors)];
        if (!canMove || (named.Length == 0 && _searches >= options.MaxFaultSearches)) return (null, None(failure.Message));
        if (named.Length > 0) return (planned.Node(named[0]), None(failure.Message));
        _searches++;
        ImmutableArray<int> nodes = planned.Segment.Nodes;
        Report(0, 1, $"searching the node for which {nodes.Length} nodes do not build");
        int at = FaultSearch.Find(nodes.Length, Suspects(planned, failure), count => PrefixBuilds(planned, count, cancellation));
        return (planned.Node(nodes[at]), None(failure.Message));
    }

    private bool PrefixBuilds(PlannedGroup planned, int count, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (count == 0) return true;
        PlannedGroup prefix = planned with { Segment = GraphSegment.Of(planned.Graph, planned.Segment.Nodes[..count], isEngine: true) };
        if (Write(prefix, out _) is not { } group || ProfileOf(prefix, out _) is not { } profile) return false;
        return _builder.Builds(group, WeightBytes(prefix.Segment), profile, cancellation);
    }

    /// <summary>Nodes that TensorRT's errors name, longest names first: a short name may be part of another.</summary>
    private static IEnumerable<int> Suspects(PlannedGroup planned, TensorRtException failure)
    {
        string said = string.Join('\n', failure.Log.Select(l => l.Message));
        return planned.Segment.Nodes.Select((n, place) => (planned.Node(n).Name, place))
            .Where(n => n.Name.Length > 0 && said.Contains(n.Name, StringComparison.Ordinal))
            .OrderByDescending(n => n.Name.Length).Select(n => n.place);
    }

    private static bool IsMemory(TensorRtException failure) => failure.Log.Any(l =>
        l.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
        || l.Message.Contains("OutOfMemory", StringComparison.OrdinalIgnoreCase)
        || (l.Message.Contains("memory", StringComparison.OrdinalIgnoreCase) && l.Message.Contains("could not be allocated", StringComparison.Ordinal)));

    private static long WeightBytes(GraphSegment segment) => segment.Weights.Sum(w => w.Data!.ByteCount);

    private bool Probe()
    {
        _builder.Probe();
        return true;
    }

    private string Break(EnvironmentException e)
    {
        lock (_lock) return _broken ??= e.Diagnostic.ToString();
    }

    /// <summary>Runs what needs TensorRT; where TensorRT itself fails, no group gets an engine and the reason is kept.</summary>
    private T? Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (EnvironmentException e)
        {
            Break(e);
            return default;
        }
    }

    private sealed class Progress(Action<BuildProgress> report) : IProgress<BuildProgress>
    {
        public void Report(BuildProgress value) => report(value);
    }
}

/// <summary>What came of a group.</summary>
/// <param name="Target">What its engine is for.</param>
/// <param name="Engine">The engine, or null.</param>
/// <param name="Profile">The shapes that it was built for.</param>
/// <param name="Reason">Why there is none.</param>
internal sealed record GroupOutcome(EngineTarget Target, GroupEngine? Engine, ShapeProfile? Profile, string? Reason)
{
    /// <summary>How the build failed, where the group is to blame; to be looked into.</summary>
    public TensorRtException? Failure { get; init; }
}
