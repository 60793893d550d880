using GraphPartition.Quantization.Costs;
using GraphPartition.Quantization.Measuring;
using GraphPartition.Quantization.Placement;
using GraphPartition.Quantization.Reports;
using GraphPartition.Quantization.Search;

namespace GraphPartition.Quantization;

/// <summary>A form of the model, planned, calibrated and measured.</summary>
/// <param name="Model">The model in FP32.</param>
/// <param name="Plan">Its layers.</param>
/// <param name="Table">Their scales.</param>
/// <param name="Costs">Their estimated times.</param>
/// <param name="Reasons">Why a layer is not quantized; null: it is.</param>
/// <param name="Warnings">Warnings of the calibration.</param>
internal sealed record Candidate(
    Model Model, QuantizationPlan Plan, ScaleTable Table, LayerCost[] Costs, string?[] Reasons, List<Diagnostic> Warnings) : IDisposable
{
    /// <summary>Measures choices; null: there are no samples.</summary>
    public QuantizationTrials? Trials { get; set; }

    /// <summary>Chose what it has; null: there are no samples.</summary>
    public LayerSearch? Search { get; set; }

    /// <summary>The method of its scales.</summary>
    public CalibrationMethod Method { get; set; } = CalibrationMethod.Max;

    /// <summary>All methods that were measured.</summary>
    public ImmutableArray<MethodReport> Methods { get; set; } = [];

    /// <summary>What else was done for accuracy.</summary>
    public List<string> Notes { get; } = [];

    /// <inheritdoc/>
    public void Dispose() => Trials?.Dispose();
}
