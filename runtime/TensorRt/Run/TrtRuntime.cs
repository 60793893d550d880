using GraphPartition.TensorRt.Library;
using Microsoft.Extensions.Logging;

namespace GraphPartition.TensorRt.Run;

/// <summary>Loads engines (IRuntime, NvInferRuntime.h). Safe for several threads.</summary>
public sealed unsafe class TrtRuntime : IDisposable
{
    private readonly TensorRtLibrary _library;
    private readonly LogScope _log;
    private readonly CallbackObject _recorder;
    private readonly NativeObject _runtime;
    private readonly Lock _deserializing = new(); // whether host code is allowed is a state of the runtime

    private TrtRuntime(TensorRtLibrary library, ILogger? logger)
    {
        _library = library;
        _log = library.Log.Begin(logger);
        _recorder = ErrorLog.Create(library.Layout, new ErrorLog(_log));
        try
        {
            using var entry = _log.Enter();
            nint runtime = library.Create("createInferRuntime_INTERNAL");
            _runtime = library.Own("VRuntime", runtime, TensorRtCodes.TensorRtFailed, "creating a runtime", _log, _recorder);
            new VRuntime(_runtime).SetErrorRecorder(_recorder.Pointer);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Creates a runtime. The current CUDA device is used.</summary>
    /// <param name="library">The TensorRT to run with.</param>
    /// <param name="logger">Receives TensorRT's messages; null: none are passed on.</param>
    /// <exception cref="TensorRtException">TensorRT cannot create it.</exception>
    public static TrtRuntime Create(TensorRtLibrary library, ILogger? logger = null) => new(library, logger);

    /// <summary>Loads an engine. The bytes are not needed afterwards.</summary>
    /// <param name="blob">A serialized engine.</param>
    /// <param name="allowHostCode">
    /// Let a version compatible engine bring its own runtime, which is code that runs in this process. Only for engines of one's
    /// own making. TensorRT without this setting (8.5) has no such engines.
    /// </param>
    /// <exception cref="TensorRtException">The engine is of another release or GPU, or damaged.</exception>
    public TrtEngine Deserialize(ReadOnlySpan<byte> blob, bool allowHostCode = false)
    {
        using var entry = _log.Enter();
        _log.Forget();
        nint engine = Load(blob, allowHostCode);
        string what = $"loading an engine of {blob.Length} bytes";
        NativeObject owned = _library.Own("VCudaEngine", engine, TensorRtCodes.EngineRefused, what, _log, _runtime);
        return new TrtEngine(_library, owned, _log);
    }

    /// <summary>Ends the runtime once its engines have ended.</summary>
    public void Dispose()
    {
        _runtime?.Dispose();
        _recorder.Dispose();
        _log.Dispose();
    }

    private nint Load(ReadOnlySpan<byte> blob, bool allowHostCode)
    {
        lock (_deserializing)
        {
            VRuntime calls = new(_runtime);
            if (_library.Layout.Has(Member.VRuntime_setEngineHostCodeAllowed))
                calls.SetEngineHostCodeAllowed(allowHostCode);
            fixed (byte* data = blob)
            {
                return _library.Layout.NarrowDims
                    ? calls.DeserializeCudaEngine((nint)data, (nuint)blob.Length, pluginFactory: 0)
                    : calls.DeserializeCudaEngine((nint)data, (nuint)blob.Length);
            }
        }
    }
}
