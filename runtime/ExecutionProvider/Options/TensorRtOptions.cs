using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.TensorRt.Build;

namespace GraphPartition.ExecutionProvider.Options;

/// <summary>The TensorRT that builds and runs engines.</summary>
/// <param name="Folder">The folder of the libraries; null: the usual places.</param>
/// <param name="Cache">The folder in which engines and timings are kept.</param>
/// <param name="Precision">What engines may compute in.</param>
/// <param name="Shapes">The ranges of dynamic inputs.</param>
/// <param name="Worker">The gpc that builds engines in a process of its own; null: this process builds them.</param>
internal sealed record TensorRtOptions(string? Folder, string Cache, Precision Precision, ModelShapes Shapes, string? Worker);
