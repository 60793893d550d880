using System.Collections.Immutable;

namespace GraphPartition.Gpc.Requests;

/// <summary>Where samples come from: sets of inputs in ONNX test-data form.</summary>
/// <param name="TestData">Folders of one sample each.</param>
/// <param name="CalibrationData">A folder with such folders; null: there is none.</param>
internal sealed record SampleRequest(ImmutableArray<string> TestData, string? CalibrationData)
{
    /// <summary>Whether there is no sample.</summary>
    public bool IsEmpty => TestData.IsEmpty && CalibrationData is null;
}
