using GraphPartition.Runtime.Flow;
using GraphPartition.Runtime.Kernels;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Providers;

namespace GraphPartition.Runtime.Loading;

/// <summary>
/// Plans a compiled model for a provider and a device, and creates the executors of the plan. If groups in the bodies of an If, Loop or
/// Scan have engines, the bodies are planned in the same way and the node becomes a step. So it does if ONNX Runtime cannot execute a
/// body: because a C# kernel computes a node there, or because nobody does, which matters only if a run comes to that node.
/// </summary>
internal sealed class SessionPlanner : IDisposable
{
    private const int NodesPerStep = 8; // recording gains less than shorter steps cost

    private readonly CompiledModel _compiled;
    private readonly ModelSessionOptions _options;
    private readonly ExecutionProvider _provider;
    private readonly IEngineSource? _engines;
    private readonly OrtStepSource _source;
    private readonly CaptureAnalysis _capture;
    private readonly KernelTable _kernels;
    private readonly HashSet<int> _kernelNodes; // nodes that a C# kernel computes
    private readonly bool _isBody;
    private readonly Dictionary<int, ImmutableArray<SessionPlanner>> _bodies = [];
    private readonly List<WholeNode> _whole = [];
    private readonly HashSet<int> _onHost = []; // nodes that run on the host although there is a device

