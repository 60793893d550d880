using System.Collections.Immutable;
using GraphPartition.Compiler.Observing;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.Operators.TensorRt;
using GraphPartition.TensorRt;

namespace GraphPartition.EngineBuilder;

/// <summary>
/// One round over the groups of a plan, those in bodies included: the parser judges each group, then the builder builds each. What an
/// earlier round judged or built is not repeated. The result is the nodes that TensorRT rejects, which the next plan moves to the fallback.
/// </summary>
internal sealed class BuildRound(
    BuildMachine machine, EngineOptions options, Model source, ImmutableArray<ObservedValue> observed, Action<Diagnostic> warn)
    : IDisposable
{
    /// <summary>The rule of a verdict that comes from a failed build.</summary>
    public const string BuildRule = "engine build";

    /// <summary>The rule of a verdict about sizes or values that have no range.</summary>
    public const string OpenRule = "unbounded";

    private readonly GroupBuilder _builder = new(machine, options, warn);
    private readonly Dictionary<string, GroupOutcome> _known = [];
    private readonly HashSet<string> _judged = [];
    private readonly Dictionary<string, ObservedType> _observed = observed.GroupBy(o => o.Value).Where(g => g.Count() == 1)
        .ToDictionary(g => g.Key, g => g.Single().Type); // sibling bodies may share names
    private readonly Lock _lock = new();
    private ShapePropagation? _shapes;
    private readonly HashSet<Value> _propagated = [];
    private string? _broken; // why no build can succeed on this machine; null: builds can succeed
    private int _searches;

    /// <summary>The outcome of each group of the last round, in the order of the groups.</summary>
    public ImmutableArray<GroupOutcome> Outcomes { get; private set; } = [];

    /// <summary>Judges and builds.</summary>
    /// <param name="graph">The model's graph, which is partitioned.</param>
    /// <param name="groups">The groups in it and in its bodies.</param>
    /// <param name="canMove">Whether nodes may move; if not, a group with a rejected node stays without an engine.</param>
    /// <param name="cancellation">Stops the round.</param>
    /// <returns>The nodes that must move to the fallback, in the order of their groups; empty if the plan can stay as it is.</returns>
    public IReadOnlyDictionary<Node, Verdict> Run(
        Graph graph, ImmutableArray<PlacedGroup> groups, bool canMove, CancellationToken cancellation)
    {
        _builder.Cancellation = cancellation;
        OrderedDictionary<Node, Verdict> bad = new(ReferenceEqualityComparer.Instance);
        Propagate(graph, groups);
        var models = new SegmentModel?[groups.Length];
        var no = new Verdict[groups.Length];
        for (int i = 0; i < groups.Length && _broken is null; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Report(i, groups.Length, "checking with the parser");
            if (!(no[i] = groups[i].Around?.RunsEngines ?? Verdict.Yes).IsYes) continue;
            SortedDictionary<int, Verdict> here = [];
            models[i] = Judge(groups[i], here);
            no[i] = here.FirstOrDefault().Value;
            foreach ((int node, Verdict why) in here) bad[groups[i].Node(node)] = why;
        }
        if (canMove && bad.Count > 0) return bad;

        bad.Clear();
        var outcomes = new GroupOutcome[groups.Length];
        int done = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.Jobs), CancellationToken = cancellation };
        Guarded(() => Parallel.For(0, groups.Length, parallel, i =>
        {
            outcomes[i] = !no[i].IsYes ? None(no[i])
                : Build(groups[i], models[i], () => Volatile.Read(ref done), groups.Length, cancellation);
            Report(Interlocked.Increment(ref done), groups.Length, $"group {i}");
        }));
        for (int i = 0; i < groups.Length; i++)
        {
            if (outcomes[i].Failure is not { } failure) continue;
            (Node? guilty, outcomes[i]) = Diagnose(groups[i], models[i]!, failure, canMove, cancellation);
            if (guilty is not null) bad[guilty] = Verdict.No(failure.Message.ReplaceLineEndings(" "), BuildRule);
        }
        if (canMove && !options.IsRequired)
            for (int i = 0; i < groups.Length; i++)
                foreach ((Node behind, Verdict why) in Behind(groups[i], outcomes[i])) bad[behind] = why;
        if (bad.Count > 0) return bad;
        Outcomes = [.. outcomes];
        foreach (var alike in outcomes.Where(o => o.Engine is null).GroupBy(o => o.Verdict.Reason!))
        {
            string where = outcomes.Length == 1 ? "the group" : $"{alike.Count()} of {outcomes.Length} groups";
            warn(EngineBuilderCodes.GroupWithoutEngine.At(where, alike.Key));
        }
        return bad;
    }

    private void Report(int done, int groups, string what, BuildProgress? build = null)
    {
        lock (_lock) options.Progress?.Report(new EngineProgress(done, groups, what) { Build = build });
    }

    private GroupOutcome None(Verdict no) => new(_builder.Target, null, null, no);

    private GroupOutcome None(string reason) => None(Verdict.No(reason, BuildRule));

    /// <summary>Computes the shape ranges of all group inputs, once; again only if a new plan has new inputs.</summary>
    private void Propagate(Graph graph, ImmutableArray<PlacedGroup> groups)
    {
        HashSet<Value> wanted = [.. groups.SelectMany(g => g.Segment.Inputs)];
        if (_shapes is not null && wanted.IsSubsetOf(_propagated)) return;
        _propagated.UnionWith(wanted);
        _shapes = ShapePropagation.Of(graph, options.Operators, options.Shapes, _propagated);
    }

    /// <summary>The sizes of a value that one run showed; null where it was not observed, or the rank changed.</summary>
    private ShapeRange? Observed(Value value) =>
        _observed.TryGetValue(value.Name, out ObservedType? type) && type is { Min: { } min, Max: { } max }
            ? new ShapeRange([.. min], [.. max], [.. max]) : null;

    /// <summary>Whether a size of a value has no range.</summary>
    private bool IsOpen(Value value) => _shapes!.ShapeOf(value, Observed) is null;

    /// <summary>The shapes to build a group for; null, with the reason, if a size has no bound.</summary>
    private ShapeProfile? ProfileOf(PlacedGroup group, out string? open)
    {
        ShapeProfile? profile = _shapes!.ProfileOf(group.Segment.Inputs, SegmentModel.Input, out open, Observed);
        if (open is null || group.Around is not { } around) return profile;
        string changes = around.Node.Op.Is("If") ? "" : ", where its sizes may change from one iteration to the next";
        open += $"; the value is in a body of {around.Node.Label}{changes}: --min-shapes, --opt-shapes and --max-shapes take its name";
        return profile;
    }

    /// <summary>
    /// Writes a group and has the parser judge it; nodes that it rejects go to <paramref name="bad"/>. A group whose engine is in the
    /// cache passed the parser of this release before.
    /// </summary>
    private SegmentModel? Judge(PlacedGroup planned, SortedDictionary<int, Verdict> bad)
    {
        TensorRtRelease release = machine.Release;
        if (Write(planned) is not { } group)
        {
            foreach ((int node, Verdict no) in ParserVerdict.Inexpressible(ModelOf(planned), planned.Segment, NewestOpset, release))
                bad[node] = no;
            return null;
        }
        string content = EngineDescription.ContentOf(group);
        if (_judged.Contains(content)) return group;
        if (ProfileOf(planned, out _) is { } profile && _builder.IsCached(group, profile)) return group;
        _judged.Add(content);
        ParserSupport? answer = Guarded(() => _builder.Judge(group));
        if (answer is null || answer.WholeModel) return group;
        foreach ((int node, Verdict no) in ParserVerdict.Of(group, answer, release)) bad[node] = no;
        if (bad.Count > 0) _judged.Remove(content);
        return group;
    }

    private int NewestOpset => TensorRtTarget.NewestOpset(machine.Release);

    private Model ModelOf(PlacedGroup group) => source with { Graph = group.Graph };

    /// <summary>The group in the lowest opset that can express it; null where the parser takes no such opset.</summary>
    private SegmentModel? Write(PlacedGroup group) => SegmentModel.ForParser(ModelOf(group), group.Segment,
        model => OpsetExport.TryForParser(model, NewestOpset, out _));

    private GroupOutcome Build(PlacedGroup planned, SegmentModel? group, Func<int> done, int groups, CancellationToken cancellation)
    {
        if (_broken is not null || group is null) return None(_broken ?? "the group cannot be expressed in an opset of this parser");
        if (ProfileOf(planned, out string? open) is not { } profile)
            return None(Verdict.No(open!, OpenRule)) with { Open = [.. planned.Segment.Inputs.Where(IsOpen)] };
        GroupOutcome outcome = Build(planned, group, profile, done, groups, cancellation);
        return outcome.Failure is not null && AtLeastOne(profile) is { } filled
            ? Build(planned, group, filled, done, groups, cancellation) : outcome;
    }

    private GroupOutcome Build(
        PlacedGroup planned, SegmentModel group, ShapeProfile profile, Func<int> done, int groups, CancellationToken cancellation)
    {
        string key = _builder.KeyOf(group, profile).Hex;
        lock (_lock)
        {
            if (_known.TryGetValue(key, out GroupOutcome? known)) return known;
        }
        GroupOutcome outcome;
        try
        {
            Progress progress = new(p => Report(done(), groups, p.ToString(), p));
            GroupEngine engine = _builder.Engine(group, WeightBytes(planned.Segment), profile, progress, cancellation);
            outcome = new(_builder.Target, engine, profile, Verdict.Yes);
        }
        catch (TensorRtException e) when (e.IsRefusal)
        {
            return new(_builder.Target, null, profile, Verdict.No(e.Message, BuildRule)) { Failure = e };
        }
        catch (TensorRtException e) when (e.IsOfGroup)
        {
            return None(e.Diagnostic.ToString());
        }
        catch (TensorRtException e) when (e.Diagnostic.Code == TensorRtCodes.ShapeValuesMissing)
        {
            string[] places = e.Diagnostic.Where.Split(", ");
            ImmutableArray<Value> open = [.. planned.Segment.Inputs.Where((_, i) => places.Contains(SegmentModel.Input(i)))];
            string names = string.Join(", ", open.Select(v => $"'{v.Name}' ({v.Type})"));
            return None(Verdict.No($"the engine takes sizes from the values of {names}: give their range (--min-shapes, --opt-shapes and "
                + $"--max-shapes {open[0].Name}:VALUExVALUE...)", OpenRule)) with
            { Open = open };
        }
        catch (EnvironmentException e)
        {
            return None(Break(e));
        }
        lock (_lock) _known[key] = outcome;
        return outcome;
    }

    /// <summary>
    /// A profile without empty tensors, for releases and layers that take none; null if it has no empty ones or nothing else.
    /// </summary>
    private static ShapeProfile? AtLeastOne(ShapeProfile profile)
    {
        if (!profile.Inputs.Values.Any(r => r.Min.Contains(0)) || profile.Inputs.Values.Any(r => r.Max.Contains(0))) return null;
        return profile with
        {
            Inputs = profile.Inputs.ToDictionary(i => i.Key, i => new ShapeRange(
                [.. i.Value.Min.Select(m => Math.Max(1, m))], [.. i.Value.Opt.Select(o => Math.Max(1, o))], i.Value.Max)),
        };
    }

    /// <summary>
    /// The nodes of a group that need a value whose sizes have no range, or what they compute from it as long as its sizes have none
    /// either. They fall back, so that the rest of the group has an engine; none if there is no rest.
    /// </summary>
    private Dictionary<Node, Verdict> Behind(PlacedGroup planned, GroupOutcome outcome)
    {
        Dictionary<Node, Verdict> behind = new(ReferenceEqualityComparer.Instance);
        if (outcome.Open.IsEmpty) return behind;
        HashSet<Value> open = [.. outcome.Open];
        foreach (int n in planned.Segment.Nodes)
        {
            Node node = planned.Node(n);
            if (!node.Inputs.Any(v => v is not null && open.Contains(v)) && !node.Captures.Any(open.Contains)) continue;
            behind.Add(node, outcome.Verdict);
            open.UnionWith(node.Outputs.OfType<Value>().Where(IsOpen));
        }
        if (behind.Count == planned.Segment.Nodes.Length) behind.Clear();
        return behind;
    }

    /// <summary>Finds the node that makes a build fail. Without such a node the group has no engine, and a reason.</summary>
    private (Node? Node, GroupOutcome Outcome) Diagnose(
        PlacedGroup planned, SegmentModel group, TensorRtException failure, bool canMove, CancellationToken cancellation)
    {
        if (_broken is not null || Guarded(Probe) != true) return (null, None(_broken!));
        if (IsMemory(failure))
        {
            // Perhaps other builds took the memory at the same time.
            GroupOutcome alone = Build(planned, group, () => 0, 1, cancellation);
            if (alone.Failure is not { } still) return (null, alone);
            return (null, None($"too little device memory: {still.Message}"));
        }
        int[] named = [.. ParserVerdict.Nodes(group, failure.ParserErrors)];
        if (!canMove || (named.Length == 0 && _searches >= options.MaxFaultSearches)) return (null, None(failure.Message));
        if (named.Length > 0) return (planned.Node(named[0]), None(failure.Message));
        _searches++;
        ImmutableArray<int> nodes = planned.Segment.Nodes;
        Report(0, 1, $"searching for the node among {nodes.Length} that makes the build fail");
        int at = FaultSearch.Find(nodes.Length, Suspects(planned, failure), count => PrefixBuilds(planned, count, cancellation));
        return (planned.Node(nodes[at]), None(failure.Message));
    }

    private bool PrefixBuilds(PlacedGroup planned, int count, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (count == 0) return true;
        GraphSegment first = GraphSegment.Of(planned.Graph, planned.Segment.Nodes[..count], isEngine: true);
        PlacedGroup prefix = planned with { Group = planned.Group with { Segment = first } };
        if (Write(prefix) is not { } group || ProfileOf(prefix, out _) is not { } profile) return false;
        return _builder.Builds(group, WeightBytes(prefix.Segment), AtLeastOne(profile) ?? profile, cancellation);
    }

    /// <summary>Nodes whose names are in TensorRT's messages, longest names first: a short name may be part of a longer one.</summary>
    private static IEnumerable<int> Suspects(PlacedGroup planned, TensorRtException failure)
    {
        string log = string.Join('\n', failure.Log.Select(l => l.Message));
        return planned.Segment.Nodes.Select((n, place) => (planned.Node(n).Name, place))
            .Where(n => n.Name.Length > 0 && log.Contains(n.Name, StringComparison.Ordinal))
            .OrderByDescending(n => n.Name.Length).Select(n => n.place);
    }

    private static bool IsMemory(TensorRtException failure)
    {
        return failure.Log.Any(l =>
            Has(l, "out of memory") || Has(l, "OutOfMemory") || (Has(l, "memory") && Has(l, "could not be allocated")));
        static bool Has(LogLine line, string text) => line.Message.Contains(text, StringComparison.OrdinalIgnoreCase);
    }

    private static long WeightBytes(GraphSegment segment) => segment.Weights.Sum(w => w.Data!.ByteCount);

    private bool Probe()
    {
        _builder.Probe();
        return true;
    }

    /// <summary>Releases the builders.</summary>
    public void Dispose() => _builder.Dispose();

    private string Break(EnvironmentException e)
    {
        lock (_lock) return _broken ??= e.Diagnostic.ToString();
    }

    /// <summary>Runs a call of TensorRT. If TensorRT itself fails, no group gets an engine, and the reason is kept.</summary>
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
