using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.MixedPrecision.Rewriting;
using GraphPartition.Operators;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Compares engines of one group with its nodes in FP32, which ONNX Runtime computes, on the values that reach the group. Budgets decide;
/// outputs that no budget covers must keep the tolerance of the types that the engine computes in.
/// </summary>
internal sealed class EngineJudge
{
    private readonly IReadOnlyList<IReadOnlyDictionary<string, OrtValue>> _samples;
    private readonly ModelSessionOptions _run;
    private readonly ImmutableArray<TensorData>[] _expected;

    /// <summary>Runs the nodes of a group in FP32.</summary>
    /// <param name="alone">The group as a compiled model of its own.</param>
    /// <param name="budgets">The budgets; those of outputs that the group lacks are not looked at.</param>
    /// <param name="samples">The values that reach it, by name, for each sample.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="originals">The FP32 constants that 16-bit constants were made from.</param>
    /// <param name="run">How sessions run.</param>
    public EngineJudge(CompiledModel alone, ImmutableArray<AccuracyBudget> budgets,
        IReadOnlyList<IReadOnlyDictionary<string, OrtValue>> samples, OperatorTable operators, IReadOnlyDictionary<Value, Value> originals,
        ModelSessionOptions run)
    {
        (_samples, _run) = (samples, run);
        Covered = CoveredOutputs.InPart(budgets, alone.Model.Graph);
        using PlainSession session = PlainSession.Load(InFullPrecision(alone.Model, operators, originals), run);
        _expected = [.. samples.Select(sample => TensorsOf(session.Run(Inputs(alone, sample))))];
    }

    /// <summary>The budgets of the group's outputs; null: there are none.</summary>
    public CoveredOutputs? Covered { get; }

    /// <summary>A model with all nodes in FP32 that compute in 16 bits and are in no body. What its inputs and outputs are stays.</summary>
    public static Model InFullPrecision(Model model, OperatorTable operators, IReadOnlyDictionary<Value, Value> originals)
    {
        HashSet<Node> nodes = [.. model.Graph.Nodes.Where(RaisedGraph.CanRaise)];
        return nodes.Count == 0 ? model
            : model with { Graph = RaisedGraph.Of(model, operators, nodes, model.Graph.Nodes.ToHashSet(), originals).Graph };
    }

    /// <summary>Runs the engine of a group.</summary>
    /// <param name="alone">The group with its engine, as a compiled model of its own.</param>
    public EngineJudgment Judge(CompiledModel alone)
    {
        if (alone.Cut.Groups[0].Engines.IsEmpty) return EngineJudgment.NotBuilt;
        using ModelSession session = ModelSession.Create(alone, _run with { Engines = _run.Engines with { Mode = EngineMode.Required } });
        ImmutableArray<TensorData>[] actual = [.. _samples.Select(sample => TensorsOf(session.Run(Inputs(alone, sample))))];
        Dictionary<string, OutputTraits> traits = OutputTraits.Of(alone.Model.Graph, EngineRounding.Of(session.Plan));
        string[] names = [.. alone.Model.Graph.Outputs.Select(v => v.Name)];
        var measures = ImmutableArray.CreateBuilder<OutputMeasure>();
        TensorDifference worst = new(0, 0, 0, null);
        for (int o = 0; o < names.Length; o++)
        {
            if (OutputMeasure.Of(names[o], _expected.Zip(actual, (e, a) => ((TensorData?)e[o], (TensorData?)a[o]))) is { } measure)
                measures.Add(measure);
            for (int s = 0; s < actual.Length; s++)
            {
                TensorData right = _expected[s][o];
                TensorDifference difference = TensorDifference.Between(right, actual[s][o], traits[names[o]].ToleranceOf(right));
                string? fault = difference.Fault is { } text && Covered?.Has(names[o]) != true ? $"'{names[o]}': {text}" : null;
                worst = new(Math.Max(worst.MaxAbsolute, difference.MaxAbsolute), Math.Max(worst.MaxRelative, difference.MaxRelative), 0,
                    worst.Fault ?? fault)
                { SignalToNoise = Least(worst.SignalToNoise, difference.SignalToNoise) };
            }
        }
        ImmutableArray<OutputMeasure> all = measures.ToImmutable();
        if (Covered?.Broken(all) is [var first, ..])
            worst = worst with { Fault = $"'{first.Output}' has {first.Measured}, and the budget is {first.Budget}" };
        return new(worst, Covered?.Worst(all) ?? Decibels(worst.SignalToNoise));
    }

    private static double? Least(double? a, double? b) => a is { } x && b is { } y ? Math.Min(x, y) : a ?? b;

    private static string Decibels(double? ratio) => ratio is { } x ? FormattableString.Invariant($"{x:F1} dB") : "exact";

    private static Dictionary<string, OrtValue> Inputs(CompiledModel alone, IReadOnlyDictionary<string, OrtValue> sample) =>
        alone.Model.Graph.Inputs.ToDictionary(v => v.Name, v => sample[v.Name]);

    private static ImmutableArray<TensorData> TensorsOf(RunResult result)
    {
        using (result) return [.. result.Values.Select(OrtValues.ToTensor)];
    }
}

/// <summary>What an engine computes, compared with its nodes.</summary>
/// <param name="Difference">The greatest differences. Its fault says what misses a budget or a tolerance; null: nothing does.</param>
/// <param name="Measured">The worst output in the words of its budget, for instance <c>36.1 dB</c>.</param>
internal sealed record EngineJudgment(TensorDifference Difference, string Measured)
{
    /// <summary>There is no engine to judge.</summary>
    public static EngineJudgment NotBuilt { get; } = new(new(0, 0, 0, "no engine could be built"), "no engine");

    /// <summary>Whether the engine is good enough.</summary>
    public bool Holds => Difference.Fault is null;
}
