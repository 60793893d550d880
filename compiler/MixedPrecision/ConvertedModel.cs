namespace GraphPartition.MixedPrecision;

/// <summary>A converted model.</summary>
/// <param name="Model">The model.</param>
/// <param name="Report">What was done.</param>
public sealed record ConvertedModel(Model Model, PrecisionReport Report);
