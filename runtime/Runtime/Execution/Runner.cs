using System.Diagnostics;
using GraphPartition.Runtime.Memory;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Execution;

/// <summary>
/// Executes a plan, one run at a time, in its own buffers: launches steps, copies, waits, and replays what is recorded. In steady state
/// (the same input objects with static shapes) a run allocates nothing.
/// </summary>
internal sealed class Runner : IDisposable
{
    private const int MostPending = 64;

    private readonly ExecutionPlan _plan;
    private readonly StepExecutors _executors;
    private readonly ModelSessionOptions _options;
    private readonly StepPlacement _boundary;
    private readonly string? _nestedIn;
    private readonly bool _records;
    private readonly InputBinder _inputs;
    private readonly BoundRunCache _runs;
    private readonly SlotTable _values;
    private readonly RangeRecorder _recorder;
    private RunControl _control;
    private (int Step, IStepExecutor Executor)? _launched; // the last step: the one that failed if the run fails

    /// <summary>A runner whose inputs come from the host and whose results go there.</summary>
    /// <param name="executors">The executors of the steps; owned.</param>
    /// <param name="options">How the model runs.</param>
    /// <param name="keepsResults">Whether results stay in the runner's buffers.</param>
    public Runner(StepExecutors executors, ModelSessionOptions options, bool keepsResults)
        : this(executors, options, StepPlacement.All(MemoryPlace.Host, executors.Plan.InputSlots.Length, executors.Plan.OutputSlots.Length),
            keepsResults, nestedIn: null)
    {
    }

    /// <summary>A runner whose runs are part of runs of another one on the same stream. Results stay in its buffers.</summary>
    /// <param name="executors">The executors of the steps; not owned.</param>
    /// <param name="options">How the model runs.</param>
    /// <param name="boundary">Where the inputs are, and where results go.</param>
    /// <param name="name">The name of the node around the body, for profiles.</param>
    public static Runner Nested(StepExecutors executors, ModelSessionOptions options, StepPlacement boundary, string name) =>
        new(executors, options, boundary, keepsResults: true, name);

    private Runner(StepExecutors executors, ModelSessionOptions options, StepPlacement boundary, bool keepsResults, string? nestedIn)
    {
        _plan = executors.Plan;
        _executors = executors;
        _options = options;
        _boundary = boundary;
        _nestedIn = nestedIn;
        _records = options.Profile is null && !options.Validate;
        _control = IsNested ? null! : new RunControl(); // nested runs share that of the outer run
        _inputs = new InputBinder(_plan, boundary);
        _runs = new BoundRunCache(executors, boundary, keepsResults, IsNested, options.ShapesKept);
        _values = new SlotTable(_plan.SlotCount, executors.Stream);
        _recorder = new RangeRecorder(executors.Stream, DoAll);
        executors.Changing += Discard;
    }

    /// <summary>The schedule and the executors.</summary>
    public RunPlan Plan => _runs.Plan;

    /// <summary>What is bound for the last run; null if there was none.</summary>
    public BoundRun? Bound => _runs.Current;

    private bool IsNested => _nestedIn is not null;
    private DeviceStream? Stream => _executors.Stream;

    /// <summary>Computes the plan.</summary>
    /// <param name="inputs">A value for each input without a default, by name; they must stay valid until the run has ended.</param>
    /// <param name="cancellation">Cancels the run.</param>
    /// <exception cref="ModelException">An input does not fit (GP5004), or a checked value is not finite (GP5010).</exception>
    /// <exception cref="EnvironmentException">A step fails (GP5006, GP5009).</exception>
    public void Run(IReadOnlyDictionary<string, OrtValue> inputs, CancellationToken cancellation)
    {
        _values.FreeAll();
        _values.FreePending();
        _runs.ForgetRefusals();
        bool isChanged = _inputs.Set(inputs);
        _control.Reset(cancellation);
        using CancellationTokenRegistration stop = cancellation.UnsafeRegister(static control => ((RunControl)control!).Stop(), _control);
        while (true)
        {
            try
            {
                Run(isChanged);
                return;
            }
            catch (EnvironmentException e)
            {
                cancellation.ThrowIfCancellationRequested(); // the failure was our own stop
                if (!TryRecover(e)) throw;
            }
        }
    }

