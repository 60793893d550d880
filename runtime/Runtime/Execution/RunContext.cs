using GraphPartition.Foundation;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Execution;

/// <summary>
/// Executes a plan, one run at a time, in buffers of its own. In steady state (static shapes, the same objects fed) a run
/// allocates nothing.
/// </summary>
internal sealed class RunContext : IDisposable
{
    private const int MostLate = 64;

    private readonly ExecutionPlan _plan;
    private readonly StepExecutors _executors;
    private readonly StepPlacement _boundary;
    private readonly bool _isPart;
    private readonly Feeds _feeds;
    private readonly ShapeStates _states;
    private readonly SlotValues _values;
    private readonly NewValues _newValues;
    private readonly ActionRunner _actions;
    private RunControl _control;

    /// <summary>A context of its own over executors, which it owns: what is fed comes from the host, and results go there.</summary>
    /// <param name="executors">What computes the steps.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="keepsResults">Whether results stay in the context's buffers.</param>
    public RunContext(StepExecutors executors, ModelSessionOptions options, bool keepsResults)
        : this(executors, options, StepPlacement.All(MemoryPlace.Host, executors.Plan.InputSlots.Length, executors.Plan.OutputSlots.Length),
            keepsResults, part: null)
    {
    }

    /// <summary>A context whose runs are parts of the runs of another one, on the same stream. Results stay in its buffers.</summary>
    /// <param name="executors">What computes the steps; the caller's.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="boundary">Where what is fed lies, and where results go.</param>
    /// <param name="name">What the part is called in profiles.</param>
    public static RunContext ForParts(StepExecutors executors, ModelSessionOptions options, StepPlacement boundary, string name) =>
        new(executors, options, boundary, keepsResults: true, name);

    private RunContext(StepExecutors executors, ModelSessionOptions options, StepPlacement boundary, bool keepsResults, string? part)
    {
        _isPart = part is not null;
        _control = _isPart ? null! : new RunControl(); // parts run under that of the whole
        _executors = executors;
        _plan = executors.Plan;
        _boundary = boundary;
        _feeds = new Feeds(_plan.Graph);
        _states = new ShapeStates(executors, boundary, keepsResults, _isPart, options.ShapesKept);
        _values = new SlotValues(_plan.SlotCount);
        _newValues = new NewValues(_plan.SlotCount, executors.Stream);
        _actions = new ActionRunner(executors.Stream, options, _values, _newValues, new Staging(_plan, boundary, _feeds), part);
        executors.Changing += Forget;
    }

    /// <summary>The schedule and the executors.</summary>
    public ContextLayout Layout => _states.Layout;

    /// <summary>The state of the last run; null where there was none.</summary>
    public ShapeState? State => _states.Current;

    private DeviceStream? Stream => _executors.Stream;

    /// <summary>Computes the plan.</summary>
    /// <param name="feeds">A value for each input without a default, by name; they must stay until the run has ended.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="ModelException">An input does not fit (GP5004), or a checked value is not finite (GP5010).</exception>
    /// <exception cref="EnvironmentException">A step fails (GP5006, GP5009).</exception>
    public void Run(IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation)
    {
        _values.FreeAll();
        _values.FreeLate();
        _states.ForgetRefusals();
        bool changed = _feeds.Take(feeds);
        _control.Reset(cancellation);
        using CancellationTokenRegistration stop = cancellation.UnsafeRegister(static control => ((RunControl)control!).Stop(), _control);
        while (true)
        {
            try
            {
                Run(changed);
                return;
            }
            catch (EnvironmentException e)
            {
                cancellation.ThrowIfCancellationRequested(); // what failed was stopped by us
                if (!Recovers(e)) throw;
            }
        }
    }

    /// <summary>Computes the plan as a part of another run. A failure is the other run's to handle (<see cref="Recovers"/>).</summary>
    /// <param name="inputs">The values of all inputs in order, at the places of the boundary; null for an optional that is empty.</param>
    /// <param name="control">Stops the run that this is a part of.</param>
    public void Run(ReadOnlySpan<OrtValue?> inputs, RunControl control)
    {
        _control = control;
        _values.FreeAll();
        if (_values.LateCount > MostLate)
        {
            Stream!.Synchronize(); // a loop without a condition never does
            _values.FreeLate();
        }
        Run(_feeds.Take(inputs));
    }

    /// <summary>Whether the part that failed last can be tried again in another way.</summary>
    public bool Recovers(EnvironmentException fault)
    {
        if (_actions.Launched is not var (step, executor)) return false;
        _actions.Launched = null; // it is about this failure
        if (_actions.HasLeftover)
        {
            _actions.HasLeftover = false;
            return true;
        }
        if (fault is not RefusedShapesException) return _executors.Recovers(fault, step, executor);
        if (!_isPart) return _states.Refuse(step);
        _executors.MoveToPortable(step); // one iteration or the next, the engine would meet such shapes again
        return true;
    }

    /// <summary>A result of the last run: null where it is a constant of the graph.</summary>
    public OrtValue? Result(int output) => _plan.OutputSlots[output] is var slot and >= 0 ? _values[_boundary.Outputs[output], slot] : null;

    /// <summary>Gives a result away if the run made it for the caller; null where it lies in a buffer or is what was fed.</summary>
    public OrtValue? TakeResult(int output) => _plan.OutputSlots[output] is var slot and >= 0 ? _values.Take(_boundary.Outputs[output], slot) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        Abandon();
        _executors.Changing -= Forget;
        _states.Dispose();
        _newValues.Dispose();
        _feeds.Dispose();
        if (_isPart) return;
        _executors.Dispose();
        _control.Dispose();
    }

    private void Run(bool changed)
    {
        _actions.Launched = null;
        try
        {
            if (changed || State is null) Activate();
            _actions.Run(State!, _control);
        }
        catch
        {
            Abandon();
            throw;
        }
    }

    /// <summary>The executors change: what was laid out for them goes, and the next run lays out anew.</summary>
    private void Forget()
    {
        Abandon();
        _states.Clear();
    }

    /// <summary>Takes up the state of the shapes that are fed, and what is fed.</summary>
    private void Activate()
    {
        ShapeState state = _states.Activate(_feeds.Shapes);
        _values.Load(state);
        for (int i = 0; i < _plan.InputSlots.Length; i++)
            if (_values[_boundary.Inputs[i], _plan.InputSlots[i]] is null) _values.Lend(_boundary.Inputs[i], _plan.InputSlots[i], _feeds.Values[i]);
        state.Wire(_feeds.Values, _isPart);
    }

    /// <summary>After a failure: nothing may be under way any more when memory is freed.</summary>
    private void Abandon()
    {
        try
        {
            Stream?.Synchronize();
        }
        catch (EnvironmentException)
        {
            // The failure is on its way to the caller already; a lost device will say so again.
        }
        _values.FreeAll();
        _values.FreeLate();
    }
}
