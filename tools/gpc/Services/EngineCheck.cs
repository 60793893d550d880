using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.EngineBuilder;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Diagnostics;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Library;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Compares each engine with its nodes in FP32 on the values that reach the group in runs of the model. One that is not good enough is
/// built again: first without TF32, then with few of its nodes in FP32. If that does not help, the first node with other numbers is
/// found by bisection, and the engine is left out.
/// </summary>
/// <param name="machine">Where engines are built and run.</param>
/// <param name="build">How the engines were built.</param>
/// <param name="run">How sessions run.</param>
internal sealed class EngineCheck(TensorRtMachine machine, EngineOptions build, ModelSessionOptions run)
{
    private readonly EngineOptions _exact = build with
    {
        Build = build.Build with
        {
            Precision = build.Build.Precision == Precision.AsTyped ? Precision.AsTyped : Precision.Fp32,
            Tf32 = false,
        },
        IsRequired = false,
    };

    /// <summary>What the outputs of engines must keep; empty: the tolerance of the types that they compute in.</summary>
    public ImmutableArray<AccuracyBudget> Budgets { get; init; } = [];

    /// <summary>Receives what is being done.</summary>
    public Action<string> Stage { get; init; } = _ => { };

    /// <summary>Checks all engines of this machine in the model's graph. Groups in bodies are not checked.</summary>
    /// <param name="compiled">The compiled model with its engines.</param>
    /// <param name="compilation">The plan that it was made from; null: its graph cannot change.</param>
    /// <param name="samples">The inputs of the runs.</param>
    /// <param name="cancellation">Stops builds.</param>
    /// <exception cref="Foundation.ModelException">GP3112: a budget names no output of an engine.</exception>
    public CheckedEngines Check(CompiledModel compiled, Compilation? compilation,
        IReadOnlyList<IReadOnlyDictionary<string, OrtValue>> samples, CancellationToken cancellation)
    {
        PlacedGroup[] groups = [.. compiled.PlacedGroups];
        CheckNames([.. groups.SelectMany(g => g.Segment.Outputs).Select(v => v.Name)]);
        IReadOnlyDictionary<Value, Value> originals = compilation?.Originals ?? ImmutableDictionary<Value, Value>.Empty;
        using var values = new EngineInputs(compiled, [.. groups.Where(IsChecked)], samples, build.Operators, originals, run);
        var findings = ImmutableArray.CreateBuilder<EngineFinding>();
        var mended = new Dictionary<int, TrtNode>();
        var reports = new Dictionary<int, GroupReport>();
        Compilation? current = compilation;
        foreach (PlacedGroup placed in groups.Where(g => !g.Group.Engines.IsEmpty))
        {
            cancellation.ThrowIfCancellationRequested();
            int id = placed.Group.Id;
            if (!IsChecked(placed))
            {
                findings.Add(new(id, "not checked", 0, 0, null, null));
                continue;
            }
            Stage($"checking the engine of TrtNode_{id}");
            CompiledModel alone = compiled.Alone(placed);
            var judge = new EngineJudge(alone, Budgets, values.Samples, build.Operators, originals, run);
            EngineJudgment first = judge.Judge(alone);
            var finding = new EngineFinding(id, "agrees", first.Difference.MaxAbsolute, first.Difference.MaxRelative,
                first.Difference.SignalToNoise, null)
            { Before = first.Measured, After = first.Measured };
            if (first.Holds)
            {
                findings.Add(finding);
                continue;
            }
            EngineRepair repair = new(judge, new EngineCompiler(machine, _exact), placed, alone, values.Samples, build.Operators, Stage);
            (RebuiltGroup? rebuilt, current, finding) = repair.Run(finding, first, _exact.Build != build.Build, current, cancellation);
            if (rebuilt is null)
            {
                string message = $"{finding.Message}; the first node with other numbers is "
                    + $"{FirstDifferent(alone, values, originals, cancellation)}; the engine was left out";
                finding = finding with { Outcome = "dropped", After = null, Message = message };
            }
            findings.Add(finding);
            mended.Add(id, rebuilt?.Group ?? placed.Group with { Engines = [] });
            reports.Add(id, rebuilt?.Report ?? new(id, placed.Segment.Nodes.Length, "none", 0, 0, "", finding.Message, null));
        }
        foreach (PlacedGroup placed in groups) mended.TryAdd(placed.Group.Id, placed.Group);
        CompiledModel result = ReferenceEquals(current, compilation) ? compiled : current!.ToCompiledModel();
        return new(result.WithGroups(g => g with { Engines = mended[g.Id].Engines, Profiles = mended[g.Id].Profiles }), current,
            findings.ToImmutable())
        { Reports = reports };
    }

    private static bool IsChecked(PlacedGroup placed) => placed.Around is null && !placed.Group.Engines.IsEmpty;

    private void CheckNames(HashSet<string> outputs)
    {
        if (Budgets.FirstOrDefault(b => b.Output is { } name && !outputs.Contains(name)) is { } unknown)
            throw PrecisionCodes.BadBudget.Error($"--budget {unknown}",
                $"no engine has an output '{unknown.Output}'{Foundation.NearNames.Hint(unknown.Output!, [.. outputs])}");
    }

    private string FirstDifferent(
        CompiledModel alone, EngineInputs values, IReadOnlyDictionary<Value, Value> originals, CancellationToken cancellation)
    {
        PlacedGroup whole = alone.PlacedGroups.Single();
        var compiler = new EngineCompiler(machine, _exact);
        ImmutableArray<int> nodes = whole.Segment.Nodes;
        int at = FaultSearch.Find(nodes.Length, [], count =>
        {
            if (count == 0) return true;
            GraphSegment first = GraphSegment.Of(whole.Graph, nodes[..count], isEngine: true);
            CompiledModel prefix = alone.Alone(whole with { Group = whole.Group with { Segment = first } });
            var judge = new EngineJudge(prefix, [.. Budgets.Where(b => b.Output is null)], values.Samples, build.Operators, originals, run);
            return judge.Judge(RebuiltGroup.Of(compiler, prefix, cancellation).Alone).Holds;
        });
        return whole.Node(nodes[at]).Label;
    }
}

/// <summary>A model whose engines were checked.</summary>
/// <param name="Compiled">The model with the engines that hold.</param>
/// <param name="Compilation">The plan that it was made from; another one if nodes became FP32.</param>
/// <param name="Findings">What was found for each group with an engine.</param>
internal sealed record CheckedEngines(CompiledModel Compiled, Compilation? Compilation, ImmutableArray<EngineFinding> Findings)
{
    /// <summary>What became of engines that were not good enough, by group.</summary>
    public required IReadOnlyDictionary<int, GroupReport> Reports { get; init; }
}
