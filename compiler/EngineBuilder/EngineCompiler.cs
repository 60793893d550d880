using System.Collections.Immutable;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Observing;
using GraphPartition.TensorRt;

namespace GraphPartition.EngineBuilder;

/// <summary>
/// Builds the engines of a plan. If the installed parser or the builder rejects a node of a group, that node is expanded or moves to the
/// fallback, and the rest is planned again; groups that did not change keep their engines. A compile so ends with a plan that this TensorRT
/// runs, and one rejected node does not cost a group its engine.
/// </summary>
/// <param name="machine">The TensorRT to build with, and what to build for. A <see cref="TensorRtMachine"/> converts to it.</param>
/// <param name="options">The options of the builds.</param>
public sealed class EngineCompiler(BuildMachine machine, EngineOptions options)
{
    /// <summary>The most names of nodes in one warning; the report has all of them.</summary>
    private const int MostNames = 10;

    private readonly List<Diagnostic> _warnings = [];
    private readonly List<(Node Node, Blame Blame)> _moved = [];
    private readonly Lock _lock = new();

    /// <summary>Builds the engines of a plan and emits the compiled model with them.</summary>
    /// <param name="planned">The plan.</param>
    /// <param name="cancellation">Stops the builds.</param>
    /// <exception cref="ModelException">The options do not fit the release or the model (GP4009, GP4010).</exception>
    /// <exception cref="EnvironmentException">
    /// Engines are required, and a group has none or a node had to move to the fallback (GP4020).
    /// </exception>
    public EngineCompilation Compile(Compilation planned, CancellationToken cancellation = default)
    {
        using BuildRound round = Start(planned.Model, planned.Observed);
        Compilation current = planned;
        int rounds = 1;
        while (true)
        {
            ImmutableArray<PlacedGroup> groups = [.. current.Plan.Cut.Place(current.Model).Select(Named)];
            IReadOnlyDictionary<Node, Blame> bad = round.Run(current.Plan.Graph, groups, canMove: true, cancellation);
            if (bad.Count == 0) break;
            current = current.Replan(
                bad.Select(b => KeyValuePair.Create(b.Key, b.Value.No)), node => bad[node].By != Blame.Bounds);
            Moved(bad);
            if (options.IsRequired && bad.Where(b => !IsExpanded(b.Key, current)).ToDictionary() is { Count: > 0 } lost)
                throw new EnvironmentException(TensorRtCodes.EnginesRequired, Counted(lost.Count, "node"), string.Join("\n  ", Causes(lost)));
            rounds++;
        }
        CompiledModel emitted = current.ToCompiledModel();
        ImmutableArray<MovedNode> moved = [.. _moved.Select(m => ReportOf(m.Node, m.Blame, current))];
        return new EngineCompilation(current, Attach(emitted, round), Report(emitted, round, rounds, moved));
    }

    /// <summary>
    /// Adds the engines of this machine to a compiled model. Its plan does not change. Stale engines, built from other nodes or
    /// weights, are dropped for all machines, with a warning each (GP4023).
    /// </summary>
    /// <param name="compiled">The compiled model, in the canonical opset or in the opset that it is written in.</param>
    /// <param name="cancellation">Ends the builds.</param>
    /// <returns>The model with its engines, in the opset that it is written in.</returns>
    public (CompiledModel Compiled, BuildReport Report) Add(CompiledModel compiled, CancellationToken cancellation = default)
    {
        using BuildRound round = Start(compiled.Model, []);
        round.Run(compiled.Model.Graph, [.. compiled.PlacedGroups.Select(Named)], canMove: false, cancellation);
        return (Attach(WithoutUnusable(compiled.Lower()), round), Report(compiled, round, 1, moved: []));
    }

    private CompiledModel WithoutUnusable(CompiledModel compiled)
    {
        ImmutableArray<UnusableEngine> stale = EngineOrigin.FindUnusable(compiled);
        if (stale.IsEmpty) return compiled;
        foreach (UnusableEngine s in stale) Warn(s.Dropped);
        HashSet<EngineBlob> dropped = new(stale.Select(s => s.Engine), ReferenceEqualityComparer.Instance);
        return compiled.WithGroups(g => g with { Engines = [.. g.Engines.Where(e => !dropped.Contains(e))] });
    }

    /// <summary>A group with the names of its engines' tensors. All engines of a group have the same.</summary>
    private PlacedGroup Named(PlacedGroup placed) => placed.Group.Engines.IsEmpty
        ? placed with { Group = placed.Group with { NamesValues = options.NamesValues } } : placed;

    private BuildRound Start(Model model, ImmutableArray<ObservedValue> observed)
    {
        // Another program checks its options itself.
        BuildOptions build = options.Build with { Capability = machine.CapabilityToName };
        if (options.Command is null && build.Check(machine.Release) is { Count: > 0 } faults) throw new ModelException(faults);
        return new BuildRound(machine, options, model, observed, Warn);
    }

