using GraphPartition.Cuda;
using GraphPartition.Foundation;
using GraphPartition.TensorRt.Abi;
using GraphPartition.TensorRt.Callbacks;
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

    /// <summary>Chooses a shape profile; a fresh context uses profile 0, which only one context at a time may in 8.x.</summary>
    public void UseProfile(int profile, nint stream) =>
        Require(new VExecutionContext(_context).SetOptimizationProfileAsync(profile, stream), $"profile {profile}", "it cannot be used");

    /// <summary>
    /// Gives the context its memory, where it was made without. Needed before the next run, and until that has ended.
    /// </summary>
    public void UseDeviceMemory(nint address, long bytes)
    {
        VExecutionContext calls = new(_context);
        if (_library.Family.Has(Member.VExecutionContext_setDeviceMemoryV2))
        {
            calls.SetDeviceMemoryV2(address, bytes);
        }
        else
        {
            calls.SetDeviceMemory(address);
        }
    }

    /// <summary>Sets the shape of an input.</summary>
    public void SetInputShape(string input, params ReadOnlySpan<long> shape)
    {
        fixed (byte* name = Name(input))
        {
            bool accepted = new VExecutionContext(_context).SetInputShape(name, Dims.Of(shape));
            Require(accepted, input, accepted ? "" : $"the shape [{string.Join(",", shape.ToArray())}] is outside of the profile");
        }
    }

    /// <summary>
    /// The shape that a tensor has now that the inputs' shapes are set; -1 where data decide; null where inputs are missing.
    /// </summary>
    public IReadOnlyList<long>? GetShape(string tensor)
    {
        fixed (byte* name = Name(tensor))
        {
            return new VExecutionContext(_context).GetTensorShape(name).ToArray();
        }
    }

    /// <summary>
    /// Says where a tensor lies: device memory, or host memory where <see cref="EngineTensor.IsOnHost"/> says so.
    /// </summary>
    public void SetAddress(string tensor, nint address)
    {
        fixed (byte* name = Name(tensor))
        {
            Require(new VExecutionContext(_context).SetTensorAddress(name, address), tensor, "the address is not taken");
        }
    }

    /// <summary>
    /// Has an output's memory asked for when its size is known, in place of an address. Null takes the allocator away.
    /// </summary>
    public void SetOutputAllocator(string output, IOutputAllocator? allocator)
    {
        Family family = _library.Family;
        (OutputAllocator Target, CallbackObject Native)? added = null;
        if (allocator is not null)
        {
            OutputAllocator target = new(allocator, family.NarrowDims);
            added = (target, OutputAllocator.Create(family, target));
        }

        bool accepted;
        fixed (byte* name = Name(output))
        {
            accepted = new VExecutionContext(_context).SetOutputAllocator(name, added?.Native.Pointer ?? 0);
        }

        if (!accepted)
        {
            added?.Native.Dispose();
            Require(false, output, "the output allocator is not taken");
        }

        if (_allocators.Remove(output, out var replaced))
        {
            replaced.Native.Dispose();
        }

        if (added is { } current)
        {
            _allocators[output] = current;
        }
    }

    /// <summary>The most bytes that an output can take with the shapes set; -1 where that is not known.</summary>
    public long MaxOutputBytes(string output)
    {
        fixed (byte* name = Name(output))
        {
            return new VExecutionContext(_context).GetMaxOutputSize(name);
        }
    }

    /// <summary>The names of inputs whose shape or address is still missing; empty when a run can start.</summary>
    public IReadOnlyList<string> MissingInputs()
    {
        byte** names = stackalloc byte*[_names.Count];
        int missing = new VExecutionContext(_context).InferShapes(_names.Count, (nint)names);
        Require(missing >= 0, Engine.Name, "the shapes contradict each other");
        string[] result = new string[missing];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = i < _names.Count ? Utf8.Read(names[i]) : "";
        }

        return result;
    }

    /// <summary>Has every run timed layer by layer. Timed runs wait for the device.</summary>
    public void Profile(IProgress<LayerTime> receiver)
    {
        CallbackObject profiler = LayerProfiler.Create(_library.Family, new LayerProfiler(receiver));
        new VExecutionContext(_context).SetProfiler(profiler.Pointer);
        _profiler?.Dispose();
        _profiler = profiler;
    }

    /// <summary>
    /// Starts a run on a stream. Inputs, outputs and the context must be left alone until the stream has come past it.
    /// </summary>
    /// <param name="stream">A CUDA stream; not the default stream, on which TensorRT would wait.</param>
    public void Enqueue(nint stream)
    {
        using var entry = _log.Enter();
        bool started = new VExecutionContext(_context).EnqueueV3(stream);
        ThrowFaults();
        Require(started, Engine.Name, "the run could not be started");
    }

    /// <summary>Ends the context. No run of it may be under way.</summary>
    public void Dispose()
    {
        _context.Dispose();
        _profiler?.Dispose();
        foreach (var (_, native) in _allocators.Values)
        {
            native.Dispose();
        }
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
        ? name
        : throw new ArgumentException($"the engine has no tensor '{tensor}', only {string.Join(", ", _names.Keys)}");

    private void Require(bool holds, string where, string otherwise)
    {
        if (!holds)
        {
            throw new TensorRtException(Codes.EngineRunFailed, where, otherwise, _log.Lines);
        }
    }
}