    /// <summary>Computes the plan as part of another run. The other run handles a failure (<see cref="TryRecover"/>).</summary>
    /// <param name="inputs">The values of all inputs in order, at the places of the boundary; null for an empty optional.</param>
    /// <param name="control">The control of the outer run.</param>
    public void Run(ReadOnlySpan<OrtValue?> inputs, RunControl control)
    {
        _control = control;
        _values.FreeAll();
        if (_values.PendingCount > MostPending)
        {
            Stream!.Synchronize(); // a loop without a condition never does
            _values.FreePending();
        }
        Run(_inputs.Set(inputs));
    }

    /// <summary>Whether the run that failed last can be repeated in another way.</summary>
    public bool TryRecover(EnvironmentException fault)
    {
        if (_launched is not var (step, executor)) return false;
        _launched = null; // it belongs to this failure
        if (_recorder.HasPendingError)
        {
            _recorder.HasPendingError = false;
            return true;
        }
        if (fault is not RefusedShapesException) return _executors.TryRecover(fault, step, executor);
        if (!IsNested) return _runs.Refuse(step);
        _executors.MoveToPortable(step); // other iterations would pass such shapes again
        return true;
    }

    /// <summary>A result of the last run, owned by the runner; null if it is a constant of the graph.</summary>
    public OrtValue? Result(int output) => _plan.OutputSlots[output] is var slot and >= 0 ? _values[_boundary.Outputs[output], slot] : null;

