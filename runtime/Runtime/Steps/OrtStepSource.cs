using GraphPartition.Ir.Types;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Providers;

namespace GraphPartition.Runtime.Steps;

/// <summary>
/// Creates the ONNX Runtime executors of steps. All runners share a session of the host; a session on a device belongs to the stream that
/// it computes on.
/// </summary>
/// <param name="compiled">The compiled model.</param>
/// <param name="options">How it runs.</param>
/// <param name="provider">The execution provider of the fallback.</param>
/// <param name="capture">Which nodes can be recorded.</param>
/// <param name="whole">A session of the host for the whole model, if there is one already; not owned.</param>
internal sealed class OrtStepSource(
    CompiledModel compiled, ModelSessionOptions options, ExecutionProvider provider, CaptureAnalysis capture,
        InferenceSession? whole = null)
    : IDisposable
{
    private readonly OrtSessionFactory _sessions = new(options);
    private readonly Dictionary<GraphSegment, NamedSession> _onHost = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<GraphSegment, bool> _fitsDevice = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<OpName, bool> _known = [];
    private bool _isWideTold;
    private readonly Dictionary<string, bool> _lacking = new(StringComparer.Ordinal); // by operator, types and modes
    private readonly Dictionary<GraphSegment, (DeviceStream Stream, InferenceSession Session)> _spare =
        new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether the plan has one step, whose session need not share threads and memory with others.</summary>
    public bool IsOnlyOne { get; set; }

    /// <summary>
    /// Whether the device computes every operator of a segment. The session that shows it is kept for that stream's step.
    /// </summary>
    public bool FitsDevice(GraphSegment segment, DeviceStream stream)
    {
        lock (_onHost)
        {
            if (_fitsDevice.TryGetValue(segment, out bool known)) return known;
            InferenceSession? session = TryCreate(segment, stream, out _);
            if (session is not null) _spare.Add(segment, (stream, session));
            return _fitsDevice[segment] = session is not null;
        }
    }

    /// <summary>
    /// Whether the device lacks a node's operator. A session of the node alone shows it, once for all nodes with the same types and
    /// modes.
    /// </summary>
    public bool Lacks(int node, DeviceStream stream)
    {
        Node one = compiled.Model.Graph.Nodes[node];
        if (!one.Attributes.Bodies().IsEmpty) return false; // its bodies may hold nodes that the device computes
        // Integers and strings are modes (training_mode of BatchNormalization, which CUDA lacks); lists and floats are sizes and scales.
        IEnumerable<string> modes = one.Attributes.Select(
            a => $"{a.Key}={(a.Value as IntAttribute)?.Value}{(a.Value as StringAttribute)?.Text}");
        IEnumerable<ElementType?> types = one.Inputs.Concat(one.Outputs).Select(v => (v?.Type as TensorType)?.Element);
        string kernel = $"{one.Op} {one.Version} {string.Join(' ', types)} {string.Join(' ', modes)}";
        lock (_onHost)
        {
            if (_lacking.TryGetValue(kernel, out bool known)) return known;
            GraphSegment alone = GraphSegment.Of(compiled.Model.Graph, [node], isEngine: false);
            using InferenceSession? session = TryCreate(alone, stream, out bool isRefused);
            return _lacking[kernel] = session is null && (!isRefused || RunsOnHost(alone));
        }
    }

    /// <summary>Whether ONNX Runtime knows a node's operator. Operators of its own domains are taken as known.</summary>
    public bool Knows(Node node)
    {
        if (node.Op.Domain is "" or "ai.onnx.ml" or "com.microsoft") return true;
        lock (_onHost)
        {
            if (_known.TryGetValue(node.Op, out bool known)) return known;
            Graph graph = Alone(node);
            SegmentModel alone = SegmentModel.ForSession(compiled.Model with { Graph = graph }, Cut.Whole(graph).Segments[0]);
            try
            {
                _sessions.Create(alone, isOnlyOne: true, configure: null, missing: []).Dispose();
                return _known[node.Op] = true;
            }
            catch (Exception e) when (e is ModelException or EnvironmentException)
            {
                return _known[node.Op] = e is not ModelException; // the step that the node becomes part of reports another fault
            }
        }
    }

    /// <summary>An executor on the host.</summary>
    public IStepExecutor CreateOnHost(GraphSegment segment)
    {
        lock (_onHost)
        {
            if (!_onHost.TryGetValue(segment, out NamedSession? session))
            {
                session = IsOnlyOne && whole is not null ? NamedSession.Of(whole, segment) : null;
                _onHost.Add(segment, session ??= NamedSession.Of(CreateHostSession(segment)));
            }
            return new OrtStep(session, NameOf(segment), provider.UsesStream ? "cpu" : provider.Name);
        }
    }

    /// <summary>An executor on a device. Operators that the device lacks run on the host, inside of ONNX Runtime.</summary>
    public IStepExecutor CreateOnDevice(GraphSegment segment, DeviceStream stream)
    {
        bool fits = FitsDevice(segment, stream);
        InferenceSession session = TakeSpare(segment, stream) ?? Create(segment, (o, graph) => provider.Configure(o, graph, stream));
        IDisposable? held = null;
        try
        {
            Graph graph = segment.Extract(compiled.Model.Graph, weightsAsInputs: false, NameOf(segment));
            held = provider.Hold(session);
            string device = fits ? stream.Name : $"{stream.Name}, with operators that it lacks on the cpu";
            return new OrtStep(session, NameOf(segment), device, stream, provider.PlacementOf(session, graph), held)
            {
                OnlyEnqueues = fits && capture.NeverWait(segment.Nodes),
                CachesKernels = capture.CacheKernelsByShape(segment.Nodes),
            };
        }
        catch
        {
            session.Dispose();
            held?.Dispose();
            throw;
        }
    }

    /// <summary>Disposes sessions that were created to try a segment and that no step uses.</summary>
    public void DropSpare()
    {
        lock (_onHost)
        {
            foreach ((_, InferenceSession session) in _spare.Values) session.Dispose();
            _spare.Clear();
        }
    }

    public void Dispose()
    {
        DropSpare();
        foreach (NamedSession session in _onHost.Values)
            if (session.Session != whole) session.Session.Dispose();
        _onHost.Clear();
    }

    private static Graph Alone(Node node)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = node.DisplayName };
        foreach (Value v in node.Inputs.OfType<Value>().Distinct())
        {
            if (v.IsConstant) builder.Constant(v);
            else builder.Input(v);
        }
        builder.Append(node);
        return builder.Build([.. node.Outputs.OfType<Value>()]);
    }

    private static string NameOf(GraphSegment segment) => $"step {segment.Index}";

    /// <summary>A session that computes all of a segment on a device; null if the device lacks an operator.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="stream">The device.</param>
    /// <param name="isRefused">Whether no session could be created for another reason.</param>
    private InferenceSession? TryCreate(GraphSegment segment, DeviceStream stream, out bool isRefused)
    {
        isRefused = false;
        try
        {
            return provider.TryCreateSession(segment, stream, configure => Create(segment, configure));
        }
        catch (Exception e) when (e is ModelException
            || (e is EnvironmentException fault && fault.Diagnostic.Code == RuntimeCodes.RuntimeRefuses))
        {
            isRefused = true; // if the host cannot compute the segment either, creating its session there reports the reason
            return null;
        }
    }

    /// <summary>Whether the host can compute a segment. A segment of one node need not be a valid model by itself.</summary>
    private bool RunsOnHost(GraphSegment segment)
    {
        try
        {
            Create(segment, null).Dispose();
            return true;
        }
        catch (Exception e) when (e is EnvironmentException or ModelException)
        {
            return false; // the step that the node becomes part of reports the reason, if there is one
        }
    }

    private InferenceSession? TakeSpare(GraphSegment segment, DeviceStream stream)
    {
        lock (_onHost)
        {
            if (!_spare.TryGetValue(segment, out var spare) || spare.Stream != stream) return null;
            _spare.Remove(segment);
            return spare.Session;
        }
    }

    /// <summary>A provider without a stream takes the place of the CPU.</summary>
    private InferenceSession CreateHostSession(GraphSegment segment) =>
        Create(segment, provider is CpuProvider || provider.UsesStream ? null : (o, graph) => provider.Configure(o, graph, null));

    private InferenceSession Create(GraphSegment segment, Action<SessionOptions, Graph>? configure)
    {
        SegmentModel model = SegmentModel.ForSession(compiled.Model, segment);
        var missing = UsedLibrary.Missing(compiled.Libraries, options.CustomOperators.Libraries);
        GraphOptimizationLevel? level = configure is not null || options.Probe is not { } probe || !options.Optimize ? null
            : new IsolatedCreation(probe).LevelFor(
                compiled.Model, segment, KnownOrtFaults.LevelFor(model.Graph), options.Engines.Warn);
        try
        {
            return _sessions.Create(model, IsOnlyOne, configure, missing, level);
        }
        catch (Exception e) when (configure is null && LacksKernel(e))
        {
            if (WideFloats.Of(model.Graph, out ElementType narrow) is not { } wide) throw;
            InferenceSession session = _sessions.Create(SegmentModel.OfGraph(compiled.Model, wide), IsOnlyOne, configure, missing);
            if (_isWideTold) return session;
            _isWideTold = true;
            options.Engines.Warn?.Invoke(RuntimeCodes.Widened.At(NameOf(segment),
                $"{narrow.Keyword()}: {Place(e)} and the nodes around it are computed in float32"));
            return session;
        }
    }

    /// <summary>Whether ONNX Runtime has no kernel for a node, or for a part of one that it expands itself.</summary>
    private static bool LacksKernel(Exception e) => e switch
    {
        ModelException model => model.Diagnostics.All(d => d.Code == RuntimeCodes.NotExecutable),
        EnvironmentException { InnerException: OnnxRuntimeException part } => OrtMessages.LacksKernel(part),
        _ => false,
    };

    private static string Place(Exception e) => e is ModelException model ? model.Diagnostics[0].Where : "a part of a node";
}
