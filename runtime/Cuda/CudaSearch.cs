using GraphPartition.Foundation;

namespace GraphPartition.Cuda;

/// <summary>The outcome of looking for a CUDA device: the driver, or why there is none.</summary>
/// <param name="Driver">The driver; null where it cannot be used.</param>
/// <param name="Problem">Why not, with the remedy; null where it can.</param>
public sealed record CudaSearch(CudaDriver? Driver, Diagnostic? Problem);