    /// <summary>A result of the last run, now owned by the caller; null if it is in a buffer, an input or a constant.</summary>
    public OrtValue? TakeResult(int output) =>
        _plan.OutputSlots[output] is var slot and >= 0 ? _values.Take(_boundary.Outputs[output], slot) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        Abandon();
        _executors.Changing -= Discard;
        _runs.Dispose();
        _values.Dispose();
        _inputs.Dispose();
        if (IsNested) return;
        _executors.Dispose();
        _control.Dispose();
    }

    private void Run(bool inputsChanged)
    {
        _launched = null;
        try
        {
            if (inputsChanged || Bound is null) Bind();
            Execute(Bound!, Bound!.Current);
        }
        catch
        {
            Abandon();
            throw;
        }
    }

    /// <summary>Selects the buffers for the shapes of the inputs, and the bindings for the inputs.</summary>
    private void Bind()
    {
        BoundRun bound = _runs.Activate(_inputs.Shapes);
        _values.Load(bound.Values);
        for (int i = 0; i < _plan.InputSlots.Length; i++)
            if (_values[_boundary.Inputs[i], _plan.InputSlots[i]] is null)
                _values.SetBorrowed(_boundary.Inputs[i], _plan.InputSlots[i], _inputs.Values[i]);
        bound.Bind(_inputs.Values, IsNested);
    }

    private void Execute(BoundRun bound, Bindings bindings)
    {
        _inputs.Stage(bound, Stream);
        ImmutableArray<ScheduledAction> actions = bound.Plan.Schedule.Actions;
        for (int a = 0; a < actions.Length;)
        {
            _control.Cancellation.ThrowIfCancellationRequested();
            if (_records && bindings.RangeAt[a] is { } range && bindings.Runs > 0 && range.Refusal is null)
            {
                _recorder.Repeat(bound, range, _control);
                a = range.End;
                continue;
            }
            Do(bound, actions[a]);
            foreach ((MemoryPlace place, int slot) in bound.Plan.LastUses[a]) _values.Free(place, slot);
            a++;
        }
        if (bindings.Runs++ == 0)
            foreach (RecordedRange? range in bindings.RangeAt)
                if (range is not null) range.KernelChanges = range.KernelChangesIn(bound.Plan);
        _launched = null;
    }

    private void DoAll(BoundRun bound, RecordedRange range)
    {
        for (int a = range.Start; a < range.End; a++) Do(bound, bound.Plan.Schedule.Actions[a]);
    }

    private void Do(BoundRun bound, ScheduledAction action)
    {
        long start = _options.Profile is null ? 0 : Stopwatch.GetTimestamp();
        switch (action.Kind)
        {
            case ActionKind.Launch: Launch(bound, action.Index); break;
            case ActionKind.CopyToDevice: Copy(bound, action.Index, MemoryPlace.Host, MemoryPlace.Device); break;
            case ActionKind.CopyToHost: Copy(bound, action.Index, MemoryPlace.Device, MemoryPlace.Host); break;
            default:
                Stream!.Synchronize();
                _values.FreePending();
                break;
        }
        if (_options.Profile is { } profile)
        {
            Stream?.Synchronize();
            profile.Add(start, ActionTimer.Describe(start, action, bound.Plan, _values, _nestedIn));
        }
        if (_options.Validate && action.Kind == ActionKind.Launch) FiniteCheck.Check(bound.Plan, action.Index, _values);
    }

    private void Launch(BoundRun bound, int step)
    {
        ExecutionStep planned = _plan.Steps[step];
        IStepExecutor executor = bound.Plan.Steps[step];
        StepFrame frame = bound.Current.Frames[step];
        for (int i = 0; i < frame.Inputs.Length; i++) frame.Inputs[i] = _values[executor.Placement.Inputs[i], planned.Inputs[i]];
        for (int i = 0; i < frame.Outputs.Length; i++) frame.Outputs[i] = bound.ValueOf(executor.Placement.Outputs[i], planned.Outputs[i]);
        _launched = (step, executor);
        using Activity? activity = RuntimeActivities.StartStep(step, planned.Group?.Id, planned.Segment.Nodes.Length);
        executor.Run(frame, _control);
        for (int i = 0; i < frame.Outputs.Length; i++)
        {
            MemoryPlace place = executor.Placement.Outputs[i];
            int slot = planned.Outputs[i];
            if (ReferenceEquals(bound.ValueOf(place, slot), frame.Outputs[i])) _values.SetBorrowed(place, slot, frame.Outputs[i]);
            else _values.SetOwned(place, slot, frame.Outputs[i], frame.Outputs[i]);
        }
    }

    private void Copy(BoundRun bound, int slot, MemoryPlace from, MemoryPlace to)
    {
        if (bound.Memory.BufferOf(from, slot) is { } buffer && bound.Memory.BufferOf(to, slot) is not null)
        {
            if (to == MemoryPlace.Device && bound.Memory.IsUploadedInPieces(slot)) _inputs.Upload(bound, slot, Stream!);
            else if (buffer.Bytes > 0) Stream!.Copy(bound.AddressOf(from, slot), bound.AddressOf(to, slot), buffer.Bytes);
            return;
        }
        OrtValue source = _values[from, slot]!;
        if (_values[to, slot] is null) _values.CreateLike(source, to, slot, bound.Plan.IsResult(slot));
        long bytes = source.GetTensorSizeInBytes();
        nint address = OrtValues.AddressOf(source), target = OrtValues.AddressOf(_values[to, slot]!);
        // A nested run need not wait before the next one, which would overwrite pinned memory that is still being copied.
        if (to == MemoryPlace.Device && bytes > MemoryPlan.UploadPiece && !IsNested)
            InputBinder.UploadInPieces(address, _values.PinnedMemoryOf(slot, bytes), target, bytes, Stream!);
        else if (bytes > 0) Stream!.Copy(address, target, bytes);
    }

    /// <summary>The executors change: their bound runs are discarded.</summary>
    private void Discard()
    {
        Abandon();
        _runs.Dispose();
    }

    /// <summary>After a failure: waits until no work is left before memory is freed.</summary>
    private void Abandon()
    {
        try
        {
            Stream?.Synchronize();
        }
        catch (EnvironmentException)
        {
            // The caller gets the failure already; a lost device reports it again.
        }
        _values.FreeAll();
        _values.FreePending();
    }
}
