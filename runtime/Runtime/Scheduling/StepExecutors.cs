namespace GraphPartition.Runtime.Scheduling;

/// <summary>
/// Executors of a plan's steps on one stream, their fallbacks, and what earlier failures have shown. The runners of a loop's iterations
/// share it.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="steps">The executor of each step; owned, as all that are created later.</param>
/// <param name="stream">The device; null if all is on the host.</param>
/// <param name="ownsStream">Whether the stream is disposed with the executors.</param>
/// <param name="createOnHost">Creates an executor on the host if the device has no memory for a step; null: the run fails.</param>
/// <param name="createPortable">Creates an executor of a group's ONNX subgraph, for shapes that its engine rejects.</param>
internal sealed class StepExecutors(
    ExecutionPlan plan, ImmutableArray<IStepExecutor> steps, DeviceStream? stream, bool ownsStream,
    Func<int, IStepExecutor>? createOnHost, Func<int, IStepExecutor> createPortable) : IDisposable
{
    private readonly Func<int, IStepExecutor>? _createOnHost = createOnHost;
    private readonly Func<int, IStepExecutor> _createPortable = createPortable;
    private readonly IStepExecutor?[] _portable = new IStepExecutor?[steps.Length];
    private readonly List<IStepExecutor> _retired = [];
    private readonly bool _ownsStream = ownsStream;

    public ExecutionPlan Plan { get; } = plan;
    public DeviceStream? Stream { get; } = stream;

    /// <summary>The executors for shapes that all of them accept.</summary>
    public ImmutableArray<IStepExecutor> Default { get; private set; } = steps;

    /// <summary>Slots whose declared shapes turned out to be wrong.</summary>
    public HashSet<int> WronglyDeclared { get; } = [];

    /// <summary>
    /// Raised before an executor is replaced or a slot's shape becomes unknown: memory plans and bindings must be discarded.
    /// </summary>
    public event Action? Changing;

    /// <summary>The executors for some shapes; <see cref="Default"/> itself if all of them accept the shapes.</summary>
    /// <param name="shapes">The dimensions of each slot; null if only the run shows them.</param>
    /// <param name="refused">Steps whose default executor has rejected values that only the run showed.</param>
    public ImmutableArray<IStepExecutor> For(long[]?[] shapes, IReadOnlySet<int> refused)
    {
        ImmutableArray<IStepExecutor> chosen = Default;
        for (int s = 0; s < chosen.Length; s++)
            if (refused.Contains(s) || !Default[s].Accepts([.. Plan.Steps[s].Inputs.Select(slot => shapes[slot])]))
                chosen = chosen.SetItem(s, Portable(s));
        return chosen;
    }

    /// <summary>Whether a run that failed in a step can be repeated in another way. If so, this run and later ones use it.</summary>
    /// <param name="fault">The failure.</param>
    /// <param name="step">The step.</param>
    /// <param name="failed">The executor that failed.</param>
    public bool TryRecover(EnvironmentException fault, int step, IStepExecutor failed)
    {
        if (failed.TryRecover(fault)) return true;
        if (fault is OutOfDeviceMemoryException) return MoveToHost(step, failed);
        bool isAboutShapes = fault is DeclaredShapeException || OrtMessages.IsWrongShape(fault);
        if (!isAboutShapes || WronglyDeclared.IsSupersetOf(Plan.Steps[step].Outputs)) return false;
        Changing?.Invoke();
        WronglyDeclared.UnionWith(Plan.Steps[step].Outputs);
        return true;
    }

    /// <summary>From now on a group's ONNX subgraph computes the step.</summary>
    public void MoveToPortable(int step)
    {
        Changing?.Invoke();
        _retired.Add(Default[step]);
        Default = Default.SetItem(step, Portable(step));
    }

    public void Dispose()
    {
        foreach (IStepExecutor step in Default.Concat(_portable.OfType<IStepExecutor>()).Concat(_retired).Distinct()) step.Dispose();
        if (_ownsStream) Stream?.Dispose();
    }

    private bool MoveToHost(int step, IStepExecutor failed)
    {
        if (_createOnHost is null || !failed.UsesDevice) return false;
        Changing?.Invoke();
        failed.Dispose();
        IStepExecutor host = _createOnHost(step);
        if (ReferenceEquals(failed, _portable[step])) _portable[step] = host;
        if (ReferenceEquals(failed, Default[step])) Default = Default.SetItem(step, host);
        return true;
    }

    private IStepExecutor Portable(int step) => _portable[step] ??= _createPortable(step);
}
