using GraphPartition.MixedPrecision.Choice;
using GraphPartition.MixedPrecision.Constants;
using GraphPartition.MixedPrecision.Emulation;

namespace GraphPartition.MixedPrecision.Measuring;

/// <summary>
/// An FP32 model that computes the numbers of every choice of precision: an input of booleans switches each place of rounding on or off.
/// So one session measures any number of choices, and no model is built for one.
/// </summary>
/// <param name="Model">The model. Its outputs are those of the source, then the observed values.</param>
/// <param name="Nodes">The nodes that can be switched, in the order of the graph; those of bodies stand before the node around them.</param>
/// <param name="Switches">The places, in the order of the elements of <see cref="Input"/>.</param>
internal sealed record SwitchedModel(Model Model, ImmutableArray<Node> Nodes, ImmutableArray<Switch> Switches)
{
    /// <summary>The name of the input.</summary>
    public const string Input = "gpc_precision_switches";

    /// <summary>Makes the model.</summary>
    /// <param name="model">The model that the plan is for.</param>
    /// <param name="plan">The nodes that it computes in 16 bits get switches.</param>
    /// <param name="format">The format.</param>
    /// <param name="clamps">Whether constants that overflow become the largest number, as a conversion writes them, or infinite.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="observed">Values of the main graph that become outputs, as they are where the node behind them does not round.</param>
    public static SwitchedModel Of(
        Model model, GraphPlan plan, LowFormat format, bool clamps, OperatorTable operators, IEnumerable<Value> observed)
    {
        var rounding = new Rounding(format, clamps, new LowConstants(format), model.Graph.Nodes.Length);
        Graph graph = new SwitchedGraph(plan, rounding, null).Build(observed);
        Model switched = model with { Graph = graph, Training = [] };
        return new(Emulator.Emulate(switched, operators), [.. rounding.Nodes], [.. rounding.Switches]);
    }

    /// <summary>The input for a choice of precision.</summary>
    /// <param name="isLow">For each of <see cref="Nodes"/>: whether it computes in 16 bits.</param>
    public IReadOnlyDictionary<string, TensorData> Setting(bool[] isLow)
    {
        var bits = new byte[Math.Max(1, Switches.Length)];
        for (int i = 0; i < Switches.Length; i++)
        {
            (int producer, int user) = Switches[i];
            if ((producer >= 0 && isLow[producer]) || (user >= 0 && isLow[user])) bits[i] = 1;
        }
        return new Dictionary<string, TensorData> { [Input] = new MemoryTensor(ElementType.Bool, [bits.Length], bits) };
    }
}
