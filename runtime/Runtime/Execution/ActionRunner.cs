using System.Collections.Immutable;
using System.Diagnostics;
using GraphPartition.Foundation;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Execution;

/// <summary>
/// Does the actions of a schedule in the buffers of a state: launches steps, copies, waits; replays what is recorded. Where nothing
/// has to be made for the first time, it allocates nothing.
/// </summary>
/// <param name="stream">The device; null where all is on the host.</param>
/// <param name="options">How it runs.</param>
/// <param name="values">The values of the run.</param>
/// <param name="newValues">Where values come from whose shape only a run can tell.</param>
/// <param name="staging">How what is fed comes to the device.</param>
/// <param name="part">What the run is called in profiles; null for a whole run.</param>
internal sealed class ActionRunner(DeviceStream? stream, ModelSessionOptions options, SlotValues values, NewValues newValues, Staging staging, string? part)
{
    private readonly bool _records = options.Profile is null && !options.Validate;
    private ShapeState _state = null!; // of the run under way
    private RunControl _control = null!;

    /// <summary>The step that was launched last and what computes it, which is what failed where a run fails; null where none was.</summary>
    public (int Step, IStepExecutor Executor)? Launched { get; set; }

    /// <summary>
    /// Whether a recording was refused and nothing has failed since. ONNX Runtime (1.29) leaves CUDA's last error of a refused recording
    /// behind, and the next kernel takes it for its own: what fails then may be done again.
    /// </summary>
    public bool HasLeftover { get; set; }

    private ContextLayout Layout => _state.Layout;

    /// <summary>Does all actions.</summary>
    /// <param name="state">The state, with its wiring.</param>
    /// <param name="control">Stops the run.</param>
    /// <exception cref="ModelException">A checked value is not finite (GP5010).</exception>
    /// <exception cref="EnvironmentException">A step fails (GP5006, GP5009).</exception>
    public void Run(ShapeState state, RunControl control)
    {
        _state = state;
        _control = control;
        Wiring wiring = state.Wiring!;
        staging.Stage(state, stream);
        ImmutableArray<ScheduledAction> actions = Layout.Schedule.Actions;
        for (int a = 0; a < actions.Length;)
        {
            control.Cancellation.ThrowIfCancellationRequested();
            if (_records && wiring.RegionAt[a] is { } region && wiring.Runs > 0 && region.Refusal is null)
            {
                Repeat(region);
                a = region.End;
                continue;
            }
            Do(actions[a]);
            foreach ((MemoryPlace place, int slot) in Layout.Dying[a]) values.Free(place, slot);
            a++;
        }
        if (wiring.Runs++ == 0) Settle(wiring);
        Launched = null;
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
        }
        else if (region.Recording is { } recording) recording.Replay();
        else
        {
            DoAll(region);
            Record(region);
        }
    }

    private void Record(Region region)
    {
        _control.IsRecording = true;
        try
        {
            region.Recording = stream!.Record(() => DoAll(region), _state.OwnsHostAddress, out string? refusal);
            region.Refusal = refusal;
            HasLeftover |= refusal is not null;
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
        long start = options.Profile is null ? 0 : Stopwatch.GetTimestamp();
        switch (action.Kind)
        {
            case ActionKind.Launch: Launch(action.Index); break;
            case ActionKind.CopyToDevice: Copy(action.Index, MemoryPlace.Host, MemoryPlace.Device); break;
            case ActionKind.CopyToHost: Copy(action.Index, MemoryPlace.Device, MemoryPlace.Host); break;
            default:
                stream!.Synchronize();
                values.FreeLate();
                break;
        }
        if (options.Profile is { } profile)
        {
            stream?.Synchronize();
            profile.Add(start, action, Layout, values, part);
        }
        if (options.Validate && action.Kind == ActionKind.Launch) FiniteCheck.Check(Layout, action.Index, values);
    }

    private void Launch(int step)
    {
        ExecutionStep planned = Layout.Plan.Steps[step];
        IStepExecutor executor = Layout.Steps[step];
        StepFrame frame = _state.Wiring!.Frames[step];
        for (int i = 0; i < frame.Inputs.Length; i++) frame.Inputs[i] = values[executor.Placement.Inputs[i], planned.Inputs[i]];
        for (int i = 0; i < frame.Outputs.Length; i++) frame.Outputs[i] = _state.ValueOf(executor.Placement.Outputs[i], planned.Outputs[i]);
        Launched = (step, executor);
        executor.Run(frame, _control);
        for (int i = 0; i < frame.Outputs.Length; i++)
        {
            MemoryPlace place = executor.Placement.Outputs[i];
            int slot = planned.Outputs[i];
            if (ReferenceEquals(_state.ValueOf(place, slot), frame.Outputs[i])) values.Lend(place, slot, frame.Outputs[i]);
            else values.Own(place, slot, frame.Outputs[i], frame.Outputs[i]);
        }
    }

    private void Copy(int slot, MemoryPlace from, MemoryPlace to)
    {
        if (_state.Plan.BufferOf(from, slot) is { } buffer && _state.Plan.BufferOf(to, slot) is not null)
        {
            if (to == MemoryPlace.Device && _state.Plan.IsStreamed(slot)) staging.Stream(_state, slot, stream!);
            else if (buffer.Bytes > 0) stream!.Copy(_state.AddressOf(from, slot), _state.AddressOf(to, slot), buffer.Bytes);
            return;
        }
        OrtValue source = values[from, slot]!;
        if (values[to, slot] is null)
        {
            (OrtValue made, IDisposable owner) = newValues.Like(source, to, slot, Layout.IsResult(slot));
            values.Own(to, slot, made, owner);
        }
        long bytes = source.GetTensorSizeInBytes();
        nint address = OrtValues.AddressOf(source), target = OrtValues.AddressOf(values[to, slot]!);
        // In a part nobody waits before the next run, which would write over what is still to be copied.
        if (to == MemoryPlace.Device && Staging.IsLarge(bytes) && part is null)
            Staging.InPieces(address, newValues.StagingOf(slot, bytes), target, bytes, stream!);
        else if (bytes > 0) stream!.Copy(address, target, bytes);
    }
}
