using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Flow;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Execution;

/// <summary>
/// Plans a compiled model for a device and makes executors of the plan. Where groups in the bodies of an If, Loop or Scan run on
/// their own, the bodies are planned in the same way and the node becomes a step of its own.
/// </summary>
internal sealed class PlanFactory : IDisposable
{
    private const int NodesPerStep = 8;

    private readonly CompiledModel _compiled;
    private readonly ModelSessionOptions _options;
    private readonly IEngineSource? _engines;
    private readonly OrtStepSource _source;
    private readonly RepeatableNodes _repeatable;
    private readonly Dictionary<int, ImmutableArray<PlanFactory>> _bodies = [];
    private readonly List<WholeNode> _whole = [];
    private readonly HashSet<int> _onHost = []; // nodes that the host computes, though there is a device

    /// <summary>Plans.</summary>
    /// <param name="compiled">The compiled model, or a body as a model of its own.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="stream">The device to plan for; null to run on the host alone.</param>
    /// <param name="engines">Engines of groups, if any; the caller's.</param>
    /// <param name="whole">A session of the host over the whole model, if there is one already; the caller's.</param>
    /// <param name="isBody">Whether it is a body.</param>
    public PlanFactory(
        CompiledModel compiled, ModelSessionOptions options, DeviceStream? stream, IEngineSource? engines, InferenceSession? whole = null, bool isBody = false)
    {
        _compiled = compiled;
        _options = options;
        _engines = engines;
        _repeatable = new RepeatableNodes(compiled.Model.Graph);
        _source = new OrtStepSource(compiled, options, _repeatable, whole);
        try
        {
            PlanBodies(stream);
            bool isOnlyOne = !isBody && _bodies.Count == 0;
            Plan = MakePlan(stream, isOnlyOne);
            _source.IsOnlyOne = isOnlyOne && Plan.Steps.Length == 1;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The plan.</summary>
    public ExecutionPlan Plan { get; }

    /// <summary>Executors of the plan's steps on a stream.</summary>
    /// <param name="stream">The stream; null for the host.</param>
    /// <param name="ownsStream">Whether the stream ends with them.</param>
    public StepExecutors CreateExecutors(DeviceStream? stream, bool ownsStream)
    {
        var steps = ImmutableArray.CreateBuilder<IStepExecutor>(Plan.Steps.Length);
        try
        {
            foreach (ExecutionStep step in Plan.Steps) steps.Add(Create(step, stream));
            _source.DropSpare();
            Func<int, IStepExecutor>? onHost = _options.OutOfMemory == OutOfMemoryPolicy.RunOnCpu ? s => _source.CreateOnHost(Plan.Steps[s].Segment) : null;
            return new(Plan, steps.MoveToImmutable(), stream, ownsStream, onHost, s => CreatePortable(Plan.Steps[s], stream));
        }
        catch
        {
            foreach (IStepExecutor step in steps) step.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (PlanFactory body in _bodies.Values.SelectMany(b => b)) body.Dispose();
        _source.Dispose();
    }

    private void PlanBodies(DeviceStream? stream)
    {
        Graph graph = _compiled.Model.Graph;
        foreach (IGrouping<int, CompiledBody> cut in _compiled.Bodies.GroupBy(b => b.Node))
        {
            if (!cut.SelectMany(b => b.AllGroups).Any(RunsAlone)) continue;
            Node node = graph.Nodes[cut.Key];
            if (FlowSupport.WhyNot(node, _compiled.Model) is { } reason)
            {
                _whole.Add(new(node.Label, reason));
                continue;
            }
            var bodies = ImmutableArray.CreateBuilder<PlanFactory>();
            try
            {
                foreach (CompiledModel body in _compiled.BodiesOf(cut.Key)) bodies.Add(new(body, _options, stream, _engines, isBody: true));
            }
            finally
            {
                _bodies.Add(cut.Key, bodies.ToImmutable()); // those that there are end with this one
            }
        }
    }

    private bool RunsAlone(TrtNode group) => _options.KeepGroups || _engines?.CanRun(group) == true;

    /// <summary>
    /// Without engines everything is one step, unless the device lacks operators or cannot repeat them: then nodes of different kinds
    /// are kept apart, so that only what needs the host waits and copies.
    /// </summary>
    private ExecutionPlan MakePlan(DeviceStream? stream, bool isOnlyOne)
    {
        var bodies = _bodies.ToDictionary(b => b.Key, b => b.Value.Select(factory => factory.Plan).ToImmutableArray());
        ExecutionPlan plan = Of(null);
        _source.IsOnlyOne = isOnlyOne && plan.Steps.Length == 1;
        if (stream is null) return plan;
        if (plan.Steps.All(s => IsOurs(s) || (_source.StaysOnDevice(s.Segment, stream) && _repeatable.Are(s.Segment.Nodes)))) return plan;
        bool isWhole = plan.Steps.Length == 1 && !IsOurs(plan.Steps[0]) && _source.StaysOnDevice(plan.Steps[0].Segment, stream);
        _source.IsOnlyOne = false;
        (StepKind[] kinds, bool[] stays) = KindsOf(stream, isWhole, bodies);
        // Where shapes are open nearly everywhere, steps would alternate at every other node, and recording gains less than that costs.
        int most = plan.Steps.Length + Math.Max(NodesPerStep, kinds.Length / NodesPerStep);
        StepKind[][] coarser = [kinds, Merged(StepKind.Enqueued, StepKind.Mixed), Merged(StepKind.Recorded, StepKind.Enqueued)];
        return coarser.Select(choice => Of(node => (int)choice[node])).FirstOrDefault(p => p.Steps.Length <= most)
            ?? Of(node => stays[node] ? (int)StepKind.Enqueued : (int)StepKind.Mixed);

        ExecutionPlan Of(Func<int, int>? kind) => ExecutionPlan.Of(_compiled, RunsAlone, kind, Enum.GetValues<StepKind>().Length, bodies, _whole);

        StepKind[] Merged(StepKind one, StepKind other) => [.. kinds.Select(k => k == one ? other : k)];
    }

    /// <summary>The kind of each node, and whether the device computes all of the group or fallback segment that it is in.</summary>
    private (StepKind[] Kinds, bool[] Stays) KindsOf(DeviceStream stream, bool isWhole, IReadOnlyDictionary<int, ImmutableArray<ExecutionPlan>> bodies)
    {
        Graph graph = _compiled.Model.Graph;
        var kinds = new StepKind[graph.Nodes.Length];
        bool[] stays = new bool[kinds.Length], isAlone = new bool[kinds.Length];
        foreach (ExecutionStep unit in ExecutionPlan.Of(_compiled, _ => true, bodies: bodies).Steps)
        {
            bool isOurs = IsOurs(unit), all = !isOurs && (isWhole || _source.StaysOnDevice(unit.Segment, stream));
            HashSet<int> lacking = isOurs || all ? [] : [.. unit.Segment.Nodes.Where(n => _source.Lacks(n, stream))];
            ImmutableArray<int> others = [.. unit.Segment.Nodes.Where(n => !lacking.Contains(n))];
            // Without what is lacking the device may compute the rest; if not, ONNX Runtime has reasons of its own to go to and fro.
            bool rest = all || (lacking.Count > 0 && (others.IsEmpty || _source.StaysOnDevice(GraphSegment.Of(graph, others, isEngine: false), stream)));
            foreach (int node in unit.Segment.Nodes)
            {
                stays[node] = all;
                isAlone[node] = isOurs || (unit.Group is { } group && RunsAlone(group));
                kinds[node] = !rest ? StepKind.Mixed : lacking.Contains(node) ? StepKind.OnHost : _repeatable.Is(node) ? StepKind.Recorded : StepKind.Enqueued;
            }
        }
        _source.DropSpare();
        foreach (int node in HostSide.Of(graph, n => kinds[n] == StepKind.OnHost && !isAlone[n], n => kinds[n] >= StepKind.Enqueued && !isAlone[n]))
            kinds[node] = StepKind.OnHost;
        MixedSide.Join(graph, kinds, n => !isAlone[n]);
        _onHost.UnionWith(Enumerable.Range(0, kinds.Length).Where(n => kinds[n] == StepKind.OnHost));
        return (kinds, stays);
    }

    /// <summary>Whether no ONNX Runtime session computes a step as a whole.</summary>
    private bool IsOurs(ExecutionStep step) => RunsEngine(step) || step.Bodies.Length > 0;

    private bool RunsEngine(ExecutionStep step) => step.Group is { } group && _engines?.CanRun(group) == true;

    private IStepExecutor Create(ExecutionStep step, DeviceStream? stream)
    {
        if (step.Bodies.Length > 0) return CreateFlow(step, stream);
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
        stream is null || step.Segment.Nodes.All(_onHost.Contains) ? _source.CreateOnHost(step.Segment) : _source.CreateOnDevice(step.Segment, stream);

    private FlowStep CreateFlow(ExecutionStep step, DeviceStream? stream)
    {
        int index = step.Segment.Nodes[0];
        Node node = _compiled.Model.Graph.Nodes[index];
        var bodies = new List<Body>();
        try
        {
            foreach (PlanFactory body in _bodies[index])
                bodies.Add(new Body(body.CreateExecutors(stream, ownsStream: false), _options, node.DisplayName, LoopStep.MostLanes));
            return node.Op.Is("If") ? new IfStep(step, node, [.. bodies]) : new LoopStep(step, node, bodies[0]);
        }
        catch
        {
            foreach (Body body in bodies) body.Dispose();
            throw;
        }
    }
}
