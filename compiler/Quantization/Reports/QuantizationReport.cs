using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Measuring;

namespace GraphPartition.Quantization.Reports;

/// <summary>A convolution or product in a report.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Op">Its operator.</param>
/// <param name="Reason">Why it is not quantized; null: it is.</param>
/// <param name="HalfMicroseconds">Its estimated time in FP16; NaN where it cannot be quantized.</param>
/// <param name="QuantizedMicroseconds">Its estimated time quantized; NaN as before.</param>
/// <param name="Decibels">What the worst output has with this layer alone quantized, in dB; null: it was not measured.</param>
public sealed record LayerReport(
    string Node, string Op, string? Reason, double HalfMicroseconds, double QuantizedMicroseconds, double? Decibels);

/// <summary>A method that was measured.</summary>
/// <param name="Method">The method.</param>
/// <param name="Outputs">The outputs with all layers quantized, with scales from all samples.</param>
/// <param name="Score">What methods are compared by, in dB: on each sample with scales from others where there are enough samples.</param>
public sealed record MethodReport(string Method, ImmutableArray<OutputMeasure> Outputs, double Score);

/// <summary>One choice between accuracy and time.</summary>
/// <param name="Layers">How many layers are quantized.</param>
/// <param name="Microseconds">The estimated time of all layers.</param>
/// <param name="Decibels">The worst output, in dB.</param>
public sealed record ParetoPoint(int Layers, double Microseconds, double Decibels);

/// <summary>What a quantization did.</summary>
/// <param name="Format">The format.</param>
/// <param name="Method">The method that gave the scales.</param>
/// <param name="Layers">Each convolution and matrix product.</param>
public sealed record QuantizationReport(string Format, string Method, ImmutableArray<LayerReport> Layers)
{
    /// <summary>The methods that were measured; one or none where there was no choice.</summary>
    public ImmutableArray<MethodReport> Methods { get; init; } = [];

    /// <summary>Choices of layers that no other choice beats in both, the fastest first; empty where nothing was measured.</summary>
    public ImmutableArray<ParetoPoint> Pareto { get; init; } = [];

    /// <summary>What the budgets have; empty where there are none.</summary>
    public ImmutableArray<BudgetLine> Budget { get; init; } = [];

    /// <summary>The outputs of the written model; empty where there are no samples.</summary>
    public ImmutableArray<OutputMeasure> Outputs { get; init; } = [];

    /// <summary>Engines of the FP32 model and of the quantized one; null: nothing was planned.</summary>
    public (int Before, int After)? Engines { get; init; }

    /// <summary>The names of the calibration cache that are tensors of the model, and all its names; null: there is no cache.</summary>
    public (int Matched, int All)? Cache { get; init; }

    /// <summary>Warnings.</summary>
    public ImmutableArray<Diagnostic> Warnings { get; init; } = [];

    /// <summary>How many layers are quantized.</summary>
    public int Quantized => Layers.Count(l => l.Reason is null);
}
