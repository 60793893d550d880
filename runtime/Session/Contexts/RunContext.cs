using System.Collections.Immutable;
using System.Diagnostics;
using GraphPartition.Ir;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Plan;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Contexts;

/// <summary>
/// Executes a plan, one run at a time: it owns a stream, the executors bound to it, and the buffers. In steady state (static
/// shapes, the same objects fed) a run allocates nothing.
/// </summary>
internal sealed class RunContext : IDisposable
{
    private readonly ExecutionPlan _plan;
    private readonly ModelSessionOptions _options;
    private readonly StepExecutors _executors;
    private readonly bool _keepsResults;
    private readonly RunControl _control = new();
    private readonly Feeds _feeds;
    private readonly StepFrame[] _frames;
    private readonly HashSet<int> _distrusted = [];
    private readonly HashSet<int> _refused = []; // steps that refused what this run gave them
    private readonly List<ShapeState> _states = []; // the most recently used first
    private readonly OrtValue?[][] _values; // by place and slot
    private readonly IDisposable?[][] _owned; // what this run made and has to free
    private readonly List<IDisposable> _late = []; // of it what the device may still read, though nobody needs it any more
    private ContextLayout _usual; // the layout where every step takes what it gets
    private ShapeState? _state;

    /// <summary>A context over executors, which it owns.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="executors">Who computes each step.</param>
    /// <param name="stream">The device, owned too; null where all is on the host.</param>
    /// <param name="keepsResults">Whether results stay in the context's buffers.</param>
    public RunContext(
        ExecutionPlan plan, ModelSessionOptions options, StepExecutors executors, DeviceStream? stream, bool keepsResults)
    {
        _plan = plan;
        _options = options;
        _executors = executors;
        _keepsResults = keepsResults;
        _feeds = new Feeds(plan.Graph);
        _frames = [.. plan.Steps.Select(s => new StepFrame(s.Inputs.Length, s.Outputs.Length))];
        _values = [new OrtValue?[plan.SlotCount], new OrtValue?[plan.SlotCount]];
        _owned = [new IDisposable?[plan.SlotCount], new IDisposable?[plan.SlotCount]];
        _usual = new ContextLayout(plan, executors.Usual, stream, keepsResults, _distrusted);
    }

    /// <summary>The schedule and the executors.</summary>
    public ContextLayout Layout => _state?.Layout ?? _usual;

    /// <summary>The state of the last run's shapes.</summary>
    public ShapeState? State => _state;

    /// <summary>Runs. Results are in <see cref="Result"/> until the next run.</summary>
    /// <exception cref="ModelException">An input does not fit (GP5004), or a checked value is not finite (GP5010).</exception>
    /// <exception cref="EnvironmentException">A step fails (GP5006, GP5009).</exception>
    public void Run(IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation)
    {
        FreeAll();
        ForgetRefusals();
        if (_feeds.Take(feeds) || _state is null) Activate();
        _control.Reset();
        using CancellationTokenRegistration stop = cancellation.UnsafeRegister(static control => ((RunControl)control!).Stop(), _control);
        while (true)
        {
            int step = -1;
            try
            {
                Execute(ref step, cancellation);
                _state!.Runs++;
                return;
            }
            catch (EnvironmentException e)
            {
                Abandon();
                cancellation.ThrowIfCancellationRequested(); // what failed was stopped by us
                if (!Recovers(e, step)) throw;
            }
            catch
            {
                Abandon();
                throw;
            }
        }
    }

    /// <summary>A result of the last run: null where it is a constant of the graph.</summary>
    public OrtValue? Result(int output) => _plan.OutputSlots[output] is var slot and >= 0 ? _values[(int)MemoryPlace.Host][slot] : null;

    /// <summary>Gives a result away if the run made it for the caller; null where it lies in a buffer or is what was fed.</summary>
    public OrtValue? TakeResult(int output)
    {
        int slot = _plan.OutputSlots[output];
        if (slot < 0 || _owned[(int)MemoryPlace.Host][slot] is not OrtValue made) return null;
        _owned[(int)MemoryPlace.Host][slot] = null;
        _values[(int)MemoryPlace.Host][slot] = null; // the caller may end it: the next run must not find it here
        return made;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Abandon();
        foreach (ShapeState state in _states) state.Dispose();
        _executors.Dispose();
        _feeds.Dispose();
        _control.Dispose();
        _usual.Stream?.Dispose();
    }

