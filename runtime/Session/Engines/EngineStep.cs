using GraphPartition.Emit;
using GraphPartition.Ir;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Steps;
using GraphPartition.TensorRt;
using GraphPartition.TensorRt.Cuda;

namespace GraphPartition.Runtime.Engines;

/// <summary>A group that TensorRT computes, in one context on one stream.</summary>
internal sealed class EngineStep : IStepExecutor
{
    private readonly TrtEngine _engine;
    private readonly TrtContext _context;
    private readonly bool _ownsEngine;
    private readonly CudaDevice _device;
    private readonly DeviceStream _stream;
    private readonly SharedScratch _scratch;
    private readonly EngineInput?[] _inputs;
    private readonly EngineOutput[] _outputs;
    private readonly string _name;
    private readonly StepLayers? _layers;

    public EngineStep(
        TrtNode group, TrtEngine engine, bool ownsEngine, CudaDevice device, DeviceStream stream, SharedScratch scratch, IProgress<LayerTime>? layers,
        bool asksForProfile)
    {
        _name = $"TrtNode_{group.Id}";
        _engine = engine;
        _ownsEngine = ownsEngine;
        _device = device;
        _stream = stream;
        _scratch = scratch;
        _context = engine.CreateContext(ownMemory: false);
        try
        {
            _context.UseDeviceMemory(scratch.Address, scratch.Bytes);
            // 8.x gives its profile only to the first context that an engine ever has, and that one was for trying.
            if (asksForProfile && engine.Tensors.Any(t => t.Profiles.Count > 0)) _context.UseProfile(0, stream.Handle);
            if (layers is not null) _context.Profile(_layers = new StepLayers(layers));
            _inputs = [.. group.Segment.Inputs.Select((_, i) => EngineBinding.OfInput(engine, group.Segment, i) is { } b ? new EngineInput(b, _context, stream) : null)];
            HashSet<string> open = DataDependent();
            _outputs = [.. group.Segment.Outputs.Select((_, i) => EngineBinding.OfOutput(engine, group.Segment, i)).Select(b => new EngineOutput(b, _context, stream, open.Contains(b.Name)))];
        }
        catch
        {
            _context.Dispose();
            scratch.Dispose();
            throw;
        }
        Placement = new(
            [.. _inputs.Select(input => input is { Binding.WantsHost: true } ? MemoryPlace.Host : MemoryPlace.Device)],
            [.. _outputs.Select(output => output.Binding.WantsHost ? MemoryPlace.Host : MemoryPlace.Device)]);
        OnlyEnqueues = Placement.IsOnDevice && layers is null && !_outputs.Any(o => o.IsDataDependent);
    }

    public string Device => $"TensorRT on {_stream.Name}";

    public StepPlacement Placement { get; }

    public bool OnlyEnqueues { get; }

    public void Run(StepFrame frame, RunControl control)
    {
        _device.MakeCurrent();
        _layers?.Take(); // of a run before that nobody asked for, or that failed
        try
        {
            for (int i = 0; i < _inputs.Length; i++) _inputs[i]?.Bind(frame.Inputs[i]);
            for (int i = 0; i < _outputs.Length; i++) _outputs[i].Bind(frame.Outputs[i]);
            _context.Enqueue(_stream.Handle);
            for (int i = 0; i < _outputs.Length; i++) _outputs[i].Fetch();
            if (!OnlyEnqueues) _stream.Synchronize();
            for (int i = 0; i < _outputs.Length; i++) frame.Outputs[i] = _outputs[i].Take(frame.Outputs[i]);
        }
        catch (TensorRtException e)
        {
            throw new EnvironmentException(e.Diagnostic.Code, _name, $"{e.Diagnostic.Where}: {e.Diagnostic.Message}{Ranges()}", e);
        }
    }

    public IReadOnlyList<LayerTime> TakeLayers() => _layers?.Take() ?? [];

    public void Dispose()
    {
        _context.Dispose();
        foreach (EngineInput? input in _inputs) input?.Dispose();
        foreach (EngineOutput output in _outputs) output.Dispose();
        if (_ownsEngine) _engine.Dispose();
        _scratch.Dispose();
    }

    /// <summary>Outputs whose sizes stay open although all inputs have a shape: the data decide.</summary>
    private HashSet<string> DataDependent()
    {
        foreach (EngineTensor tensor in _engine.Tensors.Where(t => t.Profiles.Count > 0)) _context.SetInputShape(tensor.Name, [.. tensor.Profiles[0].Opt]);
        return [.. _engine.Tensors.Where(t => !t.IsInput && _context.GetShape(t.Name)?.Contains(-1) == true).Select(t => t.Name)];
    }

    /// <summary>The shapes that the engine takes, for messages.</summary>
    private string Ranges() => string.Concat(_engine.Tensors.Where(t => t.Profiles.Count > 0).Select(t =>
        $"\n  {t.Name} takes [{string.Join(",", t.Profiles[0].Min)}] to [{string.Join(",", t.Profiles[0].Max)}]"));
}
