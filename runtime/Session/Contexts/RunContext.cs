using System.Collections.Immutable;
using System.Diagnostics;
using GraphPartition.Ir;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Plan;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Contexts;

/// <summary>
/// Executes a plan, one run at a time, in buffers of its own. In steady state (static shapes, the same objects fed) a run
/// allocates nothing.
/// </summary>
internal sealed class RunContext : IDisposable
{
    private const int MostLate = 64;

    private readonly ExecutionPlan _plan;
    private readonly StepExecutors _executors;
    private readonly ModelSessionOptions _options;
    private readonly StepPlacement _boundary;
    private readonly bool _keepsResults;
    private readonly string? _part;
    private RunControl _control;
    private readonly Feeds _feeds;
    private readonly Staging _staging;
    private readonly List<ShapeState> _states = []; // the most recently used first
    private readonly OrtValue?[][] _values; // by place and slot
    private readonly IDisposable?[][] _owned; // what this run made and has to free
    private readonly HashSet<int> _refused = []; // steps that refused what this run gave them
    private readonly List<IDisposable> _late = []; // of what was made what the device may still read, though nobody needs it any more
    private ContextLayout _usual; // the layout where every step takes what it gets
    private ShapeState? _state;
    private bool _isStale;
    private int _step = -1; // the one that was launched last
    private IStepExecutor? _launched; // who computed it

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
        _part = part;
        _control = IsPart ? null! : new RunControl(); // parts run under that of the whole
        _executors = executors;
        _plan = executors.Plan;
        _options = options;
        _boundary = boundary;
        _keepsResults = keepsResults;
        _feeds = new Feeds(_plan.Graph);
        _staging = new Staging(_plan, boundary, _feeds);
        _values = [new OrtValue?[_plan.SlotCount], new OrtValue?[_plan.SlotCount]];
        _owned = [new IDisposable?[_plan.SlotCount], new IDisposable?[_plan.SlotCount]];
        _usual = LayOut(executors.Usual);
        executors.Changing += Forget;
    }

    /// <summary>The schedule and the executors.</summary>
    public ContextLayout Layout => _state?.Layout ?? _usual;

    private DeviceStream? Stream => _executors.Stream;

    private bool IsPart => _part is not null;

    /// <summary>The state of the last run; null where there was none.</summary>
    public ShapeState? State => _state;

    /// <summary>Computes the plan.</summary>
    /// <param name="feeds">A value for each input without a default, by name; they must stay until the run has ended.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="ModelException">An input does not fit (GP5004), or a checked value is not finite (GP5010).</exception>
    /// <exception cref="EnvironmentException">A step fails (GP5006, GP5009).</exception>
    public void Run(IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation)
    {
        FreeAll();
        FreeLate();
        ForgetRefusals();
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
        FreeAll();
        if (_late.Count > MostLate)
        {
            Stream!.Synchronize(); // a loop without a condition never does
            FreeLate();
        }
        Run(_feeds.Take(inputs));
    }

    /// <summary>Whether the part that failed last can be tried again in another way.</summary>
    public bool Recovers(EnvironmentException fault)
    {
        int step = _step;
        _step = -1; // it is about this failure
        if (step < 0) return false;
        if (fault is not RefusedShapesException) return _executors.Recovers(fault, step, _launched!);
        if (IsPart) _executors.MoveToPortable(step); // one iteration or the next, the engine would meet such shapes again
        else if (!_refused.Add(step)) return false;
        else _state = null;
        return true;
    }

    /// <summary>A result of the last run: null where it is a constant of the graph.</summary>
    public OrtValue? Result(int output) => _plan.OutputSlots[output] is var slot and >= 0 ? _values[(int)_boundary.Outputs[output]][slot] : null;

    /// <summary>Gives a result away if the run made it for the caller; null where it lies in a buffer or is what was fed.</summary>
    public OrtValue? TakeResult(int output)
    {
        int slot = _plan.OutputSlots[output];
        IDisposable?[] owned = _owned[(int)_boundary.Outputs[output]];
        if (slot < 0 || owned[slot] is not OrtValue made) return null;
        owned[slot] = null;
        _values[(int)_boundary.Outputs[output]][slot] = null; // the caller may end it: the next run must not find it here
        return made;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Abandon();
        _executors.Changing -= Forget;
        Drop();
        _feeds.Dispose();
        if (IsPart) return;
        _executors.Dispose();
        _control.Dispose();
    }

    private void Run(bool changed)
    {
        _step = -1;
        try
        {
            if (changed || _state is null) Activate();
            Execute();
            if (_state!.Wiring!.Runs++ == 0) Settle(_state.Wiring);
            _step = -1;
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
        Drop();
        _isStale = true;
    }

    private void Drop()
    {
        foreach (ShapeState state in _states) state.Dispose();
        _states.Clear();
        _state = null;
    }

    /// <summary>Makes the state of the shapes that are fed the current one.</summary>
    private void Activate()
    {
        if (_isStale) _usual = LayOut(_executors.Usual);
        _isStale = false;
        int at = _states.Count - 1;
        while (at >= 0 && (_refused.Count > 0 || !_states[at].IsFor(_feeds.Shapes))) at--;
        ShapeState state;
        if (at >= 0)
        {
            state = _states[at];
            _states.RemoveAt(at);
        }
        else
        {
            while (_states.Count >= Math.Max(1, _options.ShapesKept))
            {
                if (IsPart) Stream?.Synchronize(); // nobody has waited since it was used
                _states[^1].Dispose();
                _states.RemoveAt(_states.Count - 1);
            }
            _state = null;
            long[]?[] shapes = SlotShapes.Of(_plan, _feeds.Shapes);
            state = ShapeState.Create(LayoutFor(shapes), [.. _feeds.Shapes], shapes, isForOneRun: _refused.Count > 0);
        }
        _states.Insert(0, state);
        _state = state;
        for (int place = 0; place < _values.Length; place++) state.Values[place].CopyTo(_values[place], 0);
        for (int i = 0; i < _plan.InputSlots.Length; i++) _values[(int)_boundary.Inputs[i]][_plan.InputSlots[i]] ??= _feeds.Values[i];
        state.Wire(_feeds.Values, IsPart);
    }

    /// <summary>The layout for some shapes: groups whose engine does not take them run as their portable subgraph.</summary>
    private ContextLayout LayoutFor(long[]?[] shapes)
    {
        ImmutableArray<IStepExecutor> steps = _executors.For(shapes, _refused);
        return steps == _usual.Steps ? _usual : LayOut(steps);
    }

    private ContextLayout LayOut(ImmutableArray<IStepExecutor> steps) => new(_executors, steps, _boundary, _keepsResults, IsPart);

    /// <summary>What one run met says nothing of the next, though the same shapes be fed.</summary>
    private void ForgetRefusals()
    {
        _refused.Clear();
        for (int i = _states.Count - 1; i >= 0; i--)
        {
            ShapeState state = _states[i];
            if (!state.IsForOneRun) continue;
            if (_state == state) _state = null;
            _states.RemoveAt(i);
            state.Dispose();
        }
    }

    private void Execute()
    {
        ImmutableArray<ScheduledAction> actions = Layout.Schedule.Actions;
        _staging.Stage(_state!, Stream);
        bool records = _options.Profile is null && !_options.Validate;
        for (int a = 0; a < actions.Length;)
        {
            _control.Cancellation.ThrowIfCancellationRequested();
            if (records && _state!.Wiring!.RegionAt[a] is { } region && _state.Wiring.Runs > 0 && region.Refusal is null)
            {
                Repeat(region);
                a = region.End;
                continue;
            }
            Do(actions[a]);
            foreach ((MemoryPlace place, int slot) in Layout.Dying[a]) Free(place, slot);
            a++;
        }
    }

    private void Settle(Wiring wiring)
    {
        foreach (Region? region in wiring.RegionAt)
            if (region is not null) region.Renewals = RenewalsOf(region);
    }

    private long RenewalsOf(Region region)
    {
        long sum = 0;
        for (int a = region.Start; a < region.End; a++)
            if (Layout.Schedule.Actions[a] is { Kind: ActionKind.Launch } launch) sum += Layout.Steps[launch.Index].Renewals;
        return sum;
    }

    /// <summary>
    /// Replays a region; on the second run with kernels that stay it is done as before and then recorded, by the same thread and with
    /// its memory warm.
    /// </summary>
    private void Repeat(Region region)
    {
        if (region.Renewals != RenewalsOf(region))
        {
            region.Forget();
            DoAll(region);
            region.Renewals = RenewalsOf(region);
            return;
        }
        if (region.Recording is { } recording)
        {
            recording.Replay();
            return;
        }
        DoAll(region);
        _control.IsRecording = true;
        try
        {
            region.Recording = Stream!.Record(() => DoAll(region), _state!.OwnsHostAddress, out string? refusal);
            region.Refusal = refusal;
        }
        finally
        {
            _control.IsRecording = false;
            region.Recorded = [.. region.Recorded, .. _control.Recorded]; // also of one that failed: what it enqueued before may be under way
            _control.Recorded.Clear();
        }
    }

    private void DoAll(Region region)
    {
        for (int a = region.Start; a < region.End; a++) Do(Layout.Schedule.Actions[a]);
    }

    private void Do(ScheduledAction action)
    {
        long start = _options.Profile is null ? 0 : Stopwatch.GetTimestamp();
        switch (action.Kind)
        {
            case ActionKind.Launch:
                _step = action.Index;
                Launch(action.Index);
                break;
            case ActionKind.CopyToDevice: Copy(action.Index, MemoryPlace.Host, MemoryPlace.Device); break;
            case ActionKind.CopyToHost: Copy(action.Index, MemoryPlace.Device, MemoryPlace.Host); break;
            default:
                Stream!.Synchronize();
                FreeLate();
                break;
        }
        if (_options.Profile is { } profile)
        {
            Stream?.Synchronize();
            profile.Add(start, action, Layout, _values, _part);
        }
        if (_options.Validate && action.Kind == ActionKind.Launch) FiniteCheck.Check(Layout, action.Index, _values);
    }

    private void Launch(int step)
    {
        ExecutionStep planned = _plan.Steps[step];
        IStepExecutor executor = Layout.Steps[step];
        StepFrame frame = _state!.Wiring!.Frames[step];
        for (int i = 0; i < frame.Inputs.Length; i++) frame.Inputs[i] = _values[(int)executor.Placement.Inputs[i]][planned.Inputs[i]];
        for (int i = 0; i < frame.Outputs.Length; i++) frame.Outputs[i] = _state!.Values[(int)executor.Placement.Outputs[i]][planned.Outputs[i]];
        _launched = executor;
        executor.Run(frame, _control);
        for (int i = 0; i < frame.Outputs.Length; i++)
        {
            int place = (int)executor.Placement.Outputs[i], slot = planned.Outputs[i];
            _values[place][slot] = frame.Outputs[i];
            if (!ReferenceEquals(_state!.Values[place][slot], frame.Outputs[i])) _owned[place][slot] = frame.Outputs[i];
        }
    }

    private void Copy(int slot, MemoryPlace from, MemoryPlace to)
    {
        if (_state!.Plan.BufferOf(from, slot) is { } buffer && _state.Plan.BufferOf(to, slot) is not null)
        {
            if (to == MemoryPlace.Device && _state.Plan.IsStreamed(slot)) _staging.Stream(_state, slot, Stream!);
            else if (buffer.Bytes > 0) Stream!.Copy(_state.AddressOf(from, slot), _state.AddressOf(to, slot), buffer.Bytes);
            return;
        }
        OrtValue source = _values[(int)from][slot]!;
        if (_values[(int)to][slot] is null)
        {
            (OrtValue made, IDisposable owner) = NewValue.Like(source, to, Stream!);
            _values[(int)to][slot] = made;
            _owned[(int)to][slot] = owner;
        }
        long bytes = source.GetTensorSizeInBytes();
        if (bytes > 0) Stream!.Copy(OrtValues.AddressOf(source), OrtValues.AddressOf(_values[(int)to][slot]!), bytes);
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
        FreeAll();
        FreeLate();
    }

    private void FreeAll()
    {
        for (int slot = 0; slot < _plan.SlotCount; slot++)
        {
            Free(MemoryPlace.Host, slot);
            Free(MemoryPlace.Device, slot);
        }
    }

    private void Free(MemoryPlace place, int slot)
    {
        if (_owned[(int)place][slot] is not { } owned) return;
        // ONNX Runtime gives its own memory back in the order of the stream; ours would be gone at once.
        if (place == MemoryPlace.Device && owned is not OrtValue) _late.Add(owned);
        else owned.Dispose();
        _owned[(int)place][slot] = null;
        _values[(int)place][slot] = null;
    }

    /// <summary>After the host has waited.</summary>
    private void FreeLate()
    {
        foreach (IDisposable owned in _late) owned.Dispose();
        _late.Clear();
    }
}
