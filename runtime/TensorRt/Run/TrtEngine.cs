using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.TensorRt.Run;

/// <summary>A loaded engine (ICudaEngine, NvInferRuntime.h). Immutable and safe for several threads; runs happen in contexts.</summary>
public sealed unsafe class TrtEngine : IDisposable
{
    private readonly TensorRtLibrary _library;
    private readonly NativeObject _engine;
    private readonly LogScope _log;

    internal TrtEngine(TensorRtLibrary library, NativeObject engine, LogScope log)
    {
        _library = library;
        _engine = engine;
        _log = log;
        try
        {
            VCudaEngine calls = new(engine);
            Name = Utf8.Read(calls.GetName());
            ProfileCount = calls.GetNbOptimizationProfiles();
            DeviceMemoryBytes = library.Layout.Has(Member.VCudaEngine_getDeviceMemorySizeV2)
                ? calls.GetDeviceMemorySizeV2() : checked((long)calls.GetDeviceMemorySize());
            Tensors = [.. Enumerable.Range(0, calls.GetNbIOTensors()).Select(ReadTensor)];
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    /// <summary>Whether it was built for a range of shapes, or of values in its shape tensors.</summary>
    public bool HasProfile => Tensors.Any(t => t.IsInput && (t.Profiles.Count > 0 || t.IsOnHost));

    /// <summary>The name of the network that it was built from.</summary>
    public string Name { get; }

    /// <summary>Inputs and outputs, in the engine's order.</summary>
    public IReadOnlyList<EngineTensor> Tensors { get; }

    /// <summary>Shape profiles; at least one.</summary>
    public int ProfileCount { get; }

    /// <summary>Device memory that a context needs for intermediate results, for the largest profile.</summary>
    public long DeviceMemoryBytes { get; }

    /// <summary>Creates a context. A context runs once at a time; several contexts run concurrently.</summary>
    /// <param name="ownMemory">
    /// If false, the caller provides <see cref="DeviceMemoryBytes"/> bytes by <see cref="TrtContext.UseDeviceMemory"/>, which contexts that
    /// never run concurrently may share.
    /// </param>
    public TrtContext CreateContext(bool ownMemory = true)
    {
        using var entry = _log.Enter();
        AbiLayout layout = _library.Layout;
        VCudaEngine calls = new(_engine);
        nint context = (layout.NarrowDims, ownMemory) switch
        {
            (true, true) => calls.CreateExecutionContext(),
            (true, false) => calls.CreateExecutionContextWithoutDeviceMemory(),
            (false, true) => calls.CreateExecutionContext(layout.Value(Constant.ExecutionContextAllocationStrategy_kSTATIC)),
            (false, false) => calls.CreateExecutionContext(layout.Value(Constant.ExecutionContextAllocationStrategy_kUSER_MANAGED)),
        };
        const string What = "creating an execution context";
        NativeObject owned = _library.Own("VExecutionContext", context, TensorRtCodes.EngineRunFailed, What, _log, _engine);
        return new TrtContext(_library, this, owned, _log);
    }

    /// <summary>
    /// The layers of the engine as JSON, with as much detail as <see cref="BuildOptions.Profiling"/> kept
    /// (IEngineInspector).
    /// </summary>
    public string Inspect()
    {
        using var entry = _log.Enter();
        nint inspector = new VCudaEngine(_engine).CreateEngineInspector();
        const string What = "creating an inspector";
        using NativeObject owned = _library.Own("VEngineInspector", inspector, TensorRtCodes.TensorRtFailed, What, _log, _engine);
        int json = _library.Layout.Value(Constant.LayerInformationFormat_kJSON);
        return Utf8.Read(new VEngineInspector(owned).GetEngineInformation(json));
    }

    /// <summary>
    /// Replaces the weights by those of a model, which must otherwise equal the model that the engine was built from
    /// (IParserRefitter, NvOnnxParser.h). From 10.0 on. No context of the engine may be running.
    /// </summary>
    public void Refit(ReadOnlySpan<byte> onnx, string? modelPath = null)
    {
        if (!_library.Layout.Has(Member.IParserRefitter_refitFromBytes))
            throw new TensorRtException(TensorRtCodes.OptionUnavailable, Name, $"{_library.Release} cannot refit from a model");
        using var entry = _log.Enter();
        _log.Forget();
        using EngineRefitter refitter = new(_library, _engine, _log);
        refitter.Refit(onnx, modelPath);
    }

    /// <summary>Ends the engine once its contexts have ended.</summary>
    public void Dispose() => _engine.Dispose();

    private EngineTensor ReadTensor(int index)
    {
        AbiLayout layout = _library.Layout;
        VCudaEngine calls = new(_engine);
        byte* name = calls.GetIOTensorName(index);
        if (name == null)
            throw new TensorRtException(TensorRtCodes.EngineRefused, Name, $"the engine gives no name for its tensor {index}", _log.Lines);
        bool isInput = calls.GetTensorIOMode(name) == layout.Value(Constant.TensorIOMode_kINPUT);
        long[] shape = calls.GetTensorShape(name).ToArray() ?? [];
        List<ShapeRange> profiles = [];
        for (int profile = 0; isInput && shape.Contains(-1) && profile < ProfileCount; profile++)
            profiles.Add(new ShapeRange(
                calls.GetProfileShape(name, profile, layout.Value(Constant.OptProfileSelector_kMIN)).ToArray() ?? [],
                calls.GetProfileShape(name, profile, layout.Value(Constant.OptProfileSelector_kOPT)).ToArray() ?? [],
                calls.GetProfileShape(name, profile, layout.Value(Constant.OptProfileSelector_kMAX)).ToArray() ?? []));
        return new EngineTensor(
            Utf8.Read(name),
            isInput,
            DataTypes.Of(layout, calls.GetTensorDataType(name)),
            shape,
            calls.GetTensorLocation(name) == layout.Value(Constant.TensorLocation_kHOST),
            Utf8.Read(calls.GetTensorFormatDesc(name)),
            profiles);
    }
}
