namespace GraphPartition.Runtime.Execution;

/// <summary>
/// The bound runs of a runner for the combinations of input shapes that it saw last; the least recently used one is discarded first.
/// </summary>
/// <param name="executors">The executors of the steps.</param>
/// <param name="boundary">Where the caller's inputs are, and where results go.</param>
/// <param name="keepsResults">Whether results stay in the runner's buffers.</param>
/// <param name="isNested">Whether runs are part of runs of another runner on the same stream.</param>
/// <param name="capacity">How many bound runs are kept; the current one always is.</param>
internal sealed class BoundRunCache(
    StepExecutors executors, StepPlacement boundary, bool keepsResults, bool isNested, int capacity) : IDisposable
{
    private readonly List<BoundRun> _kept = []; // the most recently used first
    private readonly HashSet<int> _refused = []; // steps that rejected values of the current run
    private RunPlan? _default; // with the default executor of every step

    /// <summary>The bound run of the last run; null if there is none, or if the next run needs another one.</summary>
    public BoundRun? Current { get; private set; }

    /// <summary>The schedule and the executors.</summary>
    public RunPlan Plan => Current?.Plan ?? Default;

    private RunPlan Default => _default ??= PlanFor(executors.Default);

    /// <summary>Makes the bound run for some input shapes the current one.</summary>
    /// <param name="inputShapes">The dimensions of each graph input.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory for it.</exception>
    public BoundRun Activate(long[]?[] inputShapes)
    {
        int at = _kept.Count - 1; // no lambda: iterations of a loop come here, and a run must not allocate
        while (at >= 0 && (_refused.Count > 0 || !KernelCache.AreEqual(inputShapes, _kept[at].InputShapes))) at--;
        BoundRun bound;
        if (at >= 0)
        {
            bound = _kept[at];
            _kept.RemoveAt(at);
        }
        else
        {
            Current = null;
            MakeRoom();
            long[]?[] shapes = SlotShapes.Of(executors.Plan, inputShapes);
            ImmutableArray<IStepExecutor> steps = executors.For(shapes, _refused);
            bound = BoundRun.Create(
                steps == Default.Steps ? Default : PlanFor(steps), [.. inputShapes], shapes, isForOneRun: _refused.Count > 0);
        }
        _kept.Insert(0, bound);
        return Current = bound;
    }

    /// <summary>Notes that a step rejected values of the current run: the next bound run executes its group as an ONNX subgraph.</summary>
    /// <returns>False if it does so already.</returns>
    public bool Refuse(int step)
    {
        if (!_refused.Add(step)) return false;
        Current = null;
        return true;
    }

    /// <summary>Forgets what the values of the last run have shown: another run with the same shapes may have other values.</summary>
    public void ForgetRefusals()
    {
        _refused.Clear();
        for (int i = _kept.Count - 1; i >= 0; i--)
        {
            BoundRun bound = _kept[i];
            if (!bound.IsForOneRun) continue;
            if (Current == bound) Current = null;
            _kept.RemoveAt(i);
            bound.Dispose();
        }
    }

    /// <summary>Discards all bound runs; the executors may then change.</summary>
    public void Dispose()
    {
        foreach (BoundRun bound in _kept) bound.Dispose();
        _kept.Clear();
        Current = null;
        _default = null;
    }

    private void MakeRoom()
    {
        while (_kept.Count >= Math.Max(1, capacity))
        {
            if (isNested) executors.Stream?.Synchronize(); // the host has not waited since its last use
            _kept[^1].Dispose();
            _kept.RemoveAt(_kept.Count - 1);
        }
    }

    private RunPlan PlanFor(ImmutableArray<IStepExecutor> steps) => new(executors, steps, boundary, keepsResults, isNested);
}
