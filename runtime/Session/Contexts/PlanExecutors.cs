using System.Collections.Immutable;
using GraphPartition.Ir;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Steps;

namespace GraphPartition.Runtime.Contexts;

/// <summary>
/// What computes the steps of a plan on one stream, and what failures have taught about it. Contexts that take turns share it: the
/// iterations of a loop.
/// </summary>
internal sealed class PlanExecutors : IDisposable
{
    private readonly Func<int, IStepExecutor>? _onHost;
    private readonly bool _ownsStream;

    /// <summary>Executors, which it owns.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="steps">The executor of each step.</param>
    /// <param name="stream">The device; null where all is on the host.</param>
    /// <param name="ownsStream">Whether the stream ends with the executors.</param>
    /// <param name="onHost">Makes an executor on the host in place of a step for which the device has no memory; null: such a step fails.</param>
    public PlanExecutors(
        ExecutionPlan plan, ImmutableArray<IStepExecutor> steps, DeviceStream? stream, bool ownsStream, Func<int, IStepExecutor>? onHost)
    {
        Plan = plan;
        Steps = steps;
        Stream = stream;
        _ownsStream = ownsStream;
        _onHost = onHost;
    }

    public ExecutionPlan Plan { get; }

    public ImmutableArray<IStepExecutor> Steps { get; private set; }

    public DeviceStream? Stream { get; }

    /// <summary>Slots whose declared shapes have turned out wrong.</summary>
    public HashSet<int> Distrusted { get; } = [];

    /// <summary>Raised before an executor is replaced or a slot distrusted: what was laid out for them has to go.</summary>
    public event Action? Changing;

    /// <summary>Whether a run that failed in a step can be tried again in another way, which is arranged.</summary>
    public bool Recovers(EnvironmentException fault, int step)
    {
        if (step < 0) return false;
        IStepExecutor failed = Steps[step];
        if (failed.Recovers(fault)) return true;
        if (fault is OutOfDeviceMemoryException)
        {
            if (_onHost is null || !failed.UsesDevice) return false;
            Changing?.Invoke();
            failed.Dispose();
            Steps = Steps.SetItem(step, _onHost(step));
            return true;
        }
        if (!IsAboutShapes(fault) || Distrusted.IsSupersetOf(Plan.Steps[step].Outputs)) return false;
        Changing?.Invoke();
        Distrusted.UnionWith(Plan.Steps[step].Outputs);
        return true;
    }

    public void Dispose()
    {
        foreach (IStepExecutor step in Steps) step.Dispose();
        if (_ownsStream) Stream?.Dispose();
    }

    /// <summary>What was made has another shape than the model declares, and so did not fit the buffer that was planned.</summary>
    private static bool IsAboutShapes(EnvironmentException e) =>
        e.Message.Contains("but the computed output shape for this run is", StringComparison.Ordinal)
        || e.Message.Contains("shape verification failed", StringComparison.OrdinalIgnoreCase)
        || e.Message.Contains("Shape mismatch attempting to re-use buffer", StringComparison.OrdinalIgnoreCase);
}
