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
    private readonly Func<int, IStepExecutor>? _onHost;
    private readonly bool _keepsResults;
    private readonly RunControl _control = new();
    private readonly Feeds _feeds;
    private readonly StepFrame[] _frames;
    private readonly HashSet<int> _distrusted = [];
    private readonly List<ShapeState> _states = []; // the most recently used first
    private readonly OrtValue?[][] _values; // by place and slot
    private readonly IDisposable?[][] _owned; // what this run made and has to free
    private ContextLayout _layout;
    private ShapeState? _state;

    /// <summary>A context over executors, which it owns.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="steps">The executor of each step.</param>
    /// <param name="stream">The device, owned too; null where all is on the host.</param>
    /// <param name="onHost">Makes an executor on the host in place of a step for which the device has no memory.</param>
    /// <param name="keepsResults">Whether results stay in the context's buffers.</param>
    public RunContext(
        ExecutionPlan plan, ModelSessionOptions options, ImmutableArray<IStepExecutor> steps, DeviceStream? stream,
        Func<int, IStepExecutor>? onHost, bool keepsResults)
    {
        _plan = plan;
        _options = options;
        _onHost = onHost;
        _keepsResults = keepsResults;
        _feeds = new Feeds(plan.Graph);
        _frames = [.. plan.Steps.Select(s => new StepFrame(s.Inputs.Length, s.Outputs.Length))];
        _values = [new OrtValue?[plan.SlotCount], new OrtValue?[plan.SlotCount]];
        _owned = [new IDisposable?[plan.SlotCount], new IDisposable?[plan.SlotCount]];
        _layout = new ContextLayout(plan, steps, stream, keepsResults, _distrusted);
    }

    /// <summary>The schedule and the executors.</summary>
    public ContextLayout Layout => _layout;

    /// <summary>The state of the last run's shapes.</summary>
    public ShapeState? State => _state;

    /// <summary>Runs. Results are in <see cref="Result"/> until the next run.</summary>
    /// <exception cref="ModelException">An input does not fit (GP5004), or a checked value is not finite (GP5010).</exception>
    /// <exception cref="EnvironmentException">A step fails (GP5006, GP5009).</exception>
    public void Run(IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation)
    {
        FreeAll();
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
        foreach (IStepExecutor step in _layout.Steps) step.Dispose();
        _feeds.Dispose();
        _control.Dispose();
        _layout.Stream?.Dispose();
    }

    /// <summary>Makes the state of the shapes that are fed the current one.</summary>
    private void Activate()
    {
        int at = _states.FindIndex(s => s.IsFor(_feeds.Shapes));
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
            state = ShapeState.Create(_layout, [.. _feeds.Shapes]);
        }
        _states.Insert(0, state);
        _state = state;
        foreach (MemoryPlace place in new[] { MemoryPlace.Host, MemoryPlace.Device })
            state.Values[(int)place].CopyTo(_values[(int)place], 0);
        for (int i = 0; i < _plan.InputSlots.Length; i++) _values[(int)MemoryPlace.Host][_plan.InputSlots[i]] ??= _feeds.Values[i];
    }

    private void Execute(ref int step, CancellationToken cancellation)
    {
        ImmutableArray<ScheduledAction> actions = _layout.Schedule.Actions;
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
            foreach ((MemoryPlace place, int slot) in _layout.Dying[a]) Free(place, slot);
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
                _layout.Stream!.Copy(_feeds.Addresses[i], to, buffer.Bytes);
                _layout.Stream.Synchronize();
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
            region.Recording = _layout.Stream!.Record(() => DoAll(region, ref failing), _state!.OwnsHostAddress, out string? refusal);
            region.Refusal = refusal;
        }
        finally
        {
            _control.IsRecording = false;
        }
    }

    private void DoAll(Region region, ref int step)
    {
        for (int a = region.Start; a < region.End; a++) Do(_layout.Schedule.Actions[a], ref step);
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
            default: _layout.Stream!.Synchronize(); break;
        }
        if (_options.Profile is { } profile)
        {
            _layout.Stream?.Synchronize();
            profile.Add(start, action, _layout, _values);
        }
        if (_options.Validate && action.Kind == ActionKind.Launch) Validate(action.Index);
    }

    private void Launch(int step)
    {
        ExecutionStep planned = _plan.Steps[step];
        IStepExecutor executor = _layout.Steps[step];
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
            if (buffer.Bytes > 0) _layout.Stream!.Copy(_state.AddressOf(from, slot), _state.AddressOf(to, slot), buffer.Bytes);
            return;
        }
        OrtValue source = _values[(int)from][slot]!;
        if (_values[(int)to][slot] is null)
        {
            (OrtValue made, IDisposable owner) = NewValue.Like(source, to, _layout.Stream!);
            _values[(int)to][slot] = made;
            _owned[(int)to][slot] = owner;
        }
        long bytes = source.GetTensorSizeInBytes();
        if (bytes > 0) _layout.Stream!.Copy(OrtValues.AddressOf(source), OrtValues.AddressOf(_values[(int)to][slot]!), bytes);
    }

    private void Validate(int step)
    {
        ExecutionStep planned = _plan.Steps[step];
        for (int i = 0; i < planned.Outputs.Length; i++)
        {
            OrtValue value = _values[(int)_layout.Steps[step].Placement.Outputs[i]][planned.Outputs[i]]!;
            if (FiniteCheck.FirstFault(value, _layout.Steps[step].Placement.Outputs[i], _layout.Stream) is { } fault)
                throw Codes.NotFinite.Error(planned.Segment.Outputs[i].Name, $"{fault}, made by step {step} of {_plan.Steps.Length}");
        }
    }

    /// <summary>Whether the run can be tried again in another way; lays the context out anew for it.</summary>
    private bool Recovers(EnvironmentException fault, int step)
    {
        if (step < 0) return false;
        IStepExecutor failed = _layout.Steps[step];
        ImmutableArray<IStepExecutor> steps = _layout.Steps;
        if (fault is OutOfDeviceMemoryException)
        {
            if (_options.OutOfMemory != OutOfMemoryPolicy.RunOnCpu || _onHost is null || !failed.Placement.UsesDevice) return false;
            failed.Dispose();
            steps = steps.SetItem(step, _onHost(step));
        }
        else if (IsAboutShapes(fault))
        {
            int known = _distrusted.Count;
            _distrusted.UnionWith(_plan.Steps[step].Outputs);
            if (_distrusted.Count == known) return false;
        }
        else return false;
        foreach (ShapeState state in _states) state.Dispose();
        _states.Clear();
        _layout = new ContextLayout(_plan, steps, _layout.Stream, _keepsResults, _distrusted);
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
            _layout.Stream?.Synchronize();
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
    }

    private void Free(MemoryPlace place, int slot)
    {
        if (_owned[(int)place][slot] is not { } owned) return;
        owned.Dispose();
        _owned[(int)place][slot] = null;
        _values[(int)place][slot] = null;
    }
}
