using GraphPartition.TensorRt.Run;

namespace GraphPartition.Runtime.Engines;

/// <summary>An engine of a group, loaded once for all contexts, or once for each if its release requires that.</summary>
/// <param name="bytes">The serialized engine.</param>
/// <param name="blob">Its description in the model.</param>
/// <param name="allowHostCode">Whether it may contain host code.</param>
/// <param name="weights">For an engine without weights: the ONNX model with the weights.</param>
internal sealed class LoadedEngine(ReadOnlyMemory<byte> bytes, EngineBlob blob, bool allowHostCode, byte[]? weights) : IDisposable
{
    private TrtEngine? _engine;
    private int _contexts;

    /// <summary>Device memory that a context needs for intermediate results.</summary>
    public long ScratchBytes => _engine?.DeviceMemoryBytes ?? 0;

    /// <summary>Loads it and checks that it fits the group; returns what is wrong, or null.</summary>
    public string? Load(TrtRuntime runtime, TrtNode group)
    {
        _engine = Deserialize(runtime);
        try
        {
            if (EngineBinding.Fault(_engine, group) is { } unfit)
            {
                _engine.Dispose();
                return unfit;
            }
            _engine.CreateContext(ownMemory: false).Dispose(); // a failure is found now, while the group can still run on ONNX Runtime
            return null;
        }
        catch
        {
            _engine.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The engine for one more context. Before 10, contexts of one engine cannot share a shape profile (IExecutionContext::
    /// setOptimizationProfileAsync, NvInferRuntime.h), and ours have one: each context but the first has its own engine.
    /// </summary>
    public (TrtEngine Engine, bool IsOwn) ForContext(TrtRuntime runtime)
    {
        bool first = Interlocked.Increment(ref _contexts) == 1;
        bool shares = first || blob.Target.TensorRt is { IsRtx: true } or { Major: >= 10 }
            || !_engine!.HasProfile;
        return shares ? (_engine!, false) : (Deserialize(runtime), true);
    }

    public void Dispose() => _engine?.Dispose();

    private TrtEngine Deserialize(TrtRuntime runtime)
    {
        TrtEngine engine = runtime.Deserialize(bytes.Span, allowHostCode);
        if (weights is null) return engine;
        try
        {
            engine.Refit(weights);
            return engine;
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }
}
