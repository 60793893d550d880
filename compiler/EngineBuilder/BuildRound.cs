using System.Collections.Immutable;
using GraphPartition.Compiler.Observing;
using GraphPartition.TensorRt;

namespace GraphPartition.EngineBuilder;

/// <summary>
/// One round over the groups of a plan, those in bodies included: the parser judges each group, then the builder builds each. What an
/// earlier round judged or built is not repeated. The result is the nodes that TensorRT rejects, which the next plan moves to the fallback.
/// </summary>
internal sealed class BuildRound : IDisposable
{
    private readonly EngineOptions _options;
    private readonly Action<Diagnostic> _warn;
    private readonly GroupBuilder _builder;
    private readonly GroupModels _models;
    private readonly BuildDiagnosis _diagnosis;
    private readonly Dictionary<string, GroupOutcome> _known = [];
    private readonly HashSet<string> _judged = [];
    private readonly Lock _lock = new();
    private string? _broken; // why no build can succeed on this machine; null: builds can succeed

    public BuildRound(
        BuildMachine machine, EngineOptions options, Model source, ImmutableArray<ObservedValue> observed, Action<Diagnostic> warn)
    {
        (_options, _warn) = (options, warn);
        _builder = new GroupBuilder(machine, options, warn);
        _models = new GroupModels(machine.Release, options, source, observed);
        _diagnosis = new BuildDiagnosis(_builder, _models, options);
    }

    /// <summary>The outcome of each group of the last round, in the order of the groups.</summary>
    public ImmutableArray<GroupOutcome> Outcomes { get; private set; } = [];

