using System.Collections.Immutable;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.Quantization.Options;

namespace GraphPartition.Gpc.Requests;

/// <summary>What to quantize, and where to.</summary>
/// <param name="Model">The model, its passes and its target.</param>
/// <param name="Options">The format and the layers; null: quantization is only taken out.</param>
/// <param name="Output">The file to write.</param>
/// <param name="Samples">What the FP32 model runs on.</param>
internal sealed record QuantizeRequest(ModelRequest Model, QuantizationOptions? Options, string Output, SampleRequest Samples)
{
    /// <summary>What the outputs must keep.</summary>
    public ImmutableArray<AccuracyBudget> Budgets { get; init; } = [];

    /// <summary>The conversion of the rest to 16 bits; null: it stays in FP32.</summary>
    public PrecisionOptions? Rest { get; init; }

    /// <summary>A calibration cache with scales; null: there is none.</summary>
    public string? Cache { get; init; }

    /// <summary>Where to write the scales as a calibration cache; null: nowhere.</summary>
    public string? WrittenCache { get; init; }

    /// <summary>The file that keeps a calibration that was stopped; null: nothing is kept.</summary>
    public string? State { get; init; }

    /// <summary>The file that keeps what was measured; null: nothing is kept.</summary>
    public string? Measurements { get; init; }

    /// <summary>The most samples that choices are measured on.</summary>
    public required int MeasuredSamples { get; init; }

    /// <summary>Whether quantization that the model has is taken out first.</summary>
    public bool Replaces { get; init; }
}
