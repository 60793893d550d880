using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Steps;

/// <summary>
/// Makes the ONNX Runtime executors of steps. A session of the host serves all contexts; one on a device belongs to the stream
/// that it computes on.
/// </summary>
/// <param name="compiled">The compiled model.</param>
/// <param name="options">How it runs.</param>
/// <param name="repeatable">Which nodes may be recorded.</param>
/// <param name="whole">A session of the host over the whole model, if there is one already; the caller's.</param>
internal sealed class OrtStepSource(
    CompiledModel compiled, ModelSessionOptions options, RepeatableNodes repeatable, InferenceSession? whole = null) : IDisposable
{
    private readonly OrtSessions _sessions = new(options);
    private readonly Dictionary<GraphSegment, BoundSession> _onHost = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<GraphSegment, bool> _staysOnDevice = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, bool> _lacking = new(StringComparer.Ordinal); // by operator, types and modes
    private readonly Dictionary<GraphSegment, (DeviceStream Stream, InferenceSession Session)> _spare = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether the plan has one step, whose session need not share threads and memory with others.</summary>
    public bool IsOnlyOne { get; set; }

    /// <summary>Whether a device computes every operator of a segment. The session that shows it is kept for that stream's step.</summary>
    public bool StaysOnDevice(GraphSegment segment, DeviceStream stream)
    {
        lock (_onHost)
        {
            if (_staysOnDevice.TryGetValue(segment, out bool known)) return known;
            InferenceSession? session = TryCreate(segment, stream, out _);
            if (session is not null) _spare.Add(segment, (stream, session));
            return _staysOnDevice[segment] = session is not null;
        }
    }

    /// <summary>Whether a device lacks a node's operator, as far as one with the same types shows it by itself.</summary>
    public bool Lacks(int node, DeviceStream stream)
    {
        Node one = compiled.Model.Graph.Nodes[node];
        if (!one.Attributes.Bodies().IsEmpty) return false; // it may have what the device computes in its bodies
        // Modes are numbers and words (training_mode of BatchNormalization, which CUDA lacks); lists and floats are sizes and scales.
        IEnumerable<string> modes = one.Attributes.Select(a => $"{a.Key}={(a.Value as IntAttribute)?.Value}{(a.Value as StringAttribute)?.Text}");
        string kernel = $"{one.Op} {one.Version} {string.Join(' ', one.Inputs.Concat(one.Outputs).Select(v => (v?.Type as TensorType)?.Element))} {string.Join(' ', modes)}";
        lock (_onHost)
        {
            if (_lacking.TryGetValue(kernel, out bool known)) return known;
            GraphSegment alone = GraphSegment.Of(compiled.Model.Graph, [node], isEngine: false);
            using InferenceSession? session = TryCreate(alone, stream, out bool isRefused);
            return _lacking[kernel] = session is null && (!isRefused || IsOnHost(alone));
        }
    }

    /// <summary>An executor on the host.</summary>
    public IStepExecutor CreateOnHost(GraphSegment segment)
    {
        lock (_onHost)
        {
            if (!_onHost.TryGetValue(segment, out BoundSession? session))
            {
                session = IsOnlyOne && whole is not null ? BoundSession.Of(whole, segment) : null;
                _onHost.Add(segment, session ??= BoundSession.Of(Create(segment, null)));
            }
            var placement = StepPlacement.All(MemoryPlace.Host, segment.Inputs.Length, segment.Outputs.Length);
            return new OrtStep(session, NameOf(segment), placement, "cpu", null, onlyEnqueues: false, ownsSession: false);
        }
    }

    /// <summary>An executor on a device; operators that the device lacks run on the host inside of it.</summary>
    public IStepExecutor CreateOnDevice(GraphSegment segment, DeviceStream stream)
    {
        bool stays = StaysOnDevice(segment, stream);
        InferenceSession session = TakeSpare(segment, stream) ?? Create(segment, stream.Configure);
        try
        {
            bool onlyEnqueues = stays && repeatable.DoNotWait(segment.Nodes);
            string device = stays ? stream.Name : $"{stream.Name}, with operators that it lacks on the cpu";
            return new OrtStep(BoundSession.Of(session), NameOf(segment), stream.PlacementOf(session, segment.Extract(compiled.Model.Graph, weightsAsInputs: false, NameOf(segment))), device, stream,
                onlyEnqueues, ownsSession: true, repeatable.MakeKernels(segment.Nodes));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Ends sessions that were made to try a segment and that no step took.</summary>
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
        foreach (BoundSession session in _onHost.Values)
            if (session.Session != whole) session.Session.Dispose();
        _onHost.Clear();
    }

    /// <summary>A session that computes all of a segment on a device; null where the device lacks something.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="stream">The device.</param>
    /// <param name="isRefused">Whether it seemed to have everything, and yet no session could be made.</param>
    private InferenceSession? TryCreate(GraphSegment segment, DeviceStream stream, out bool isRefused)
    {
        isRefused = false;
        try
        {
            return stream.TryCreateSession(segment, configure => Create(segment, configure));
        }
        catch (Exception e) when (e is ModelException || (e is EnvironmentException fault && fault.Diagnostic.Code == Codes.RuntimeFailed))
        {
            isRefused = true; // if the host cannot compute it either, that is said when it is asked to
            return null;
        }
    }

    /// <summary>Whether the host can compute a segment, which may make no model by itself.</summary>
    private bool IsOnHost(GraphSegment segment)
    {
        try
        {
            Create(segment, null).Dispose();
            return true;
        }
        catch (Exception e) when (e is EnvironmentException or ModelException)
        {
            return false; // what it is part of will say what is wrong, if anything is
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

    private static string NameOf(GraphSegment segment) => $"step {segment.Index}";

    private InferenceSession Create(GraphSegment segment, Action<SessionOptions, Graph>? configure) =>
        _sessions.Create(SegmentModel.Of(compiled.Model, segment), IsOnlyOne, configure);
}
