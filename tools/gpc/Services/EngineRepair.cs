using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.EngineBuilder;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.MixedPrecision.Rewriting;
using GraphPartition.MixedPrecision.Search;
using GraphPartition.Onnx.Reading;
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

    private readonly Dictionary<string, (RebuiltGroup Built, Compilation? Changed, EngineJudgment Judgment)> _tried = [];

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
        Node[] candidates = [];
        ImmutableHashSet<Node> within = [];
        if (current?.Plan.Cut.Place(current.Model).FirstOrDefault(g => g.Group.Id == placed.Group.Id) is { } planned)
        {
            within = [.. planned.Segment.Nodes.Select(planned.Node)];
            candidates = [.. within.Where(RaisedGraph.CanRaise).OrderBy(n => current.Model.Graph.Nodes.IndexOf(n))];
        }
        bool Holds(int[] kept)
        {
            stage($"building TrtNode_{placed.Group.Id} with {kept.Length} of {candidates.Length} nodes in FP32");
            if (kept.Length == 0 && !isOther) return false; // that is the engine that is not good enough
            (RebuiltGroup built, Compilation? changed) = kept.Length == 0 ? (RebuiltGroup.Of(compiler, alone, cancellation), current)
                : Raised(current!, [.. kept.Select(k => candidates[k])], within, cancellation);
            EngineJudgment judgment = judge.Judge(built.Alone);
            _tried[KeyOf(kept)] = (built, changed, judgment);
            return judgment.Holds;
        }
        var search = new BisectedUnits(MostBuilds, Holds);
        int[]? kept = isOther && Holds([]) ? []
            : candidates.Length == 0 ? null : search.Find(Order(current!, candidates, within));
        if (kept is null)
        {
            int[] all = [.. Enumerable.Range(0, candidates.Length)];
            string best = all.Length == 0 ? ""
                : $"; the best possible is {_tried[KeyOf(all)].Judgment.Measured}, with every node in FP32 and without TF32";
            return (null, current, finding with { Message = fault + best, Builds = _tried.Count });
        }
        (RebuiltGroup group, Compilation? changed, EngineJudgment judgment) = _tried[KeyOf(kept)];
        finding = finding with { After = judgment.Measured, Builds = _tried.Count };
        if (kept.Length == 0)
            return (group, current, finding with
            {
                Outcome = "rebuilt",
                Message = $"{fault}; it was built again in 32-bit floats without TF32, and agrees",
            });
        string listed = string.Join(", ", kept.Take(MostNames).Select(k => candidates[k].Label)) + (kept.Length > MostNames ? ", ..." : "");
        string limit = search.IsCutShort ? $"; the search ended after {_tried.Count} builds, so fewer nodes may be enough" : "";
        return (group, changed, finding with
        {
            Outcome = "partly fp32",
            Kept = [.. kept.Select(k => candidates[k].DisplayName)],
            Message = $"{fault}; with {kept.Length} of {candidates.Length} nodes in FP32: {judgment.Measured}, "
                + $"after {_tried.Count} builds: {listed}{limit}",
        });
    }

    /// <summary>The plan with some nodes of the group in FP32, and the group of that plan with an engine.</summary>
    private (RebuiltGroup Built, Compilation Changed) Raised(
        Compilation current, HashSet<Node> nodes, ImmutableHashSet<Node> within, CancellationToken cancellation)
    {
        RaisedGraph raised = RaisedGraph.Of(current.Model, operators, nodes, within, current.Originals);
        Compilation changed = current.With(raised.Graph, raised.Casts);
        CompiledModel whole = changed.ToCompiledModel();
        PlacedGroup[] groups = [.. whole.PlacedGroups];
        // Casts neither split nor make an engine, so the groups are the same ones in the same order.
        if (groups.Length != current.Plan.Cut.AllGroups.Count())
            throw new InternalCompilerException("engine check", "Casts changed the number of engines");
        return (RebuiltGroup.Of(compiler, whole.Alone(groups.Single(g => g.Group.Id == placed.Group.Id)), cancellation), changed);
    }

    /// <summary>The candidates, those first that cost most at the outputs of the group by the emulation on the CPU.</summary>
    private int[] Order(Compilation current, Node[] candidates, ImmutableHashSet<Node> within)
    {
        stage($"measuring {candidates.Length} nodes of TrtNode_{placed.Group.Id}");
        PlacedGroup planned = current.Plan.Cut.Place(current.Model).First(g => g.Group.Id == placed.Group.Id);
        Model group = current.Model with { Graph = planned.Segment.Extract(planned.Graph, weightsAsInputs: false, "group") };
        RaisedGraph full = RaisedGraph.Of(group, operators, candidates.ToHashSet(), within, current.Originals);
        Node[] copies = [.. candidates.Select(n => full.Copies[n])];
        LowFormat format = LowFormat.Of(candidates.SelectMany(n => n.Outputs.Concat(n.Inputs)).First(RaisedGraph.IsLow)!.ElementType)!;
        double[] noise = NodeNoise.Of(group with { Graph = full.Graph }, copies, format, operators,
            judge.Covered ?? new CoveredOutputs([], group.Graph), new OrtSampleRunner(samples));
        return [.. Enumerable.Range(0, candidates.Length)
            .OrderByDescending(k => double.IsNaN(noise[k]) ? double.PositiveInfinity : noise[k])];
    }

    private static string KeyOf(int[] kept) => string.Join(',', kept);
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
