using GraphPartition.TensorRt.Library;
using GraphPartition.TensorRt.Run;

namespace GraphPartition.Runtime.Engines;

/// <summary>One execution context of an engine with its bindings, on one stream. It must be idle when it is disposed.</summary>
internal sealed class EngineContext : IDisposable
{
    private readonly TrtContext _context;
    private readonly DeviceStream _stream;
    private readonly EngineInput?[] _inputs;
    private readonly EngineOutput[] _outputs;
    private readonly bool _hasShapeTensors;

    /// <summary>A context.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="group">The group that the engine computes.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="scratch">Memory for intermediate results.</param>
    /// <param name="layers">Receives the times of layers; null if no layer is measured.</param>
    /// <param name="asksForProfile">Whether the profile must be selected: 8.x selects it by itself only for an engine's first context,
    /// which was for a test.</param>
    public EngineContext(
        TrtEngine engine, TrtNode group, DeviceStream stream, SharedScratch scratch, IProgress<LayerTime>? layers, bool asksForProfile)
    {
        _stream = stream;
        _context = engine.CreateContext(ownMemory: false);
        try
        {
            _context.UseDeviceMemory(scratch.Address, scratch.Bytes);
            if (asksForProfile && engine.HasProfile) _context.UseProfile(0, stream.Handle);
            if (layers is not null) _context.Profile(layers);
            _inputs = [.. group.Segment.Inputs.Select((_, i) =>
                EngineBinding.OfInput(engine, group, i) is { } b ? new EngineInput(b, _context, stream) : null)];
            _hasShapeTensors = _inputs.Any(i => i is { Binding.IsOnHost: true });
            HashSet<string> open = DataDependent(engine);
            _outputs = [.. group.Segment.Outputs.Select((_, i) => EngineBinding.OfOutput(engine, group, i))
                .Select(b => new EngineOutput(b, _context, stream, open.Contains(b.Name)))];
        }
        catch
        {
            _context.Dispose();
            throw;
        }
    }

    /// <summary>Where it reads and writes.</summary>
    public StepPlacement Placement => new(
        [.. _inputs.Select(input => input is { Binding.TakesHostValue: true } ? MemoryPlace.Host : MemoryPlace.Device)],
        [.. _outputs.Select(output => output.Binding.TakesHostValue ? MemoryPlace.Host : MemoryPlace.Device)]);

    /// <summary>Whether it allocates memory while it runs, because the size of an output depends on data.</summary>
    public bool Allocates => _outputs.Any(o => o.IsDataDependent);

    /// <summary>Runs, or only enqueues the run.</summary>
    /// <exception cref="RefusedShapesException">The engine rejects the inputs.</exception>
    public void Run(StepFrame frame, bool waits)
    {
        for (int i = 0; i < _inputs.Length; i++) _inputs[i]?.Bind(frame.Inputs[i]!);
        if (_hasShapeTensors) CheckSizes();
        for (int i = 0; i < _outputs.Length; i++) _outputs[i].Bind(frame.Outputs[i]);
        _context.Enqueue(_stream.Handle);
        for (int i = 0; i < _outputs.Length; i++) _outputs[i].Fetch(frame.Outputs[i]);
        if (waits) _stream.Synchronize();
        for (int i = 0; i < _outputs.Length; i++) frame.Outputs[i] = _outputs[i].Take(frame.Outputs[i]);
    }

    public void Dispose()
    {
        _context.Dispose();
        foreach (EngineInput? input in _inputs) input?.Dispose();
        foreach (EngineOutput output in _outputs) output.Dispose();
    }

    /// <summary>The values of shape tensors have a range too, which only TensorRT can check.</summary>
    private void CheckSizes()
    {
        try
        {
            _context.MissingInputs();
        }
        catch (TensorRtException e)
        {
            throw new RefusedShapesException(e.Diagnostic.Where,
                $"the engine rejects the sizes in its shape tensors: {e.Diagnostic.Message}");
        }
    }

    /// <summary>Outputs whose sizes stay unknown although all inputs have a shape: they depend on data.</summary>
    private HashSet<string> DataDependent(TrtEngine engine)
    {
        foreach (EngineTensor tensor in engine.Tensors.Where(t => t.Profiles.Count > 0))
            _context.SetInputShape(tensor.Name, [.. tensor.Profiles[0].Opt]);
        return [.. engine.Tensors.Where(t => !t.IsInput && _context.GetShape(t.Name)?.Contains(-1) == true).Select(t => t.Name)];
    }
}