    private CompiledModel Attach(CompiledModel compiled, BuildRound round)
    {
        string[] missing = [.. round.Outcomes.Where(o => o.Engine is null).Select(o => o.Verdict.Reason!).Distinct()];
        if (options.IsRequired && missing.Length > 0)
            throw new EnvironmentException(TensorRtCodes.EnginesRequired, Counted(round.Outcomes.Count(o => o.Engine is null), "group"),
                string.Join("\n  ", missing));
        Queue<TrtNode> next = new(compiled.PlacedGroups.Zip(round.Outcomes, (placed, outcome) => With(compiled, placed, outcome)));
        return compiled.WithGroups(_ => next.Dequeue());
    }

    /// <summary>An engine replaces one for the same target. Others stay.</summary>
    private TrtNode With(CompiledModel compiled, PlacedGroup placed, GroupOutcome outcome)
    {
        TrtNode group = Named(placed).Group;
        if (outcome.Engine is not { } engine) return group;
        string key = EngineOrigin.KeyOf(compiled, placed);
        EngineBlob built = EngineBlob.Embed(outcome.Target, engine.Bytes) with { Content = key, IsTrusted = true };
        IEnumerable<EngineBlob> others = group.Engines.Where(e => !e.Target.Serves(outcome.Target));
        return group with
        {
            Engines = [.. others, built],
            Profiles = [.. group.Segment.Inputs
                .Select((v, i) => (v.Name, Range: outcome.Profile!.Inputs.GetValueOrDefault(group.InputName(i))))
                .Where(x => x.Range is not null).Select(
                    x => new InputProfile(x.Name, [.. x.Range!.Min], [.. x.Range.Opt], [.. x.Range.Max]))],
        };
    }

    private BuildReport Report(CompiledModel compiled, BuildRound round, int rounds, ImmutableArray<MovedNode> moved) => new(
        machine.ToString(),
        [.. compiled.PlacedGroups.Zip(round.Outcomes, ReportOf)],
        moved, rounds, [.. _warnings]);

    private static MovedNode ReportOf(Node node, Blame blame, Compilation planned) =>
        new(node.DisplayName, node.Op.ToString(), blame.By, blame.Cause)
        {
            Evidence = blame.Evidence,
            IsExpanded = IsExpanded(node, planned),
        };

    private static bool IsExpanded(Node node, Compilation planned) =>
        node.Output(0) is { } result && planned.Expansions.Any(e => e.Result == result.Name && e.Op == node.Op);

    private static GroupReport ReportOf(PlacedGroup placed, GroupOutcome outcome)
    {
        GroupEngine? engine = outcome.Engine;
        return new(placed.Group.Id, placed.Segment.Nodes.Length, engine is null ? "none" : engine.IsBuilt ? "built" : "cache",
            engine?.Milliseconds ?? 0, engine?.Bytes.Length ?? 0, engine?.Key.Hex ?? "",
            outcome.Verdict.Reason, placed.Around?.Node.DisplayName)
        { Capability = outcome.Target.ComputeCapability };
    }

    /// <summary>Records every node, and warns once for each cause.</summary>
    private void Moved(IReadOnlyDictionary<Node, Blame> bad)
    {
        _moved.AddRange(bad.Select(b => (b.Key, b.Value)));
        foreach (var alike in bad.GroupBy(b => (b.Value.By, b.Value.Cause, IsClaimed: IsClaimed(b.Key))))
        {
            DiagnosticCode code = alike.Key.By switch
            {
                Blame.Bounds => EngineBuilderCodes.SizesOpen,
                Blame.Parser => alike.Key.IsClaimed ? EngineBuilderCodes.ClaimRejected : EngineBuilderCodes.TableDisagrees,
                _ => EngineBuilderCodes.NodeMoved,
            };
            Warn(code.At(NamesOf([.. alike.Select(b => b.Key)]), alike.Key.Cause));
        }
    }

    private bool IsClaimed(Node node) => options.Operators.Extensions.Any(e => e.Name == node.Op);

    private static IEnumerable<string> Causes(IReadOnlyDictionary<Node, Blame> bad) =>
        bad.GroupBy(b => b.Value.Cause).Select(alike => $"{NamesOf([.. alike.Select(b => b.Key)])}: {alike.Key}");

    private static string NamesOf(Node[] nodes)
    {
        string listed = string.Join(", ", nodes.Take(MostNames).Select(n => $"{n.Op} '{n.DisplayName}'"));
        return nodes.Length <= MostNames ? listed : $"{nodes.Length} nodes: {listed}, ...";
    }

    private static string Counted(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private void Warn(Diagnostic warning)
    {
        lock (_lock)
        {
            if (!_warnings.Contains(warning)) _warnings.Add(warning);
        }
    }
}

/// <summary>A plan with its engines.</summary>
/// <param name="Compilation">The final plan, without the nodes that TensorRT rejected.</param>
/// <param name="Compiled">The compiled model with its engines.</param>
/// <param name="Report">What was built, moved and warned about.</param>
public sealed record EngineCompilation(Compilation Compilation, CompiledModel Compiled, BuildReport Report);
