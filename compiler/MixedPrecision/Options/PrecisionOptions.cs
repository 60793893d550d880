using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.MixedPrecision.Ranges;

namespace GraphPartition.MixedPrecision.Options;

/// <summary>What to convert a model to.</summary>
/// <param name="Format">The 16-bit format.</param>
public sealed record PrecisionOptions(LowFormat Format)
{
    /// <summary>
    /// Whether inputs and outputs of FP32 get the format too. Inputs that hold sizes, scales or regions keep FP32. Without it a host
    /// that writes FP32 still works.
    /// </summary>
    public bool ConvertsInterface { get; init; }

    /// <summary>Nodes that stay in FP32.</summary>
    public ImmutableArray<NodeSelector> KeepFull { get; init; } = [];

    /// <summary>Single nodes of the graph, bodies too, that stay in FP32, each with the reason: what a search for a budget chose.</summary>
    public ImmutableDictionary<Node, string> Held { get; init; } = ImmutableDictionary<Node, string>.Empty;

    /// <summary>
    /// The numbers that values of the main graph had in runs of the FP32 model. They decide about overflow and flush to 0; null: the rules
    /// about operators decide.
    /// </summary>
    public SampleRanges? Ranges { get; init; }

    /// <summary>The most bytes of an FP32 constant that is stored in both types where FP32 and 16-bit nodes use it.</summary>
    public long CopyLimit { get; init; } = 1 << 20;
}
