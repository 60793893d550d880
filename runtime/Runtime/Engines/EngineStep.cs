using GraphPartition.Cuda;
using GraphPartition.TensorRt.Library;
using GraphPartition.TensorRt.Run;

namespace GraphPartition.Runtime.Engines;

/// <summary>A group that a TensorRT engine computes, on one stream.</summary>
internal sealed class EngineStep : IStepExecutor
{
    private readonly CudaDevice _device;
    private readonly Func<EngineContext> _create;
    private readonly Action? _release;
    private readonly Action<string>? _refuse;
    private readonly EngineBinding?[] _inputs;
    private readonly string _name;
    private readonly StepLayers? _layers;
    private EngineContext? _context;

    /// <summary>A step.</summary>
    /// <param name="group">The group.</param>
    /// <param name="engine">Its engine.</param>
    /// <param name="device">The device.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="create">Creates a context: one for all runs that are not recorded, and one for each recording.</param>
    /// <param name="layers">Receives the times of layers from its contexts; runs then wait. Null if no layer is measured.</param>
    /// <param name="canBeRecorded">Whether contexts for recordings can be created.</param>
    /// <param name="refuse">Called when the engine rejects an input shape and the ONNX subgraph runs instead; null: the run fails.</param>
    /// <param name="release">Called at the end.</param>
    public EngineStep(
        TrtNode group, TrtEngine engine, CudaDevice device, DeviceStream stream, Func<EngineContext> create, StepLayers? layers,
        bool canBeRecorded, Action<string>? refuse, Action? release)
    {
        _name = $"TrtNode_{group.Id}";
        _device = device;
        _create = create;
        _layers = layers;
        _release = release;
        _refuse = refuse;
        _inputs = [.. group.Segment.Inputs.Select((_, i) => EngineBinding.OfInput(engine, group, i))];
        _context = create();
        Device = $"TensorRT on {stream.Name}";
        Placement = _context.Placement;
        OnlyEnqueues = layers is null && Placement.IsOnDevice && !_context.Allocates;
        CanBeRecorded = canBeRecorded && OnlyEnqueues;
    }

    public string Device { get; }
    public StepPlacement Placement { get; }
    public bool OnlyEnqueues { get; }
    public bool CanBeRecorded { get; }

    public bool Accepts(IReadOnlyList<long[]?> inputs)
    {
        if (_refuse is null) return true; // the run fails if it rejects them
        for (int i = 0; i < _inputs.Length; i++)
            if (_inputs[i] is { } binding && inputs[i] is { } shape && binding.WhyNot(shape) is { } reason)
            {
                _refuse(reason);
                return false;
            }
        return true;
    }

    public void Run(StepFrame frame, RunControl control)
    {
        _device.MakeCurrent();
        _layers?.Take(); // of an earlier run that failed, or whose times were not taken
        try
        {
            EngineContext context = _context ??= _create();
            context.Run(frame, waits: !OnlyEnqueues);
            if (!control.IsRecording) return;
            // A recording depends on the context's state, which must not change any more (TensorRT developer guide, CUDA graphs).
            control.Recorded.Add(context);
            _context = null;
        }
        catch (RefusedShapesException e) when (_refuse is not null)
        {
            _refuse(e.Diagnostic.Message);
            throw;
        }
        catch (EnvironmentException e) when (e is TensorRtException or RefusedShapesException)
        {
            throw new EnvironmentException(e.Diagnostic.Code, _name, $"{e.Diagnostic.Where}: {e.Diagnostic.Message}", e);
        }
    }

    public IReadOnlyList<LayerTime> TakeLayers() => _layers?.Take() ?? [];

    public void Dispose()
    {
        _context?.Dispose();
        _release?.Invoke();
    }
}
