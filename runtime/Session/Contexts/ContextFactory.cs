using System.Collections.Immutable;
using GraphPartition.Emit;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Steps;

namespace GraphPartition.Runtime.Contexts;

/// <summary>Plans a compiled model for a device and makes contexts that execute the plan.</summary>
internal sealed class ContextFactory : IDisposable
{
    private const int NodesPerStep = 8;

    private readonly CompiledModel _compiled;
    private readonly ModelSessionOptions _options;
    private readonly Func<DeviceStream>? _openStream;
    private readonly IEngineSource? _engines;
    private readonly OrtStepSource _source;
    private readonly RepeatableNodes _repeatable;
    private DeviceStream? _firstStream;

    /// <summary>Plans.</summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="openStream">Opens a stream of the device; null to run on the host alone.</param>
    /// <param name="engines">Engines of groups, if any; owned.</param>
    public ContextFactory(CompiledModel compiled, ModelSessionOptions options, Func<DeviceStream>? openStream, IEngineSource? engines)
    {
        _compiled = compiled;
        _options = options;
        _openStream = openStream;
        _engines = engines;
        _repeatable = new RepeatableNodes(compiled.Model.Graph);
        _source = new OrtStepSource(compiled, options, _repeatable);
        _firstStream = openStream?.Invoke();
        try
        {
            Plan = MakePlan();
            _source.IsOnlyOne = Plan.Steps.Length == 1;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The plan.</summary>
    public ExecutionPlan Plan { get; }

    /// <summary>A context with a stream and executors of its own.</summary>
    /// <param name="keepsResults">Whether results stay in its buffers until its next run.</param>
    public RunContext Create(bool keepsResults)
    {
        DeviceStream? stream = Interlocked.Exchange(ref _firstStream, null) ?? _openStream?.Invoke();
        var steps = ImmutableArray.CreateBuilder<IStepExecutor>(Plan.Steps.Length);
        try
        {
            foreach (ExecutionStep step in Plan.Steps) steps.Add(Create(step, stream));
            _source.DropSpare();
            var executors = new StepExecutors(Plan, steps.MoveToImmutable(), s => _source.CreateOnHost(Plan.Steps[s].Segment), s => CreatePortable(Plan.Steps[s], stream));
            return new(Plan, _options, executors, stream, keepsResults);
        }
        catch
        {
            foreach (IStepExecutor step in steps) step.Dispose();
            stream?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _source.Dispose();
        _engines?.Dispose();
        _firstStream?.Dispose();
    }

    /// <summary>
    /// Without engines everything is one step, unless the device lacks operators or cannot repeat them: then what can be recorded
    /// is kept apart from what cannot, so that only the latter waits and copies.
    /// </summary>
    private ExecutionPlan MakePlan()
    {
        bool Alone(TrtNode group) => _options.KeepGroups || _engines?.CanRun(group) == true;
        ExecutionPlan plan = ExecutionPlan.Of(_compiled, Alone);
        _source.IsOnlyOne = plan.Steps.Length == 1;
        if (_firstStream is not { } stream) return plan;
        if (plan.Steps.All(s => RunsEngine(s) || (_source.StaysOnDevice(s.Segment, stream) && _repeatable.Are(s.Segment.Nodes)))) return plan;
        bool isWhole = plan.Steps.Length == 1 && _source.StaysOnDevice(plan.Steps[0].Segment, stream);
        _source.IsOnlyOne = false;
        var stays = new bool[_compiled.Model.Graph.Nodes.Length];
        foreach (GraphSegment segment in _compiled.Segments)
        {
            bool all = isWhole || _source.StaysOnDevice(segment, stream);
            foreach (int node in segment.Nodes) stays[node] = all;
        }
        _source.DropSpare();
        // Where shapes are open nearly everywhere, steps would alternate at every other node, and recording gains less than that costs.
        ExecutionPlan apart = ExecutionPlan.Of(_compiled, Alone, node => stays[node] && _repeatable.Is(node));
        return apart.Steps.Length <= plan.Steps.Length + Math.Max(NodesPerStep, stays.Length / NodesPerStep) ? apart
            : ExecutionPlan.Of(_compiled, Alone, node => stays[node]);
    }

    private bool RunsEngine(ExecutionStep step) => step.Group is { } group && _engines?.CanRun(group) == true;

    private IStepExecutor Create(ExecutionStep step, DeviceStream? stream)
    {
        if (stream is null) return CreatePortable(step, null);
        try
        {
            return RunsEngine(step) ? _engines!.Create(step.Group!, stream) : CreatePortable(step, stream);
        }
        catch (OutOfDeviceMemoryException) when (_options.OutOfMemory == OutOfMemoryPolicy.RunOnCpu)
        {
            return _source.CreateOnHost(step.Segment);
        }
    }

    /// <summary>An executor of the segment itself, engine or not.</summary>
    private IStepExecutor CreatePortable(ExecutionStep step, DeviceStream? stream) =>
        stream is null ? _source.CreateOnHost(step.Segment) : _source.CreateOnDevice(step.Segment, stream);
}
