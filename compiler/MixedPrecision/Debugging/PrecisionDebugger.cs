using GraphPartition.MixedPrecision.Choice;
using GraphPartition.MixedPrecision.Constants;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.MixedPrecision.Measuring;

namespace GraphPartition.MixedPrecision.Debugging;

/// <summary>
/// Finds the nodes that lose precision. Which node is to blame is measured at the outputs of the model with only that node in 16 bits; the
/// error of a tensor with all nodes in 16 bits comes mostly from the nodes before it.
/// </summary>
public static class PrecisionDebugger
{
    /// <summary>Measures every node of a model.</summary>
    /// <param name="model">The FP32 model.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="options">The format, and what stays in FP32 by the rules.</param>
    /// <param name="withRules">Whether only nodes are judged that a conversion makes 16 bits; false: every node.</param>
    /// <param name="limit">The ratio in dB below which an error counts.</param>
    /// <param name="runner">Runs the model on the samples.</param>
    /// <param name="progress">Receives what is done, how much of it, and of how much; null: nobody looks.</param>
    /// <exception cref="ModelException">GP3111: the FP32 model gives NaN.</exception>
    public static PrecisionErrors Find(Model model, OperatorTable operators, PrecisionOptions options, bool withRules, double limit,
        ISampleRunner runner, Action<string, int, int>? progress = null)
    {
        GraphPlan plan = withRules ? new GraphPlanner(options, operators).Plan(model.Graph) : AllLowPlan.Of(model.Graph);
        Value[] tensors = [.. model.Graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>()
            .Where(v => v.ElementType == ElementType.Float32)];
        SwitchedModel switched = SwitchedModel.Of(model, plan, options.Format, clamps: withRules, operators, tensors);
        using var trials = new PrecisionTrials(switched, GoldenOutputs.Of(Emulator.Emulate(model, operators), runner), runner);
        var places = new Dictionary<Value, int>();
        for (int i = 0; i < tensors.Length; i++) places[tensors[i]] = trials.Golden.Names.Length + i;
        int count = trials.Nodes.Length;
        var seen = new ObservedTensors(trials, [.. places.Values], runner.Count);
        Dictionary<int, double> accumulated = seen.Errors(Enumerable.Repeat(true, count).ToArray(), [.. places.Values]);
        int[] outputs = [.. Enumerable.Range(0, trials.Golden.Names.Length)];
        var constants = new LowConstants(options.Format);
        var nodes = ImmutableArray.CreateBuilder<NodeError>(count);
        for (int n = 0; n < count; n++)
        {
            progress?.Invoke("single nodes", n, count);
            Node node = trials.Nodes[n];
            var only = new bool[count];
            only[n] = true;
            Value? tensor = node.Outputs.FirstOrDefault(v => v is not null && places.ContainsKey(v));
            Dictionary<int, double> errors = seen.Errors(only, tensor is null ? outputs : [.. outputs, places[tensor]]);
            nodes.Add(new(node.DisplayName, node.Op.ToString(), tensor?.Name ?? "", outputs.Select(o => errors[o]).Append(
                double.PositiveInfinity).Min(), tensor is null ? double.NaN : errors[places[tensor]],
                tensor is null ? double.NaN : accumulated[places[tensor]], NoteOf(node, constants, options)));
        }
        ImmutableArray<NodeError> all = nodes.MoveToImmutable();
        int[] culprits = [.. Enumerable.Range(0, count).Where(n => !(all[n].AtOutputs >= limit)).OrderBy(n => all[n].AtOutputs)];
        var rest = Enumerable.Repeat(true, count).ToArray();
        foreach (int n in culprits) rest[n] = false;
        return new(options.Format.Name, limit, all,
            First(model.Graph, all, v => places.TryGetValue(v, out int p) ? accumulated[p] : null, limit),
            [.. culprits.Select(n => all[n])],
            Worst(trials.Measure(Enumerable.Repeat(true, count).ToArray())), Worst(trials.Measure(rest)));
    }

    /// <summary>The first node of the main graph with a tensor below the limit; a node with bodies is no node that rounds.</summary>
    private static NodeError? First(Graph graph, IReadOnlyList<NodeError> all, Func<Value, double?> errorOf, double limit)
    {
        foreach (Node node in graph.Nodes)
            foreach (Value v in node.Outputs.OfType<Value>())
                if (errorOf(v) is { } error && error < limit)
                    return all.FirstOrDefault(e => e.Tensor == v.Name)
                        ?? new(node.DisplayName, node.Op.ToString(), v.Name, double.NaN, double.NaN, error, null);
        return null;
    }

    private static double Worst(ImmutableArray<OutputMeasure> measures) =>
        measures.Select(m => m.Decibels).DefaultIfEmpty(double.PositiveInfinity).Min();

    /// <summary>The constant of a node that the format holds worst.</summary>
    private static string? NoteOf(Node node, LowConstants constants, PrecisionOptions options)
    {
        foreach (Value? v in node.Inputs)
            if (v is { Data: { } data, ElementType: ElementType.Float32 }
                && constants.LossOf(data).Fault(v.Name, options.Format, isExact: data.ElementCount == 1, limitsNothing: false) is { } fault)
                return fault;
        return null;
    }
}
