using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.EngineBuilder;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Debugging;
using GraphPartition.MixedPrecision.Diagnostics;
using GraphPartition.MixedPrecision.Rewriting;
using GraphPartition.MixedPrecision.Search;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Builds the engine of one group again so that it is good enough: without TF32, or with few nodes in FP32 by Casts in the graph, which
/// strongly typed engines obey too. What is tried first follows from the emulation on the CPU; engines decide.
/// </summary>
/// <param name="judge">Judges engines of the group.</param>
/// <param name="compiler">Builds engines without TF32.</param>
/// <param name="placed">The group in the compiled model.</param>
/// <param name="alone">The group as a compiled model of its own, with the engine that is not good enough.</param>
/// <param name="samples">The values that reach it.</param>
/// <param name="operators">What is known of operators.</param>
/// <param name="stage">Receives what is being done.</param>
internal sealed class EngineRepair(EngineJudge judge, EngineCompiler compiler, PlacedGroup placed, CompiledModel alone,
    IReadOnlyList<IReadOnlyDictionary<string, OrtValue>> samples, OperatorTable operators, Action<string> stage)
{
    /// <summary>The most engines that are built for one group to find the nodes that stay in FP32.</summary>
    private const int MostBuilds = 64;

    /// <summary>The most names of nodes in a message; the report has all.</summary>
    private const int MostNames = 10;

    private (RebuiltGroup Group, Compilation? Plan, EngineJudgment Judgment, int Kept)? _best;
    private int _builds;

    /// <summary>Searches.</summary>
    /// <param name="finding">What was found so far.</param>
    /// <param name="first">How far the engine is from its nodes.</param>
    /// <param name="isOther">Whether the builds here have other options than that engine.</param>
    /// <param name="current">The plan; null: the graph cannot change.</param>
    /// <param name="cancellation">Stops builds.</param>
    /// <returns>The group with the new engine, null if none is good enough; the plan, changed or not; and what was found.</returns>
    public (RebuiltGroup? Group, Compilation? Plan, EngineFinding Finding) Run(
        EngineFinding finding, EngineJudgment first, bool isOther, Compilation? current, CancellationToken cancellation)
    {
        string fault = first.Difference.Fault!;
        if (isOther && Try(RebuiltGroup.Of(compiler, alone, cancellation), current, 0) is { Holds: true } exact)
            return (_best!.Value.Group, current, finding with
            {
                Outcome = "rebuilt",
                After = exact.Measured,
                Builds = _builds,
                Message = $"{fault}; it was built again in 32-bit floats without TF32, and agrees",
            });
        PlacedGroup? planned = current?.Plan.Cut.Place(current.Model).FirstOrDefault(g => g.Group.Id == placed.Group.Id);
        Node[] within = planned is null ? [] : [.. planned.Segment.Nodes.Select(planned.Node)];
        Node[] candidates = [.. within.Where(RaisedGraph.CanRaise)];
        if (candidates.Length == 0) return (null, current, finding with { Message = fault, Builds = _builds });

        string possible = "";
        var search = new BisectedUnits(MostBuilds, kept =>
        {
            if (kept.Length == 0) return false; // those engines are not good enough
            stage($"building TrtNode_{placed.Group.Id} with {kept.Length} of {candidates.Length} nodes in FP32");
            Compilation changed = Raised(current!, [.. kept.Select(k => candidates[k])], [.. within]);
            EngineJudgment judgment = Try(Built(changed, current!, cancellation), changed, kept.Length);
            if (kept.Length == candidates.Length) possible = judgment.Measured;
            return judgment.Holds;
        });
        if (search.Find(Order(current!, planned!, candidates)) is not { } found)
            return (null, current, finding with
            {
                Message = $"{fault}; the best possible is {possible}, with every node in FP32 and without TF32",
                Builds = _builds,
            });
        var best = _best!.Value;
        string listed = string.Join(", ", found.Take(MostNames).Select(k => candidates[k].Label));
        if (found.Length > MostNames) listed += ", ...";
        string limit = search.IsCutShort ? $"; the search ended after {_builds} builds, so fewer nodes may be enough" : "";
        return (best.Group, best.Plan, finding with
        {
            Outcome = "partly fp32",
            After = best.Judgment.Measured,
            Kept = [.. found.Select(k => candidates[k].DisplayName)],
            Builds = _builds,
            Message = $"{fault}; with {found.Length} of {candidates.Length} nodes in FP32: {best.Judgment.Measured}, "
                + $"after {_builds} builds: {listed}{limit}",
        });
    }

    /// <summary>Judges a built group. Of the good ones, only the first with the fewest nodes in FP32 stays in memory.</summary>
    private EngineJudgment Try(RebuiltGroup? built, Compilation? plan, int kept)
    {
        _builds++;
        EngineJudgment judgment = built is null ? EngineJudgment.NotBuilt : judge.Judge(built.Alone);
        if (judgment.Holds && (_best is null || kept < _best.Value.Kept)) _best = (built!, plan, judgment, kept);
        return judgment;
    }

    /// <summary>The plan with some nodes of the group in FP32.</summary>
    private Compilation Raised(Compilation current, HashSet<Node> nodes, HashSet<Node> within)
    {
        RaisedGraph raised = RaisedGraph.Of(current.Model, operators, nodes, within, current.Originals);
        return current.With(raised.Graph, raised.Casts);
    }

    /// <summary>
    /// The group of a changed plan with an engine. Casts neither split nor make an engine; if a limit on engines drops one all the same,
    /// there is no such group.
    /// </summary>
    private RebuiltGroup? Built(Compilation changed, Compilation current, CancellationToken cancellation)
    {
        CompiledModel whole = changed.ToCompiledModel();
        PlacedGroup[] groups = [.. whole.PlacedGroups];
        return groups.Length != current.Plan.Cut.AllGroups.Count() ? null
            : RebuiltGroup.Of(compiler, whole.Alone(groups.Single(g => g.Group.Id == placed.Group.Id)), cancellation);
    }

    /// <summary>The candidates, those first that cost most at the outputs of the group by the emulation on the CPU.</summary>
    private int[] Order(Compilation current, PlacedGroup planned, Node[] candidates)
    {
        stage($"measuring {candidates.Length} nodes of TrtNode_{placed.Group.Id}");
        Model group = current.Model with { Graph = planned.Segment.Extract(planned.Graph, weightsAsInputs: false, "group") };
        RaisedGraph full = RaisedGraph.Of(group, operators, candidates.ToHashSet(), group.Graph.Nodes.ToHashSet(), current.Originals);
        LowFormat format = LowFormat.Of(candidates.SelectMany(n => n.Outputs.Concat(n.Inputs)).First(RaisedGraph.IsLow)!.ElementType)!;
        int[] order = [.. Enumerable.Range(0, candidates.Length)];
        try
        {
            double[] noise = NodeNoise.Of(group with { Graph = full.Graph }, [.. candidates.Select(n => full.Copies[n])], format, operators,
                judge.Covered ?? new CoveredOutputs([], group.Graph), new OrtSampleRunner(samples));
            return [.. order.OrderByDescending(k => double.IsNaN(noise[k]) ? double.PositiveInfinity : noise[k])];
        }
        catch (ModelException e) when (e.Diagnostics is [{ Code: var code }] && code == PrecisionCodes.NaNInModel)
        {
            return order; // with NaN in the outputs nothing can be measured
        }
    }
}

/// <summary>A group whose engine was built anew.</summary>
/// <param name="Alone">The group with the engine, as a compiled model of its own.</param>
/// <param name="Report">How it was built.</param>
internal sealed record RebuiltGroup(CompiledModel Alone, GroupReport Report)
{
    /// <summary>The group with its engine, if there is one.</summary>
    public TrtNode Group => Alone.Cut.Groups[0];

    /// <summary>Builds the engine of a group.</summary>
    public static RebuiltGroup Of(EngineCompiler compiler, CompiledModel alone, CancellationToken cancellation)
    {
        (CompiledModel compiled, BuildReport report) = compiler.Add(alone.WithGroups(g => g with { Engines = [] }), cancellation);
        return new(compiled, report.Groups[0]);
    }
}