    /// <summary>Makes the state of the shapes that are fed the current one.</summary>
    private void Activate()
    {
        int at = _refused.Count > 0 ? -1 : _states.FindIndex(s => s.IsFor(_feeds.Shapes));
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
                _states[^1].Dispose();
                _states.RemoveAt(_states.Count - 1);
            }
            _state = null;
            long[]?[] shapes = SlotShapes.Of(_plan, _feeds.Shapes);
            state = ShapeState.Create(LayoutFor(shapes), [.. _feeds.Shapes], shapes, isForOneRun: _refused.Count > 0);
        }
        _states.Insert(0, state);
        _state = state;
        foreach (MemoryPlace place in new[] { MemoryPlace.Host, MemoryPlace.Device })
            state.Values[(int)place].CopyTo(_values[(int)place], 0);
        for (int i = 0; i < _plan.InputSlots.Length; i++) _values[(int)MemoryPlace.Host][_plan.InputSlots[i]] ??= _feeds.Values[i];
    }

    /// <summary>The layout for some shapes: groups whose engine does not take them run as their portable subgraph.</summary>
    private ContextLayout LayoutFor(long[]?[] shapes)
    {
        ImmutableArray<IStepExecutor> steps = _executors.For(shapes, _refused);
        return steps == _usual.Steps ? _usual : new ContextLayout(_plan, steps, _usual.Stream, _keepsResults, _distrusted);
    }

    /// <summary>What one run met says nothing of the next, though the same shapes be fed.</summary>
    private void ForgetRefusals()
    {
        _refused.Clear();
        if (_state is not { IsForOneRun: true } state) return;
        _state = null;
        _states.Remove(state);
        state.Dispose();
    }

    private void Execute(ref int step, CancellationToken cancellation)
    {
        ImmutableArray<ScheduledAction> actions = Layout.Schedule.Actions;
        Stage();
        bool records = _options.Profile is null && !_options.Validate;
        for (int a = 0; a < actions.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            if (records && _state!.RegionAt[a] is { } region && _state.Runs > 0 && region.Refusal is null)
            {
                Repeat(region, ref step);
                a = region.End;
                continue;
            }
            Do(actions[a], ref step);
            foreach ((MemoryPlace place, int slot) in Layout.Dying[a]) Free(place, slot);
            a++;
        }
    }

    /// <summary>Copies what is fed to the memory that the device copies from.</summary>
    private unsafe void Stage()
    {
        for (int i = 0; i < _plan.InputSlots.Length; i++)
        {
            int slot = _plan.InputSlots[i];
            if (_state!.Plan.BufferOf(MemoryPlace.Host, slot) is not { Bytes: > 0 } buffer) continue;
            nint to = _state.AddressOf(MemoryPlace.Host, slot);
            if (_feeds.IsOnDevice[i])
            {
                _usual.Stream!.Copy(_feeds.Addresses[i], to, buffer.Bytes);
                _usual.Stream.Synchronize();
            }
            else Buffer.MemoryCopy((void*)_feeds.Addresses[i], (void*)to, buffer.Bytes, buffer.Bytes);
        }
    }

    /// <summary>Replays a region; on the second run it is done as before and then recorded, by the same thread and with its memory warm.</summary>
    private void Repeat(Region region, ref int step)
    {
        if (region.Recording is { } recording)
        {
            recording.Replay();
            return;
        }
        DoAll(region, ref step);
        int failing = step;
        _control.IsRecording = true;
        try
        {
            region.Recording = _usual.Stream!.Record(() => DoAll(region, ref failing), _state!.OwnsHostAddress, out string? refusal);
            region.Refusal = refusal;
        }
        finally
        {
            _control.IsRecording = false;
            region.Recorded = [.. region.Recorded, .. _control.Recorded]; // also of one that failed: what it enqueued before may be under way
            _control.Recorded.Clear();
        }
    }

    private void DoAll(Region region, ref int step)
    {
        for (int a = region.Start; a < region.End; a++) Do(Layout.Schedule.Actions[a], ref step);
    }

    private void Do(ScheduledAction action, ref int step)
    {
        long start = _options.Profile is null ? 0 : Stopwatch.GetTimestamp();
        switch (action.Kind)
        {
            case ActionKind.Launch:
                step = action.Index;
                Launch(action.Index);
                break;
            case ActionKind.CopyToDevice: Copy(action.Index, MemoryPlace.Host, MemoryPlace.Device); break;
            case ActionKind.CopyToHost: Copy(action.Index, MemoryPlace.Device, MemoryPlace.Host); break;
            default:
                _usual.Stream!.Synchronize();
                FreeLate();
                break;
        }
        if (_options.Profile is { } profile)
        {
            _usual.Stream?.Synchronize();
            profile.Add(start, action, Layout, _values);
        }
        if (_options.Validate && action.Kind == ActionKind.Launch) Validate(action.Index);
    }

    private void Launch(int step)
    {
        ExecutionStep planned = _plan.Steps[step];
        IStepExecutor executor = Layout.Steps[step];
        StepFrame frame = _frames[step];
        for (int i = 0; i < frame.Inputs.Length; i++) frame.Inputs[i] = _values[(int)executor.Placement.Inputs[i]][planned.Inputs[i]]!;
        for (int i = 0; i < frame.Outputs.Length; i++) frame.Outputs[i] = _state!.Values[(int)executor.Placement.Outputs[i]][planned.Outputs[i]];
        executor.Run(frame, _control);
        for (int i = 0; i < frame.Outputs.Length; i++)
        {
            int place = (int)executor.Placement.Outputs[i], slot = planned.Outputs[i];
            if (ReferenceEquals(_values[place][slot], frame.Outputs[i])) continue;
            _values[place][slot] = frame.Outputs[i];
            _owned[place][slot] = frame.Outputs[i];
        }
    }

    private void Copy(int slot, MemoryPlace from, MemoryPlace to)
    {
        if (_state!.Plan.BufferOf(from, slot) is { } buffer && _state.Plan.BufferOf(to, slot) is not null)
        {
            if (buffer.Bytes > 0) _usual.Stream!.Copy(_state.AddressOf(from, slot), _state.AddressOf(to, slot), buffer.Bytes);
            return;
        }
        OrtValue source = _values[(int)from][slot]!;
        if (_values[(int)to][slot] is null)
        {
            (OrtValue made, IDisposable owner) = NewValue.Like(source, to, _usual.Stream!);
            _values[(int)to][slot] = made;
            _owned[(int)to][slot] = owner;
        }
        long bytes = source.GetTensorSizeInBytes();
        if (bytes > 0) _usual.Stream!.Copy(OrtValues.AddressOf(source), OrtValues.AddressOf(_values[(int)to][slot]!), bytes);
    }

    private void Validate(int step)
    {
        ExecutionStep planned = _plan.Steps[step];
        for (int i = 0; i < planned.Outputs.Length; i++)
        {
            OrtValue value = _values[(int)Layout.Steps[step].Placement.Outputs[i]][planned.Outputs[i]]!;
            if (FiniteCheck.FirstFault(value, Layout.Steps[step].Placement.Outputs[i], _usual.Stream) is { } fault)
                throw Codes.NotFinite.Error(planned.Segment.Outputs[i].Name, $"{fault}, made by step {step} of {_plan.Steps.Length}");
        }
    }

    /// <summary>Whether the run can be tried again in another way; lays the context out anew for it.</summary>
    private bool Recovers(EnvironmentException fault, int step)
    {
        if (step < 0) return false;
        if (fault is RefusedShapesException)
        {
            if (!_refused.Add(step)) return false;
            Activate();
            return true;
        }
        if (fault is OutOfDeviceMemoryException)
        {
            IStepExecutor failed = Layout.Steps[step];
            if (_options.OutOfMemory != OutOfMemoryPolicy.RunOnCpu || !failed.Placement.UsesDevice) return false;
            _executors.MoveToHost(step, failed);
        }
        else if (IsAboutShapes(fault))
        {
            int known = _distrusted.Count;
            _distrusted.UnionWith(_plan.Steps[step].Outputs);
            if (_distrusted.Count == known) return false;
        }
        else return false;
        _state = null;
        foreach (ShapeState state in _states) state.Dispose();
        _states.Clear();
        _usual = new ContextLayout(_plan, _executors.Usual, _usual.Stream, _keepsResults, _distrusted);
        Activate();
        return true;
    }

    /// <summary>ONNX Runtime made another shape than the model declares, and so did not fit the buffer that was planned.</summary>
    private static bool IsAboutShapes(EnvironmentException e) =>
        e.Message.Contains("but the computed output shape for this run is", StringComparison.Ordinal)
        || e.Message.Contains("shape verification failed", StringComparison.OrdinalIgnoreCase)
        || e.Message.Contains("Shape mismatch attempting to re-use buffer", StringComparison.OrdinalIgnoreCase);

    /// <summary>After a failure: nothing may be under way any more when memory is freed.</summary>
    private void Abandon()
    {
        try
        {
            _usual.Stream?.Synchronize();
        }
        catch (EnvironmentException)
        {
            // The failure is on its way to the caller already; a lost device will say so again.
        }
        FreeAll();
    }

    private void FreeAll()
    {
        for (int slot = 0; slot < _plan.SlotCount; slot++)
        {
            Free(MemoryPlace.Host, slot);
            Free(MemoryPlace.Device, slot);
        }
        FreeLate();
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
