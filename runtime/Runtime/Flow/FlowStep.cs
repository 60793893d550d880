using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Execution;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Flow;

/// <summary>A control-flow node whose bodies the session runs itself, since groups in them run on their own.</summary>
internal abstract class FlowStep : IStepExecutor
{
    private readonly Node _node;
    private readonly Body[] _bodies;
    private readonly int[] _frameOutputs;

    /// <summary>A step over bodies, which it owns.</summary>
    protected FlowStep(ExecutionStep step, Node node, Body[] bodies)
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

    /// <summary>What a body does depends on data, and its own steps are recorded instead.</summary>
    public bool OnlyEnqueues => false;

    /// <inheritdoc/>
    public bool UsesDevice => Stream is not null;

    /// <summary>How often a body ran in the last run.</summary>
    public long Iterations { get; protected set; }

    /// <summary>The contexts of its bodies.</summary>
    public IEnumerable<RunContext> Contexts => _bodies.SelectMany(b => b.Lanes);

    /// <summary>The device, or null.</summary>
    protected DeviceStream? Stream => _bodies[0].Stream;

    /// <summary>What the node and its bodies use.</summary>
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
            throw OrtFault.Of(_node.Label, e);
        }
    }

    /// <inheritdoc/>
    public bool Recovers(EnvironmentException fault) => Array.Exists(_bodies, body => body.Recovers(fault));

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        foreach (Body body in _bodies) body.Dispose();
        Values.Dispose();
    }

    /// <summary>Computes the node.</summary>
    protected abstract void Compute(StepFrame frame, RunControl control);

    /// <summary>The step's output that is an output of the node; -1 where nobody needs it.</summary>
    protected int FrameOutput(int output) => output < _frameOutputs.Length ? _frameOutputs[output] : -1;

    /// <summary>The places of the step, from those of its values and of the node's outputs.</summary>
    protected StepPlacement Place(IReadOnlyList<MemoryPlace> outputs)
    {
        var places = new MemoryPlace[_frameOutputs.Count(at => at >= 0)];
        for (int o = 0; o < outputs.Count; o++)
            if (FrameOutput(o) is >= 0 and var at) places[at] = outputs[o];
        return new([.. Values.Places], [.. places]);
    }
}