    /// <summary>Plans a model.</summary>
    /// <param name="compiled">The compiled model, or a body as a model of its own.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="provider">The execution provider of the fallback.</param>
    /// <param name="stream">The device to plan for; null to run on the host alone.</param>
    /// <param name="engines">Engines of groups, if any; not owned.</param>
    /// <param name="whole">A session of the host for the whole model, if there is one already; not owned.</param>
    /// <param name="isBody">Whether it is a body.</param>
    public SessionPlanner(
        CompiledModel compiled, ModelSessionOptions options, ExecutionProvider provider, DeviceStream? stream, IEngineSource? engines,
        InferenceSession? whole = null, bool isBody = false)
    {
        _provider = provider;
        _compiled = compiled;
        _options = options;
        _engines = engines;
        _capture = new CaptureAnalysis(compiled.Model.Graph);
        _isBody = isBody;
        _kernels = new KernelTable(options.Kernels);
        _kernelNodes = [.. Enumerable.Range(0, compiled.Model.Graph.Nodes.Length)
            .Where(n => _kernels.Find(compiled.Model.Graph.Nodes[n]) is not null)];
        _source = new OrtStepSource(compiled, options, provider, _capture, whole);
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
    /// <param name="ownsStream">Whether the stream is disposed with them.</param>
    public StepExecutors CreateExecutors(DeviceStream? stream, bool ownsStream)
    {
        var steps = ImmutableArray.CreateBuilder<IStepExecutor>(Plan.Steps.Length);
        try
        {
            foreach (ExecutionStep step in Plan.Steps) steps.Add(CreateOrDefer(step, stream));
            _source.DropSpare();
            Func<int, IStepExecutor>? onHost = _options.OutOfMemory == OutOfMemoryPolicy.RunOnCpu
                ? s => _source.CreateOnHost(Plan.Steps[s].Segment) : null;
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
        foreach (SessionPlanner body in _bodies.Values.SelectMany(b => b)) body.Dispose();
        _source.Dispose();
    }

    private void PlanBodies(DeviceStream? stream)
    {
        Graph graph = _compiled.Model.Graph;
        ILookup<int, Cut> cuts = _compiled.Cut.Bodies.ToLookup(b => b.Node, b => b.Cut);
        HashSet<int> inEngines = [.. _compiled.Cut.Groups.Where(HasEngine).SelectMany(g => g.Segment.Nodes)];
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            Node node = graph.Nodes[n];
            if (node.Attributes.Count == 0 || node.Attributes.Bodies() is not { IsEmpty: false } graphs || inEngines.Contains(n)) continue;
            bool hasGroups = cuts[n].SelectMany(c => c.AllGroups).Any(g => _options.KeepGroups || HasEngine(g));
            if (!hasGroups && !graphs.Any(g => _kernels.IsUsedIn(g) || HasUnknown(g))) continue;
            if (FlowSupport.Judge(node, _compiled.Model) is { IsYes: false } no)
            {
                _whole.Add(new(node.Label, no.Reason!));
                continue;
            }
            var bodies = ImmutableArray.CreateBuilder<SessionPlanner>();
            try
            {
                foreach (CompiledModel body in _compiled.BodiesOf(n))
                    bodies.Add(new(body, _options, _provider, stream, _engines, isBody: true));
            }
            finally
            {
                _bodies.Add(n, bodies.ToImmutable()); // also after a failure: they are disposed with this planner
            }
        }
    }

    private bool HasEngine(TrtNode group) => _engines?.CanRun(group) == true;

    /// <summary>Whether a group is a step. Without an engine it is a session, which cannot have nodes that are steps.</summary>
    private bool RunsAlone(TrtNode group) => HasEngine(group) || (_options.KeepGroups && IsSession(group));

    private bool IsSession(TrtNode group) => !group.Segment.Nodes.Any(n => _kernelNodes.Contains(n) || _bodies.ContainsKey(n));

    private bool HasUnknown(Graph graph) =>
        graph.Nodes.Any(n => (_kernels.Find(n) is null && !_source.Knows(n)) || n.Attributes.Bodies().Any(HasUnknown));

    /// <summary>
    /// Without engines everything is one step, unless the device lacks operators or cannot record them: then nodes of different kinds
    /// are in different steps, so that only steps that need the host wait and copy.
    /// </summary>
    private ExecutionPlan MakePlan(DeviceStream? stream, bool isOnlyOne)
    {
        var bodies = _bodies.ToDictionary(b => b.Key, b => b.Value.Select(factory => factory.Plan).ToImmutableArray());
        ExecutionPlan plan = Of(null);
        _source.IsOnlyOne = isOnlyOne && plan.Steps.Length == 1;
        if (stream is null || !_provider.UsesStream) return plan;
        if (plan.Steps.All(s => RunsWithoutOrt(s)
            || (_source.FitsDevice(s.Segment, stream) && s.Segment.Nodes.All(_capture.CanRecord)))) return plan;
        bool isWhole = plan.Steps.Length == 1 && !RunsWithoutOrt(plan.Steps[0]) && _source.FitsDevice(plan.Steps[0].Segment, stream);
        _source.IsOnlyOne = false;
        (StepKind[] kinds, bool[] stays) = KindsOf(stream, isWhole, bodies);
        // If nearly all shapes are open, the kinds would alternate at every other node, and recording would gain less than the steps cost.
        int most = plan.Steps.Length + Math.Max(NodesPerStep, kinds.Length / NodesPerStep);
        StepKind[][] coarser = [kinds, Merged(StepKind.Enqueued, StepKind.Mixed), Merged(StepKind.Recorded, StepKind.Enqueued)];
        return coarser.Select(choice => Of(node => (int)choice[node])).FirstOrDefault(p => p.Steps.Length <= most)
            ?? Of(node => stays[node] ? (int)StepKind.Enqueued : (int)StepKind.Mixed);

        ExecutionPlan Of(Func<int, int>? kind) =>
            ExecutionPlan.Of(_compiled, RunsAlone, kind, Enum.GetValues<StepKind>().Length, bodies, _whole, _kernelNodes);

        StepKind[] Merged(StepKind one, StepKind other) => [.. kinds.Select(k => k == one ? other : k)];
    }

    /// <summary>The kind of each node, and whether the device computes the whole group or fallback segment that it is in.</summary>
    private (StepKind[] Kinds, bool[] Stays) KindsOf(
        DeviceStream stream, bool isWhole, IReadOnlyDictionary<int, ImmutableArray<ExecutionPlan>> bodies)
    {
        Graph graph = _compiled.Model.Graph;
        var kinds = new StepKind[graph.Nodes.Length];
        bool[] stays = new bool[kinds.Length], isAlone = new bool[kinds.Length];
        ExecutionPlan apart = ExecutionPlan.Of(_compiled, g => HasEngine(g) || IsSession(g), bodies: bodies, kernels: _kernelNodes);
        foreach (ExecutionStep unit in apart.Steps)
        {
            bool withoutOrt = RunsWithoutOrt(unit), all = !withoutOrt && (isWhole || _source.FitsDevice(unit.Segment, stream));
            HashSet<int> lacking = withoutOrt || all ? [] : [.. unit.Segment.Nodes.Where(n => _source.Lacks(n, stream))];
            ImmutableArray<int> others = [.. unit.Segment.Nodes.Where(n => !lacking.Contains(n))];
            // Usually the device computes the rest without the lacking operators. If not, ONNX Runtime has other reasons to use the
            // host between them.
            bool rest = all
                || (lacking.Count > 0 && (others.IsEmpty || _source.FitsDevice(GraphSegment.Of(graph, others, isEngine: false), stream)));
            foreach (int node in unit.Segment.Nodes)
            {
                stays[node] = all;
                isAlone[node] = withoutOrt || (unit.Group is { } group && RunsAlone(group));
                kinds[node] = !rest ? StepKind.Mixed : lacking.Contains(node) ? StepKind.OnHost
                    : _capture.CanRecord(node) ? StepKind.Recorded : StepKind.Enqueued;
            }
        }
        _source.DropSpare();
        foreach (int node in HostPlacement.Of(
            graph, n => kinds[n] == StepKind.OnHost && !isAlone[n], n => kinds[n] >= StepKind.Enqueued && !isAlone[n]))
            kinds[node] = StepKind.OnHost;
        HostPlacement.JoinMixed(graph, kinds, n => !isAlone[n]);
        _onHost.UnionWith(Enumerable.Range(0, kinds.Length).Where(n => kinds[n] == StepKind.OnHost));
        return (kinds, stays);
    }

    /// <summary>Whether an engine, a kernel or our control flow computes a step, not a session of ONNX Runtime.</summary>
    private bool RunsWithoutOrt(ExecutionStep step) => RunsEngine(step) || step.Bodies.Length > 0 || step.IsKernel;

    private bool RunsEngine(ExecutionStep step) => step.Group is { } group && HasEngine(group);

    /// <summary>In a body, which may never run, an operator that nobody knows is reported by the run that comes to it.</summary>
    private IStepExecutor CreateOrDefer(ExecutionStep step, DeviceStream? stream)
    {
        try
        {
            return Create(step, stream);
        }
        catch (ModelException e) when (_isBody && e.Diagnostics.All(d => d.Code == RuntimeCodes.NotExecutable))
        {
            return new UnavailableStep(step.Segment, e.Diagnostics);
        }
    }

    private IStepExecutor Create(ExecutionStep step, DeviceStream? stream)
    {
        if (step.Bodies.Length > 0) return CreateFlow(step, stream);
        if (step.IsKernel)
        {
            Node node = _compiled.Model.Graph.Nodes[step.Segment.Nodes[0]];
            return new KernelStep(node, step.Segment, _kernels.Find(node)!);
        }
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

    /// <summary>An executor of the ONNX subgraph, whether there is an engine or not.</summary>
    private IStepExecutor CreatePortable(ExecutionStep step, DeviceStream? stream) =>
        stream is null || !_provider.UsesStream || step.Segment.Nodes.All(_onHost.Contains)
            ? _source.CreateOnHost(step.Segment) : _source.CreateOnDevice(step.Segment, stream);

    private FlowStep CreateFlow(ExecutionStep step, DeviceStream? stream)
    {
        int index = step.Segment.Nodes[0];
        Node node = _compiled.Model.Graph.Nodes[index];
        var bodies = new List<BodyRunner>();
        try
        {
            foreach (SessionPlanner body in _bodies[index])
                bodies.Add(new BodyRunner(
                    body.CreateExecutors(stream, ownsStream: false), _options, node.DisplayName, LoopStep.BufferSets));
            return node.Op.Is("If") ? new IfStep(step, node, [.. bodies]) : new LoopStep(step, node, bodies[0]);
        }
        catch
        {
            foreach (BodyRunner body in bodies) body.Dispose();
            throw;
        }
    }
}
