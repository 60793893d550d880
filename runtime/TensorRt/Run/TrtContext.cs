using GraphPartition.TensorRt.Library;

namespace GraphPartition.TensorRt.Run;

/// <summary>
/// One run of an engine at a time (IExecutionContext, NvInferRuntime.h). For one thread at a time. Steady runs allocate
/// nothing.
/// </summary>
public sealed unsafe class TrtContext : IDisposable
{
    private readonly TensorRtLibrary _library;
    private readonly NativeObject _context;
    private readonly LogScope _log;
    private readonly Dictionary<string, byte[]> _names;
    private readonly Dictionary<string, (OutputAllocator Target, CallbackObject Native)> _allocators = [];
    private CallbackObject? _profiler;

    internal TrtContext(TensorRtLibrary library, TrtEngine engine, NativeObject context, LogScope log)
    {
        _library = library;
        _context = context;
        _log = log;
        Engine = engine;
        _names = engine.Tensors.ToDictionary(t => t.Name, t => Utf8.Bytes(t.Name));
    }

    /// <summary>The engine.</summary>
    public TrtEngine Engine { get; }

    /// <summary>Selects a shape profile. A new context uses profile 0. In 8.x only one context at a time may use a profile.</summary>
    public void UseProfile(int profile, nint stream) =>
        Require(new VExecutionContext(_context).SetOptimizationProfileAsync(profile, stream), $"profile {profile}", "it cannot be used");

    /// <summary>Sets the memory of a context that was created without. The memory must stay valid until the next run is done.</summary>
    public void UseDeviceMemory(nint address, long bytes)
    {
        VExecutionContext calls = new(_context);
        if (_library.Layout.Has(Member.VExecutionContext_setDeviceMemoryV2)) calls.SetDeviceMemoryV2(address, bytes);
        else calls.SetDeviceMemory(address);
    }

    /// <summary>Sets the shape of an input.</summary>
    public void SetInputShape(string input, params ReadOnlySpan<long> shape)
    {
        fixed (byte* name = Name(input))
        {
            bool accepted = new VExecutionContext(_context).SetInputShape(name, Dims.Of(shape));
            Require(accepted, input, accepted ? "" : $"the shape [{string.Join(",", shape.ToArray())}] is outside the profile");
        }
    }

    /// <summary>
    /// The shape of a tensor for the input shapes that are set; -1 for sizes that depend on data; null if input shapes are missing.
    /// </summary>
    public IReadOnlyList<long>? GetShape(string tensor)
    {
        fixed (byte* name = Name(tensor))
        {
            return new VExecutionContext(_context).GetTensorShape(name).ToArray();
        }
    }

    /// <summary>Sets the address of a tensor, in host memory if <see cref="EngineTensor.IsOnHost"/>, else in device memory.</summary>
    public void SetAddress(string tensor, nint address)
    {
        fixed (byte* name = Name(tensor))
        {
            Require(new VExecutionContext(_context).SetTensorAddress(name, address), tensor, "TensorRT rejects the address");
        }
    }

    /// <summary>
    /// Sets an allocator that provides the memory of an output once its size is known, in place of an address. Null removes it.
    /// </summary>
    public void SetOutputAllocator(string output, IOutputAllocator? allocator)
    {
        AbiLayout layout = _library.Layout;
        (OutputAllocator Target, CallbackObject Native)? added = null;
        if (allocator is not null)
        {
            OutputAllocator target = new(allocator, layout.NarrowDims);
            added = (target, OutputAllocator.Create(layout, target));
        }
        bool accepted;
        fixed (byte* name = Name(output))
        {
            accepted = new VExecutionContext(_context).SetOutputAllocator(name, added?.Native.Pointer ?? 0);
        }
        if (!accepted)
        {
            added?.Native.Dispose();
            Require(false, output, "TensorRT rejects the output allocator");
        }
        if (_allocators.Remove(output, out var replaced)) replaced.Native.Dispose();
        if (added is { } current) _allocators[output] = current;
    }

    /// <summary>The names of inputs whose shape or address is missing; empty when a run can start.</summary>
    public IReadOnlyList<string> MissingInputs()
    {
        byte** names = stackalloc byte*[_names.Count];
        int missing = new VExecutionContext(_context).InferShapes(_names.Count, (nint)names);
        Require(missing >= 0, Engine.Name, "the shapes contradict each other");
        string[] result = new string[missing];
        for (int i = 0; i < result.Length; i++) result[i] = i < _names.Count ? Utf8.Read(names[i]) : "";
        return result;
    }

    /// <summary>Times every layer of later runs. Such runs wait for the device.</summary>
    public void Profile(IProgress<LayerTime> receiver)
    {
        CallbackObject profiler = LayerProfiler.Create(_library.Layout, new LayerProfiler(receiver));
        new VExecutionContext(_context).SetProfiler(profiler.Pointer);
        _profiler?.Dispose();
        _profiler = profiler;
    }

    /// <summary>Enqueues a run on a stream. Until it is done, inputs, outputs and the context must not be changed.</summary>
    /// <param name="stream">A CUDA stream other than the default stream, on which TensorRT would synchronize.</param>
    public void Enqueue(nint stream)
    {
        using var entry = _log.Enter();
        bool started = new VExecutionContext(_context).EnqueueV3(stream);
        ThrowFaults();
        Require(started, Engine.Name, "the run could not be started");
    }

    /// <summary>Ends the context. No run of it may be in progress.</summary>
    public void Dispose()
    {
        _context.Dispose();
        _profiler?.Dispose();
        foreach (var (_, native) in _allocators.Values) native.Dispose();
    }

    private void ThrowFaults()
    {
        foreach (var (allocator, _) in _allocators.Values)
        {
            if (allocator.Fault is { } fault)
            {
                allocator.Fault = null;
                throw new InvalidOperationException("an output allocator failed", fault);
            }
        }
    }

    private byte[] Name(string tensor) => _names.TryGetValue(tensor, out byte[]? name)
        ? name : throw new ArgumentException($"the engine has no tensor '{tensor}', only {string.Join(", ", _names.Keys)}");

    private void Require(bool holds, string where, string otherwise)
    {
        if (!holds) throw new TensorRtException(TensorRtCodes.EngineRunFailed, where, otherwise, _log.Lines);
    }
}
