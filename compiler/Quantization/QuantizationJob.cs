using GraphPartition.Compiler.Cost;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.Quantization.Caches;
using GraphPartition.Quantization.Calibration;
using GraphPartition.Quantization.Reports;
using GraphPartition.Quantization.Targets;

namespace GraphPartition.Quantization;

/// <summary>A model to quantize.</summary>
/// <param name="Source">The FP32 model as it was read: what is right.</param>
/// <param name="Model">The model after the passes.</param>
/// <param name="Operators">What is known of operators.</param>
/// <param name="Options">What to quantize, and how.</param>
public sealed record QuantizationJob(Model Source, Model Model, OperatorTable Operators, QuantizationOptions Options)
{
    /// <summary>Runs models on the samples; null: there are none, so nothing is measured.</summary>
    public ISampleRunner? Runner { get; init; }

    /// <summary>How the calibration runs.</summary>
    public CalibrationOptions Calibration { get; init; } = new();

    /// <summary>Scales that are known already; they come before those of the samples. Null: there are none.</summary>
    public CalibrationCache? Cache { get; init; }

    /// <summary>The target whose engines must stay whole; null: nobody plans the model.</summary>
    public TargetCompiler? Compiler { get; init; }

    /// <summary>How the nodes that are not quantized are converted to 16 bits. Null: they stay in FP32.</summary>
    public PrecisionOptions? Rest { get; init; }

    /// <summary>What the outputs must keep; empty: all layers are quantized that gain.</summary>
    public ImmutableArray<AccuracyBudget> Budgets { get; init; } = [];

    /// <summary>The device of the cost model.</summary>
    public DeviceProfile Device { get; init; } = DeviceProfile.Default;

    /// <summary>The file that keeps what was measured, so that a search can go on after it was stopped; null: nothing is kept.</summary>
    public string? Measurements { get; init; }

    /// <summary>The most samples that choices are measured on; a calibration takes all.</summary>
    public int MeasuredSamples { get; init; } = 16;

    /// <summary>Receives what is being measured, how much of it is done, and of how much; null: nobody looks.</summary>
    public Action<string, int, int>? Progress { get; init; }
}

/// <summary>A quantized model.</summary>
/// <param name="Model">The model.</param>
/// <param name="Report">What was done.</param>
public sealed record QuantizedModel(Model Model, QuantizationReport Report)
{
    /// <summary>The scale of each activation, by name: for a calibration cache.</summary>
    public ImmutableArray<KeyValuePair<string, float>> Scales { get; init; } = [];
}
