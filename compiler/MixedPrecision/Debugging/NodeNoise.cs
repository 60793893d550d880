using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.MixedPrecision.Search;

namespace GraphPartition.MixedPrecision.Debugging;

/// <summary>What single nodes in 16 bits cost at the outputs of an FP32 model, emulated on the CPU.</summary>
public static class NodeNoise
{
    /// <summary>Measures each node alone.</summary>
    /// <param name="model">The FP32 model in the canonical opset.</param>
    /// <param name="nodes">The nodes of its main graph.</param>
    /// <param name="format">The format.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="outputs">What counts at the outputs.</param>
    /// <param name="runner">Runs models on the samples; <see cref="SearchLimits.SweepSamples"/> are run.</param>
    /// <returns>For each node the noise as a part of what is allowed; a node that cannot be rounded has none.</returns>
    /// <exception cref="ModelException">GP3111: the FP32 model gives NaN.</exception>
    public static double[] Of(Model model, IReadOnlyList<Node> nodes, LowFormat format, OperatorTable operators, CoveredOutputs outputs,
        ISampleRunner runner)
    {
        SwitchedModel switched = SwitchedModel.Of(model, AllLowPlan.Of(model.Graph), format, clamps: true, operators, []);
        using var trials = new PrecisionTrials(switched, GoldenOutputs.Of(Emulator.Emulate(model, operators), runner), runner);
        int samples = Math.Min(runner.Count, new SearchLimits().SweepSamples);
        var places = trials.Nodes.Select((n, i) => (n, i)).ToDictionary(x => x.n, x => x.i);
        return [.. nodes.Select(node =>
        {
            if (!places.TryGetValue(node, out int place)) return 0;
            var isLow = new bool[places.Count];
            isLow[place] = true;
            return outputs.Noise(trials.Measure(isLow, samples));
        })];
    }
}
