using GraphPartition.Compiler.Planning.Constraints;

namespace GraphPartition.Quantization.Options;

/// <summary>What to quantize, and how.</summary>
/// <param name="Format">The format.</param>
public sealed record QuantizationOptions(QuantizationFormat Format)
{
    /// <summary>The methods to choose from by the measured error; one: it is used without a measurement.</summary>
    public ImmutableArray<CalibrationMethod> Methods { get; init; } = CalibrationMethod.Candidates;

    /// <summary>Whether each channel of a weight has a scale; otherwise a weight has one.</summary>
    public bool PerChannel { get; init; } = true;

    /// <summary>Whether layers that are too small to become faster are quantized too.</summary>
    public bool SmallLayers { get; init; }

    /// <summary>Layers that stay as they are.</summary>
    public ImmutableArray<NodeSelector> Keep { get; init; } = [];

    /// <summary>The numbers of a block that share a scale, for weights of INT4.</summary>
    public int Block { get; init; } = 128;
}
