namespace GraphPartition.Runtime.Steps;

/// <summary>
/// A step that ONNX Runtime executes: a fallback segment, or a group without a usable engine. Runners share sessions of the host; each
/// frame has its own binding.
/// </summary>
internal sealed class OrtStep : IStepExecutor
{
    private const int RunsBetweenWaits = 64;

    private readonly NamedSession _session;
    private readonly string _name;
    private readonly DeviceStream? _stream;
    private readonly IDisposable? _held;
    private readonly KernelCache? _kernels;
    private int _runs;

    /// <summary>A step on the host, over a session that others share.</summary>
    /// <param name="session">The session.</param>
    /// <param name="name">The name of the step in messages.</param>
    /// <param name="device">What computes it, for reports.</param>
    public OrtStep(NamedSession session, string name, string device)
    {
        _session = session;
        _name = name;
        Placement = StepPlacement.All(MemoryPlace.Host, session.Inputs.Count, session.Outputs.Count);
        Device = device;
    }

    /// <summary>A step on a device.</summary>
    /// <param name="session">The session; owned.</param>
    /// <param name="name">The name of the step in messages.</param>
    /// <param name="device">What computes it, for reports.</param>
    /// <param name="stream">The stream that the session computes on.</param>
    /// <param name="placement">Where the session takes its values.</param>
    /// <param name="held">What must outlive the session; owned. Null if there is nothing.</param>
    public OrtStep(InferenceSession session, string name, string device, DeviceStream stream, StepPlacement placement, IDisposable? held)
        : this(NamedSession.Of(session), name, device)
    {
        Placement = placement;
        _stream = stream;
        _held = held;
    }

    public string Device { get; }
    public StepPlacement Placement { get; }
    public bool OnlyEnqueues { get; init; }

    /// <summary>Whether the step caches kernels by shape.</summary>
    public bool CachesKernels
    {
        init => _kernels = value ? new() : null;
    }

    public bool UsesDevice => _stream is not null;
    public int KernelChanges => _kernels?.Changes ?? 0;

    public void Run(StepFrame frame, RunControl control)
    {
        try
        {
            var binding = (OrtBinding)(frame.Bound ??= new OrtBinding(_session, Placement, _stream?.MemoryInfo));
            if (frame.InputShapes is { } shapes) _kernels?.Use(shapes);
            // Host memory that kernels copy from is freed only by runs that wait, so every 64th run waits.
            bool waits = !OnlyEnqueues || (!control.IsRecording && ++_runs % RunsBetweenWaits == 0);
            binding.Run(frame, waits ? control.Waiting : control.Enqueuing);
        }
        catch (OnnxRuntimeException e)
        {
            throw OrtMessages.Fault(_name, e, UsesDevice);
        }
    }

    public void Dispose()
    {
        if (_stream is null) return;
        _session.Session.Dispose();
        if (_held is null) return;
        _stream.Synchronize();
        _held.Dispose();
    }
}

/// <summary>
/// Models a cache that keeps kernels of one shape only, and counts its misses (<see cref="IStepExecutor.KernelChanges"/>).
/// </summary>
internal sealed class KernelCache
{
    private long[]?[]? _shapes; // of the last run

    /// <summary>How often kernels were made for another shape.</summary>
    public int Changes { get; private set; }

    /// <summary>Whether two sets of dimensions are equal; null stands for a value that is not a tensor.</summary>
    public static bool AreEqual(long[]?[] a, long[]?[] b)
    {
        if (ReferenceEquals(a, b)) return true;
        for (int i = 0; i < a.Length; i++)
            if (a[i] is null != b[i] is null || !a[i].AsSpan().SequenceEqual(b[i])) return false;
        return true;
    }

    /// <summary>Notes the dimensions of the graph's inputs in a run.</summary>
    public void Use(long[]?[] shapes)
    {
        if (_shapes is not null && AreEqual(shapes, _shapes)) return;
        _shapes = shapes;
        Changes++;
    }
}
