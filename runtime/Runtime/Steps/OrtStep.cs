using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Steps;

/// <summary>
/// A step that ONNX Runtime executes: a fallback segment, or a group without a usable engine. Contexts share sessions of the
/// host; each frame has a binding of its own.
/// </summary>
internal sealed class OrtStep : IStepExecutor
{
    private const int RunsBetweenWaits = 64;

    private readonly BoundSession _session;
    private readonly string _name;
    private readonly bool _ownsSession;
    private readonly DeviceStream? _stream;
    private readonly IDisposable? _held;
    private readonly KernelRenewals? _renewals; // null where kernels fit all shapes
    private int _runs;

    /// <summary>A step over a session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="name">What the step is called in messages.</param>
    /// <param name="placement">Where the session wants its values.</param>
    /// <param name="device">What computes it, for people.</param>
    /// <param name="stream">The device that the session computes on; null for the host.</param>
    /// <param name="onlyEnqueues">Whether a run does not wait for the device.</param>
    /// <param name="ownsSession">Whether the session ends with the step.</param>
    /// <param name="makesKernels">Whether it makes kernels for the shapes of a run (<see cref="RepeatableNodes.MakeKernels"/>).</param>
    public OrtStep(
        BoundSession session, string name, StepPlacement placement, string device, DeviceStream? stream, bool onlyEnqueues, bool ownsSession,
        bool makesKernels = false)
    {
        _session = session;
        _name = name;
        _ownsSession = ownsSession;
        Placement = placement;
        Device = device;
        OnlyEnqueues = onlyEnqueues;
        _renewals = makesKernels ? new() : null;
        _stream = stream;
        _held = stream?.Hold(session.Session);
    }

    public string Device { get; }

    public StepPlacement Placement { get; }

    public bool OnlyEnqueues { get; }

    public bool UsesDevice => _stream is not null;

    public int Renewals => _renewals?.Count ?? 0;

    public void Run(StepFrame frame, RunControl control)
    {
        try
        {
            var binding = (OrtBinding)(frame.Bound ??= new OrtBinding(_session, Placement, _stream?.MemoryInfo));
            if (frame.Fed is { } fed) _renewals?.Meet(fed);
            // What kernels copy from the host is given back only by runs that wait, so one now and then does.
            bool waits = !OnlyEnqueues || (!control.IsRecording && ++_runs % RunsBetweenWaits == 0);
            binding.Run(frame, waits ? control.Waiting : control.Enqueuing);
        }
        catch (OnnxRuntimeException e)
        {
            throw OrtFault.Of(_name, e);
        }
    }

    public void Dispose()
    {
        if (!_ownsSession) return;
        _session.Session.Dispose();
        if (_held is null) return;
        _stream!.Synchronize();
        _held.Dispose();
    }
}
