namespace GraphPartition.EngineBuilder.Builders;

/// <summary>
/// Judges and builds ONNX models with TensorRT, wherever TensorRT runs. For one call at a time. It can be used again after a failure.
/// </summary>
internal interface IEngineBuilder : IDisposable
{
    /// <summary>Which nodes the parser supports.</summary>
    /// <exception cref="TensorRtException">TensorRT fails, or crashes over the model (GP4040).</exception>
    ParserSupport Judge(OnnxModel model, TimeSpan limit, CancellationToken cancellation);

    /// <summary>Builds an engine, and loads it once where there is a device.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How to build it.</param>
    /// <param name="limit">The most time to take.</param>
    /// <param name="progress">Receives the steps of the build; null: nobody wants to know.</param>
    /// <param name="cancellation">Stops the build.</param>
    /// <exception cref="TensorRtException">The model is rejected, or its engine does not load (GP4011).</exception>
    BuiltEngine Build(
        OnnxModel model, BuildOptions options, TimeSpan limit, IProgress<BuildProgress>? progress, CancellationToken cancellation);

    /// <summary>Loads an engine once, to find out whether it loads.</summary>
    /// <param name="engine">The serialized engine.</param>
    /// <param name="allowHostCode">Whether it may contain host code, as an engine of our own making may.</param>
    /// <param name="limit">The most time to take.</param>
    /// <param name="cancellation">Stops the call.</param>
    /// <exception cref="TensorRtException">It does not (GP4011).</exception>
    void Load(ReadOnlyMemory<byte> engine, bool allowHostCode, TimeSpan limit, CancellationToken cancellation);

    /// <summary>Merges two timing caches. What does not fit this release and device is left out.</summary>
    ReadOnlyMemory<byte> MergeTimingCaches(
        ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, TimeSpan limit, CancellationToken cancellation);
}

/// <summary>An ONNX model to judge or to build.</summary>
/// <param name="Bytes">The serialized ModelProto.</param>
/// <param name="Path">The file that references to external data are relative to; null: it has none.</param>
internal sealed record OnnxModel(byte[] Bytes, string? Path);
