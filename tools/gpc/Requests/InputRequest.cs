namespace GraphPartition.Gpc.Requests;

/// <summary>Where the inputs of a run come from.</summary>
/// <param name="TestData">A folder in ONNX test-data form; null: inputs are made up.</param>
/// <param name="Sizes">The sizes of named dimensions of made-up inputs.</param>
internal sealed record InputRequest(string? TestData, IReadOnlyDictionary<string, long> Sizes);
