using System.Collections.Immutable;
using GraphPartition.Foundation;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Scheduling;

namespace GraphPartition.Runtime.Steps;

/// <summary>
/// Who computes each step of a plan on one stream, who takes the place of one that cannot, and what failures have taught. Contexts
/// that take turns share it: the iterations of a loop.
/// </summary>
internal sealed class StepExecutors : IDisposable
{
    private readonly Func<int, IStepExecutor>? _onHost;
    private readonly Func<int, IStepExecutor> _createPortable;
    private readonly IStepExecutor?[] _portable;
    private readonly List<IStepExecutor> _retired = [];
    private readonly bool _ownsStream;

    /// <summary>Executors, which it owns.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="steps">The executor of each step; owned, as all that are made.</param>
    /// <param name="stream">The device; null where all is on the host.</param>
    /// <param name="ownsStream">Whether the stream ends with the executors.</param>
    /// <param name="onHost">Makes an executor on the host for a step for which the device has no memory; null: such a run fails.</param>
    /// <param name="portable">Makes an executor of a group's portable subgraph, for shapes that its engine does not take.</param>
    public StepExecutors(
        ExecutionPlan plan, ImmutableArray<IStepExecutor> steps, DeviceStream? stream, bool ownsStream,
        Func<int, IStepExecutor>? onHost, Func<int, IStepExecutor> portable)
    {
        Plan = plan;
        Usual = steps;
        Stream = stream;
        _ownsStream = ownsStream;
        _onHost = onHost;
        _createPortable = portable;
        _portable = new IStepExecutor?[steps.Length];
    }

    public ExecutionPlan Plan { get; }

    public DeviceStream? Stream { get; }

    /// <summary>The executors where all take what they get.</summary>
    public ImmutableArray<IStepExecutor> Usual { get; private set; }

    /// <summary>Slots whose declared shapes have turned out wrong.</summary>
    public HashSet<int> Distrusted { get; } = [];

    /// <summary>Raised before an executor is replaced or a slot distrusted: what was laid out for them has to go.</summary>
    public event Action? Changing;

    /// <summary>The executors for some shapes; <see cref="Usual"/> itself where these take them.</summary>
    /// <param name="shapes">The dimensions of each slot; null where only the run can tell.</param>
    /// <param name="refused">Steps whose usual executor has refused what only the run could tell.</param>
    public ImmutableArray<IStepExecutor> For(long[]?[] shapes, IReadOnlySet<int> refused)
    {
        ImmutableArray<IStepExecutor> chosen = Usual;
        for (int s = 0; s < chosen.Length; s++)
            if (refused.Contains(s) || !Usual[s].Takes([.. Plan.Steps[s].Inputs.Select(slot => shapes[slot])]))
                chosen = chosen.SetItem(s, Portable(s));
        return chosen;
    }

    /// <summary>Whether a run that failed in a step can be tried again in another way, which is arranged for this run and later ones.</summary>
    /// <param name="fault">The failure.</param>
    /// <param name="step">The step.</param>
    /// <param name="failed">The one of its executors that failed.</param>
    public bool Recovers(EnvironmentException fault, int step, IStepExecutor failed)
    {
        if (failed.Recovers(fault)) return true;
        if (fault is OutOfDeviceMemoryException) return MoveToHost(step, failed);
        if (!IsAboutShapes(fault) || Distrusted.IsSupersetOf(Plan.Steps[step].Outputs)) return false;
        Changing?.Invoke();
        Distrusted.UnionWith(Plan.Steps[step].Outputs);
        return true;
    }

    /// <summary>Has a group's portable subgraph compute a step from now on.</summary>
    public void MoveToPortable(int step)
    {
        Changing?.Invoke();
        _retired.Add(Usual[step]);
        Usual = Usual.SetItem(step, Portable(step));
    }

    public void Dispose()
    {
        foreach (IStepExecutor step in Usual.Concat(_portable.OfType<IStepExecutor>()).Concat(_retired).Distinct()) step.Dispose();
        if (_ownsStream) Stream?.Dispose();
    }

    private bool MoveToHost(int step, IStepExecutor failed)
    {
        if (_onHost is null || !failed.UsesDevice) return false;
        Changing?.Invoke();
        failed.Dispose();
        IStepExecutor host = _onHost(step);
        if (ReferenceEquals(failed, _portable[step])) _portable[step] = host;
        if (ReferenceEquals(failed, Usual[step])) Usual = Usual.SetItem(step, host);
        return true;
    }

    private IStepExecutor Portable(int step) => _portable[step] ??= _createPortable(step);

    /// <summary>What was made did not fit the buffer that was planned. ONNX Runtime says so in words only.</summary>
    private static bool IsAboutShapes(EnvironmentException e) =>
        e is DeclaredShapeException
        || e.Message.Contains("but the computed output shape for this run is", StringComparison.Ordinal)
        || e.Message.Contains("shape verification failed", StringComparison.OrdinalIgnoreCase)
        || e.Message.Contains("Shape mismatch attempting to re-use buffer", StringComparison.OrdinalIgnoreCase);
}
