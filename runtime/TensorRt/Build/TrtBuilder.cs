using GraphPartition.TensorRt.Library;
using Microsoft.Extensions.Logging;

namespace GraphPartition.TensorRt.Build;

/// <summary>
/// Builds engines from ONNX models (IBuilder, NvInfer.h). For one thread at a time; use several builders to build in parallel.
/// </summary>
public sealed unsafe class TrtBuilder : IDisposable
{
    private readonly TensorRtLibrary _library;
    private readonly LogScope _log;
    private readonly ErrorLog _errors;
    private readonly CallbackObject _recorder;
    private readonly NativeObject _builder;

    private TrtBuilder(TensorRtLibrary library, ILogger? logger)
    {
        _library = library;
        _log = library.Log.Begin(logger);
        _errors = new ErrorLog(_log);
        _recorder = ErrorLog.Create(library.Layout, _errors);
        try
        {
            using var entry = _log.Enter();
            nint builder = library.Create("createInferBuilder_INTERNAL");
            _builder = library.Own("VBuilder", builder, TensorRtCodes.TensorRtFailed, "creating a builder", _log, _recorder);
            new VBuilder(_builder).SetErrorRecorder(_recorder.Pointer);
            CheckWithNetwork();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Creates a builder and checks the binding on it with a tiny network. The current CUDA device is used.</summary>
    /// <param name="library">The TensorRT to build with.</param>
    /// <param name="logger">Receives TensorRT's messages; null: none are passed on.</param>
    /// <exception cref="TensorRtException">TensorRT cannot create it, or the binding's tables do not fit the library (GP4002).</exception>
    public static TrtBuilder Create(TensorRtLibrary library, ILogger? logger = null) => new(library, logger);

    /// <summary>Builds an engine.</summary>
    /// <param name="onnx">A serialized ModelProto.</param>
    /// <param name="options">How to build it.</param>
    /// <param name="progress">Receives the steps of the build, from TensorRT's threads, one at a time. 8.x reports none.</param>
    /// <param name="cancellation">Stops the build; in 8.x only before and after it.</param>
    /// <exception cref="ModelException">The options cannot be used with this release.</exception>
    /// <exception cref="TensorRtException">The parser rejects the model, or the engine cannot be built.</exception>
    /// <exception cref="OperationCanceledException">The build was cancelled.</exception>
    public BuiltEngine Build(
        ReadOnlySpan<byte> onnx, BuildOptions options, IProgress<BuildProgress>? progress = null, CancellationToken cancellation = default)
    {
        var problems = options.Check(_library.Layout);
        if (problems.Count > 0) throw new ModelException(problems);
        cancellation.ThrowIfCancellationRequested();
        using var entry = _log.Enter();
        Forget();
        using NativeObject network = CreateNetwork(options);
        using NetworkParser parser = new(_library, network, _log);
        parser.Parse(onnx, options);
        using BuilderConfig config = new(_library, _builder, network, _log);
        config.Apply(options);
        if (options.MaxThreads is int threads) new VBuilder(_builder).SetMaxThreads(threads);
        ProgressMonitor monitor = new(progress, cancellation);
        config.Watch(monitor);
        nint plan = new VBuilder(_builder).BuildSerializedNetwork(network.Pointer, config.Pointer);
        GC.KeepAlive(network);
        if (monitor.Fault is { } fault)
        {
            Free(plan);
            throw new InvalidOperationException("the progress receiver failed, so the build was stopped", fault);
        }
        if (cancellation.IsCancellationRequested)
        {
            Free(plan);
            throw new OperationCanceledException(cancellation);
        }
        using NativeObject memory = _library.Own("VHostMemory", plan, TensorRtCodes.BuildFailed, "building the engine", _log);
        byte[] data = HostMemory.TryCopy(memory, out string reason)
            ?? throw new TensorRtException(TensorRtCodes.BuildFailed, options.Name, $"the engine cannot be read: {reason}", _log.Lines);
        return new BuiltEngine(data, _library.Release, config.TimingCache(), config.Warnings);
    }

    /// <summary>Which nodes of a model the parser supports. Builds nothing.</summary>
    /// <param name="onnx">A serialized ModelProto.</param>
    /// <param name="modelPath">The file that it came from, if it refers to external data.</param>
    public ParserSupport SupportedNodes(ReadOnlySpan<byte> onnx, string? modelPath = null)
    {
        using var entry = _log.Enter();
        Forget();
        using NativeObject network = CreateNetwork(new BuildOptions());
        using NetworkParser parser = new(_library, network, _log);
        return parser.Supports(onnx, modelPath) with { Log = _log.Lines };
    }

    /// <summary>Merges timing caches into one. Those that do not fit this release and device are left out.</summary>
    public ReadOnlyMemory<byte> MergeTimingCaches(params ReadOnlySpan<ReadOnlyMemory<byte>> caches)
    {
        using var entry = _log.Enter();
        using NativeObject network = CreateNetwork(new BuildOptions());
        using BuilderConfig config = new(_library, _builder, network, _log);
        foreach (ReadOnlyMemory<byte> cache in caches) config.AddTimings(cache.Span);
        return config.TimingCache();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _builder?.Dispose();
        _recorder.Dispose();
        _log.Dispose();
    }

    /// <summary>Drops the messages and errors of earlier calls.</summary>
    private void Forget()
    {
        _log.Forget();
        _errors.Forget();
    }

    private void Free(nint plan)
    {
        if (plan != 0) NativeObject.Own(_library.Layout, plan).Dispose();
    }

    private NativeObject CreateNetwork(BuildOptions options)
    {
        AbiLayout layout = _library.Layout;
        bool strong = layout.StrongTypesOnly || options.Precision == Precision.AsTyped;
        uint flags = layout.NarrowDims ? Bit(layout, Constant.NetworkDefinitionCreationFlag_kEXPLICIT_BATCH)
            : strong ? Bit(layout, Constant.NetworkDefinitionCreationFlag_kSTRONGLY_TYPED)
            : 0;
        nint network = new VBuilder(_builder).CreateNetworkV2(flags);
        NativeObject owned = _library.Own("VNetworkDefinition", network, TensorRtCodes.TensorRtFailed, "creating a network", _log, _builder);
        if (options.Name.Length > 0)
        {
            fixed (byte* name = Utf8.Bytes(options.Name))
            {
                new VNetworkDefinition(owned).SetName(name);
            }
        }
        return owned;
    }

    private static uint Bit(AbiLayout layout, Constant constant) => 1u << layout.Value(constant);

    /// <summary>
    /// Creates a tiny network and reads it back: the name, type and shape of a tensor, the type of a layer, and both counts. This proves
    /// the order of the tables, the form of Dims and the values of enumerations for this library.
    /// </summary>
    private void CheckWithNetwork()
    {
        using NativeObject network = CreateNetwork(new BuildOptions());
        AbiLayout layout = _library.Layout;
        Dims shape = Dims.Of([2, 3, 5]);
        VNetworkDefinition calls = new(network);
        fixed (byte* name = "self_check\0"u8)
        {
            nint input = calls.AddInput(name, layout.Value(Constant.DataType_kFLOAT), shape);
            Expect(input != 0, "a network rejects an input");
            _library.Check("VTensor", input);
            VTensor tensor = new(new NativeCall(layout, input, network));
            Expect(Utf8.Read(tensor.GetName()) == "self_check", $"a tensor's name comes back as '{Utf8.Read(tensor.GetName())}'");
            int element = tensor.GetType();
            Expect(element == layout.Value(Constant.DataType_kFLOAT), $"a tensor's type comes back as {element}");
            long[] sizes = tensor.GetDimensions().ToArray() ?? [];
            Expect(sizes.AsSpan().SequenceEqual([2, 3, 5]), $"a tensor's shape comes back as [{string.Join(",", sizes)}]");
            nint identity = calls.AddIdentity(input);
            Expect(identity != 0, "a network rejects a layer");
            _library.Check("VLayer", identity);
            VLayer layer = new(new NativeCall(layout, identity, network));
            int type = layer.GetType();
            Expect(type == layout.Value(Constant.LayerType_kIDENTITY), $"an identity layer's type comes back as {type}");
            (int inputs, int layers) = (calls.GetNbInputs(), calls.GetNbLayers());
            Expect((inputs, layers) == (1, 1), $"one input and one layer are counted as {inputs} and {layers}");
        }
    }

    private void Expect(bool holds, string otherwise)
    {
        if (!holds)
            throw new TensorRtException(TensorRtCodes.TensorRtUnknown, $"{_library.Release} at {_library.Path}", otherwise, _log.Lines);
    }
}
