using GraphPartition.Runtime.Execution;

namespace GraphPartition.Runtime.Flow;

/// <summary>A control-flow node whose bodies the session runs itself, since groups in them have engines.</summary>
internal abstract class FlowStep : IStepExecutor
{
    private readonly Node _node;
    private readonly BodyRunner[] _bodies;
    private readonly int[] _frameOutputs;

    /// <summary>A step over bodies, which it owns.</summary>
    protected FlowStep(ExecutionStep step, Node node, BodyRunner[] bodies)
    {
        _node = node;
        _bodies = bodies;
        _frameOutputs = [.. node.Outputs.Select(v => v is null ? -1 : step.Segment.Outputs.IndexOf(v))];
        Values = new FlowValues(step.Segment);
    }

    /// <inheritdoc/>
    public string Device => Stream is null ? "cpu" : Stream.Name;

    /// <inheritdoc/>
    public abstract StepPlacement Placement { get; }

    /// <summary>The control flow depends on data; the steps of the bodies are recorded instead.</summary>
    public bool OnlyEnqueues => false;

    /// <inheritdoc/>
    public bool UsesDevice => Stream is not null;

    /// <inheritdoc/>
    public long Iterations { get; protected set; }

    /// <summary>The runners of its bodies.</summary>
    public IEnumerable<Runner> Runners => _bodies.SelectMany(b => b.Runners);

    /// <summary>The device, or null.</summary>
    protected DeviceStream? Stream => _bodies[0].Stream;

    /// <summary>The values that the node and its bodies use.</summary>
    protected FlowValues Values { get; }

    /// <inheritdoc/>
    public void Run(StepFrame frame, RunControl control)
    {
        try
        {
            Compute(frame, control);
        }
        catch (OnnxRuntimeException e)
        {
            throw OrtMessages.Fault(_node.Label, e, onDevice: Stream is not null);
        }
    }

    /// <inheritdoc/>
    public bool TryRecover(EnvironmentException fault) => Array.Exists(_bodies, body => body.TryRecover(fault));

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        foreach (BodyRunner body in _bodies) body.Dispose();
        Values.Dispose();
    }

    /// <summary>Computes the node.</summary>
    protected abstract void Compute(StepFrame frame, RunControl control);

    /// <summary>The index in the frame of an output of the node; -1 if it is unused.</summary>
    protected int FrameOutput(int output) => output < _frameOutputs.Length ? _frameOutputs[output] : -1;

    /// <summary>The placement of the step, from the places of its values and of the node's outputs.</summary>
    protected StepPlacement Place(IReadOnlyList<MemoryPlace> outputs)
    {
        var places = new MemoryPlace[_frameOutputs.Count(at => at >= 0)];
        for (int o = 0; o < outputs.Count; o++)
            if (FrameOutput(o) is >= 0 and var at) places[at] = outputs[o];
        return new([.. Values.Places], [.. places]);
    }
}

/// <summary>
/// The values that a control-flow node and its bodies use: inputs of the step, each at one place, and constants on the host.
/// </summary>
internal sealed class FlowValues(GraphSegment segment) : IDisposable
{
    private readonly GraphSegment _segment = segment;
    private readonly Dictionary<Value, OrtValue> _constants = [];
    private readonly MemoryPlace?[] _places = new MemoryPlace?[segment.Inputs.Length];

    /// <summary>The place of each input of the step.</summary>
    public IEnumerable<MemoryPlace> Places => _places.Select(p => p ?? MemoryPlace.Host);

    /// <summary>Requests a place for a value. It is on the device if no request names the host.</summary>
    public void Request(Value? value, MemoryPlace place)
    {
        if (value is null || value.IsConstant) return;
        int input = _segment.Inputs.IndexOf(value);
        _places[input] = _places[input] == MemoryPlace.Host ? MemoryPlace.Host : place;
    }

    /// <summary>The place of a value.</summary>
    public MemoryPlace PlaceOf(Value value) =>
        value.IsConstant ? MemoryPlace.Host : _places[_segment.Inputs.IndexOf(value)] ?? MemoryPlace.Host;

    /// <summary>A value in a run; null if it is left out, or an empty optional.</summary>
    public OrtValue? Of(Value? value, StepFrame frame)
    {
        if (value is null) return null;
        if (value.Data is null) return frame.Inputs[_segment.Inputs.IndexOf(value)];
        if (!_constants.TryGetValue(value, out OrtValue? constant)) _constants.Add(value, constant = OrtValues.ToOrt(value.Data));
        return constant;
    }

    public void Dispose()
    {
        foreach (OrtValue constant in _constants.Values) constant.Dispose();
    }
}
