using GraphPartition.MixedPrecision.Options;

namespace GraphPartition.Gpc.Requests;

/// <summary>What to convert, and where to.</summary>
/// <param name="Model">The model and its passes.</param>
/// <param name="Precision">The format, and what stays in FP32.</param>
/// <param name="Output">The file to write.</param>
/// <param name="TestData">A folder in ONNX test-data form; null: nothing is measured.</param>
internal sealed record ConvertRequest(ModelRequest Model, PrecisionOptions Precision, string Output, string? TestData);
