namespace GraphPartition.TensorRt.Run;

/// <summary>How long a layer of an engine took in one run (IProfiler, NvInferRuntime.h).</summary>
/// <param name="Layer">The layer's name in the engine; fused layers have joined names.</param>
/// <param name="Milliseconds">Its time.</param>
public readonly record struct LayerTime(string Layer, float Milliseconds);
