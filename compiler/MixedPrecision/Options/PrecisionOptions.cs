using GraphPartition.Compiler.Planning.Constraints;

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

    /// <summary>The most bytes of an FP32 constant that is stored in both types where FP32 and 16-bit nodes use it.</summary>
    public long CopyLimit { get; init; } = 1 << 20;
}
