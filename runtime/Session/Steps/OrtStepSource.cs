using GraphPartition.Emit;
using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Steps;

/// <summary>
/// Makes the ONNX Runtime executors of steps. A session of the host serves all contexts; one on a device belongs to the stream
/// that it computes on.
/// </summary>
internal sealed class OrtStepSource(CompiledModel compiled, ModelSessionOptions options) : IDisposable
{
    private readonly OrtSessions _sessions = new(options);
    private readonly Dictionary<GraphSegment, InferenceSession> _onHost = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<GraphSegment, bool> _staysOnDevice = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<GraphSegment, (DeviceStream Stream, InferenceSession Session)> _spare = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether the plan has one step, whose session need not share threads and memory with others.</summary>
    public bool IsOnlyOne { get; set; }

    /// <summary>Whether a device computes every operator of a segment. The session that shows it is kept for that stream's step.</summary>
    public bool StaysOnDevice(GraphSegment segment, DeviceStream stream)
    {
        lock (_onHost)
        {
            if (_staysOnDevice.TryGetValue(segment, out bool known)) return known;
            InferenceSession? session = stream.TryCreateSession(segment, configure => Create(segment, configure));
            if (session is not null) _spare.Add(segment, (stream, session));
            return _staysOnDevice[segment] = session is not null;
        }
    }

    /// <summary>An executor on the host.</summary>
    public IStepExecutor CreateOnHost(GraphSegment segment)
    {
        lock (_onHost)
        {
            if (!_onHost.TryGetValue(segment, out InferenceSession? session)) _onHost.Add(segment, session = Create(segment, null));
            var placement = StepPlacement.All(MemoryPlace.Host, segment.Inputs.Length, segment.Outputs.Length);
            return new OrtStep(session, NameOf(segment), placement, null, onlyEnqueues: false, ownsSession: false);
        }
    }

    /// <summary>An executor on a device; operators that the device lacks run on the host inside of it.</summary>
    public IStepExecutor CreateOnDevice(GraphSegment segment, DeviceStream stream)
    {
        bool onlyEnqueues = StaysOnDevice(segment, stream);
        InferenceSession session = TakeSpare(segment, stream) ?? Create(segment, stream.Configure);
        try
        {
            return new OrtStep(session, NameOf(segment), stream.PlacementOf(session, segment), stream, onlyEnqueues, ownsSession: true);
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
        foreach (InferenceSession session in _onHost.Values) session.Dispose();
        _onHost.Clear();
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

    private InferenceSession Create(GraphSegment segment, Action<SessionOptions>? configure) =>
        _sessions.Create(SegmentModel.Of(compiled.Model, segment), IsOnlyOne, configure);
}