    /// <summary>Judges and builds.</summary>
    /// <param name="graph">The model's graph, which is partitioned.</param>
    /// <param name="groups">The groups in it and in its bodies.</param>
    /// <param name="canMove">Whether nodes may move; if not, a group with a rejected node stays without an engine.</param>
    /// <param name="cancellation">Stops the round.</param>
    /// <returns>The nodes that must move to the fallback and why, in the order of their groups; empty if the plan can stay as it
    /// is.</returns>
    public IReadOnlyDictionary<Node, Blame> Run(
        Graph graph, ImmutableArray<PlacedGroup> groups, bool canMove, CancellationToken cancellation)
    {
        _builder.Cancellation = cancellation;
        OrderedDictionary<Node, Blame> bad = new(ReferenceEqualityComparer.Instance);
        _models.Propagate(graph, groups);
        var models = new SegmentModel?[groups.Length];
        var no = new Verdict[groups.Length];
        for (int i = 0; i < groups.Length && _broken is null; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Report(i, groups.Length, "checking with the parser");
            if (!(no[i] = groups[i].Around?.RunsEngines ?? Verdict.Yes).IsYes) continue;
            SortedDictionary<int, Blame> here = [];
            models[i] = Judge(groups[i], here, out Verdict unknown, cancellation);
            no[i] = unknown;
            if (here.Count > 0) no[i] = here.First().Value.No;
            foreach ((int node, Blame why) in here) bad[groups[i].Node(node)] = why;
        }
        if (canMove && bad.Count > 0) return bad;

        bad.Clear();
        var outcomes = new GroupOutcome[groups.Length];
        int done = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, _options.Jobs), CancellationToken = cancellation };
        Guarded(() => Parallel.For(0, groups.Length, parallel, i =>
        {
            outcomes[i] = !no[i].IsYes ? None(no[i])
                : Build(groups[i], models[i], () => Volatile.Read(ref done), groups.Length, cancellation);
            Report(Interlocked.Increment(ref done), groups.Length, $"group {i}");
        }));
        for (int i = 0; i < groups.Length; i++)
        {
            if (outcomes[i].Failure is not { } failure) continue;
            outcomes[i] = None(failure.Message);
            if (Diagnose(groups[i], models[i]!, failure, canMove, cancellation, ref outcomes[i]) is var (guilty, why)) bad[guilty] = why;
        }
        if (canMove && !_options.IsRequired)
            for (int i = 0; i < groups.Length; i++)
                foreach ((Node behind, Blame why) in Behind(groups[i], outcomes[i])) bad[behind] = why;
        if (bad.Count > 0) return bad;
        Outcomes = [.. outcomes];
        foreach (var alike in outcomes.Where(o => o.Engine is null).GroupBy(o => o.Verdict.Reason!))
        {
            string where = outcomes.Length == 1 ? "the group" : $"{alike.Count()} of {outcomes.Length} groups";
            _warn(EngineBuilderCodes.GroupWithoutEngine.At(where, alike.Key));
        }
        return bad;
    }

    private void Report(int done, int groups, string what, BuildProgress? build = null)
    {
        lock (_lock) _options.Progress?.Report(new EngineProgress(done, groups, what) { Build = build });
    }

    private GroupOutcome None(Verdict no) => new(_builder.Target, null, null, no);

    private GroupOutcome None(string reason) => None(Verdict.No(reason, Blame.BuildRule));

    /// <summary>
    /// Writes a group and has the parser judge it; nodes that it refuses go to <paramref name="bad"/>. A group whose engine is in the
    /// cache passed the parser of this release before. If the parser does not come to an end, <paramref name="unknown"/> is a no.
    /// </summary>
    private SegmentModel? Judge(
        PlacedGroup planned, SortedDictionary<int, Blame> bad, out Verdict unknown, CancellationToken cancellation)
    {
        unknown = Verdict.Yes;
        if (_models.Write(planned) is not { } group)
        {
            foreach ((int node, string reason) in _models.Inexpressible(planned))
                bad[node] = new(Blame.Parser, $"{_models.Release}: {reason}", Blame.Inexpressible);
            return null;
        }
        string content = EngineDescription.ContentOf(group);
        if (_judged.Contains(content)) return group;
        if (_models.ProfileOf(planned, out _) is { } profile && _builder.IsCached(group, profile)) return group;
        try
        {
            var refused = Guarded(() => new ParserSearch(_builder, _models, cancellation).Refused(planned, group));
            foreach ((int node, Blame why) in refused ?? []) bad[node] = why;
        }
        catch (TensorRtException e) when (e.IsOfGroup)
        {
            unknown = Verdict.No(e.Diagnostic.ToString(), Blame.BuildRule); // the parser hangs: a search for the node would, too
            return group;
        }
        if (bad.Count == 0) _judged.Add(content);
        return group;
    }

    private GroupOutcome Build(PlacedGroup planned, SegmentModel? group, Func<int> done, int groups, CancellationToken cancellation)
    {
        if (_broken is not null || group is null) return None(_broken ?? "the group cannot be expressed in an opset of this parser");
        if (_models.ProfileOf(planned, out string? open) is not { } profile)
            return None(Verdict.No(open!, Blame.BoundsRule)) with { Open = [.. planned.Segment.Inputs.Where(_models.IsOpen)] };
        GroupOutcome outcome = Build(planned, group, profile, done, groups, cancellation);
        return outcome.Failure is not null && profile.WithoutEmpty() is { } filled
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
            GroupEngine engine = _builder.Engine(group, GroupModels.WeightBytes(planned), profile, progress, cancellation);
            outcome = new(_builder.Target, engine, profile, Verdict.Yes);
        }
        catch (TensorRtException e) when (e.IsRefusal)
        {
            return new(_builder.Target, null, profile, Verdict.No(e.Message, Blame.BuildRule)) { Failure = e };
        }
        catch (TensorRtException e) when (e.IsOfGroup)
        {
            return None(e.Diagnostic.ToString());
        }
        catch (TensorRtException e) when (e.Diagnostic.Code == TensorRtCodes.ShapeValuesMissing)
        {
            string[] places = e.Diagnostic.Where.Split(", ");
            ImmutableArray<Value> open = [.. planned.Segment.Inputs.Where((_, i) => places.Contains(planned.Group.InputName(i)))];
            string names = string.Join(", ", open.Select(v => $"'{v.Name}' ({v.Type})"));
            return None(Verdict.No($"the engine takes sizes from the values of {names}: give their range (--min-shapes, --opt-shapes and "
                + $"--max-shapes {open[0].Name}:VALUExVALUE...)", Blame.BoundsRule)) with
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
    /// The nodes of a group that need a value whose sizes have no range, or what they compute from it as long as its sizes have none
    /// either. They fall back, so that the rest of the group has an engine; none if there is no rest.
    /// </summary>
    private Dictionary<Node, Blame> Behind(PlacedGroup planned, GroupOutcome outcome)
    {
        Dictionary<Node, Blame> behind = new(ReferenceEqualityComparer.Instance);
        if (outcome.Open.IsEmpty) return behind;
        HashSet<Value> open = [.. outcome.Open];
        foreach (int n in planned.Segment.Nodes)
        {
            Node node = planned.Node(n);
            if (!node.Inputs.Any(v => v is not null && open.Contains(v)) && !node.Captures.Any(open.Contains)) continue;
            behind.Add(node, new(Blame.Bounds, outcome.Verdict.Reason!, Blame.Behind));
            open.UnionWith(node.Outputs.OfType<Value>().Where(_models.IsOpen));
        }
        if (behind.Count == planned.Segment.Nodes.Length) behind.Clear();
        return behind;
    }

    /// <summary>The node at fault; null if none is. Then the outcome has the reason, or an engine that a second try gave.</summary>
    private (Node Node, Blame Blame)? Diagnose(
        PlacedGroup planned, SegmentModel group, TensorRtException failure, bool canMove, CancellationToken cancellation,
        ref GroupOutcome outcome)
    {
        if (_broken is null) Guarded(_diagnosis.CheckMachine);
        if (_broken is not null)
        {
            outcome = None(_broken);
            return null;
        }
        if (failure.Diagnostic.Code != TensorRtCodes.BuilderCrashed) // a crash was tried twice already
        {
            // A failure that does not repeat is no node's fault. Perhaps other builds took the memory at the same time.
            outcome = Build(planned, group, () => 0, 1, cancellation);
            if (outcome.Failure is not { } still) return null;
            (failure, outcome) = (still, None(still.Message));
        }
        ShapeProfile profile = _models.ProfileOf(planned, out _)!;
        if (_diagnosis.OtherCause(group, GroupModels.WeightBytes(planned), profile, failure, cancellation) is not { } cause)
            return canMove ? _diagnosis.AtFault(planned, group, failure, cancellation) : null;
        outcome = None(cause);
        return null;
    }

    /// <summary>Releases the builders.</summary>
    public void Dispose() => _builder.Dispose();

    private string Break(EnvironmentException e)
    {
        lock (_lock) return _broken ??= e.Diagnostic.ToString();
    }

    private void Guarded(Action action) => Guarded(() =>
    {
        action();
        return true;
    });

    /// <summary>Runs a call of TensorRT. If TensorRT itself fails, no group gets an engine, and the reason is kept.</summary>
    private T? Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (EnvironmentException e) when (e is not TensorRtException { IsOfGroup: true })
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
