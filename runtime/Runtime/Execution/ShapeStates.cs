using System.Collections.Immutable;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Steps;

namespace GraphPartition.Runtime.Execution;

/// <summary>The states of a context for the combinations of input shapes that it met last; the least recently used one goes first.</summary>
/// <param name="executors">What computes the steps.</param>
/// <param name="boundary">Where what is fed lies, and where results go.</param>
/// <param name="keepsResults">Whether results stay in the context's buffers.</param>
/// <param name="isPart">Whether runs are parts of runs of another context on the same stream.</param>
/// <param name="most">How many states are kept; at least the current one is.</param>
internal sealed class ShapeStates(StepExecutors executors, StepPlacement boundary, bool keepsResults, bool isPart, int most) : IDisposable
{
    private readonly List<ShapeState> _kept = []; // the most recently used first
    private readonly HashSet<int> _refused = []; // steps that refused what this run gave them
    private ContextLayout? _usual; // the layout where every step takes what it gets

    /// <summary>The state of the last run; null where there was none, and where the next run needs another one.</summary>
    public ShapeState? Current { get; private set; }

    /// <summary>The schedule and the executors.</summary>
    public ContextLayout Layout => Current?.Layout ?? Usual;

    private ContextLayout Usual => _usual ??= LayOut(executors.Usual);

    /// <summary>Makes the state of some shapes the current one.</summary>
    /// <param name="fed">The dimensions of each graph input.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory for it.</exception>
    public ShapeState Activate(long[]?[] fed)
    {
        int at = _kept.Count - 1;
        while (at >= 0 && (_refused.Count > 0 || !_kept[at].IsFor(fed))) at--;
        ShapeState state;
        if (at >= 0)
        {
            state = _kept[at];
            _kept.RemoveAt(at);
        }
        else
        {
            Current = null;
            MakeRoom();
            long[]?[] shapes = SlotShapes.Of(executors.Plan, fed);
            state = ShapeState.Create(LayoutFor(shapes), [.. fed], shapes, isForOneRun: _refused.Count > 0);
        }
        _kept.Insert(0, state);
        return Current = state;
    }

    /// <summary>
    /// A step has refused what the current run gave it: the next state has its group run as the portable subgraph. False where that
    /// is so already.
    /// </summary>
    public bool Refuse(int step)
    {
        if (!_refused.Add(step)) return false;
        Current = null;
        return true;
    }

    /// <summary>What one run met says nothing of the next, though the same shapes be fed.</summary>
    public void ForgetRefusals()
    {
        _refused.Clear();
        for (int i = _kept.Count - 1; i >= 0; i--)
        {
            ShapeState state = _kept[i];
            if (!state.IsForOneRun) continue;
            if (Current == state) Current = null;
            _kept.RemoveAt(i);
            state.Dispose();
        }
    }

    /// <summary>Forgets all that was laid out; the executors may then change.</summary>
    public void Clear()
    {
        foreach (ShapeState state in _kept) state.Dispose();
        _kept.Clear();
        Current = null;
        _usual = null;
    }

    public void Dispose() => Clear();

    private void MakeRoom()
    {
        while (_kept.Count >= Math.Max(1, most))
        {
            if (isPart) executors.Stream?.Synchronize(); // nobody has waited since it was used
            _kept[^1].Dispose();
            _kept.RemoveAt(_kept.Count - 1);
        }
    }

    /// <summary>The layout for some shapes: groups whose engine does not take them run as their portable subgraph.</summary>
    private ContextLayout LayoutFor(long[]?[] shapes)
    {
        ImmutableArray<IStepExecutor> steps = executors.For(shapes, _refused);
        return steps == Usual.Steps ? Usual : LayOut(steps);
    }

    private ContextLayout LayOut(ImmutableArray<IStepExecutor> steps) => new(executors, steps, boundary, keepsResults, isPart);
}
