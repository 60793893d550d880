using System.Collections.Immutable;
using GraphPartition.Runtime.Devices;

namespace GraphPartition.Runtime.Scheduling;

/// <summary>What one action of a <see cref="Schedule"/> is.</summary>
internal enum ActionKind
{
    /// <summary>A step is run.</summary>
    Launch,
    /// <summary>A slot's value is copied from the host to the device.</summary>
    CopyToDevice,
    /// <summary>A slot's value is copied from the device to the host.</summary>
    CopyToHost,
    /// <summary>The host waits for the device.</summary>
    Wait,
}

/// <summary>One action.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Index">The step or the slot.</param>
internal readonly record struct ScheduledAction(ActionKind Kind, int Index);

/// <summary>From when to when a slot's value is at one place; <see cref="Never"/> where it never is.</summary>
/// <param name="First">The action that makes it; -1 for what is fed.</param>
/// <param name="Last">The last action that needs it; the number of actions for what outlives the run.</param>
internal readonly record struct Stay(int First, int Last)
{
    public static Stay Never => new(int.MaxValue, int.MinValue);

    public bool Happens => Last >= First;

    public Stay Including(int action) => new(Math.Min(First, action), Math.Max(Last, action));
}

/// <summary>
/// What a run does, in order: steps, and the copies and waits between them. What is fed goes to the device first, and behind it all
/// can be recorded; other values are copied to where they are needed just before their first use there. Nothing is copied twice.
/// The host waits only where it is about to read what the device wrote.
/// </summary>
internal sealed class Schedule
{
    private readonly Stay[][] _stays;

    private Schedule(ImmutableArray<ScheduledAction> actions, Stay[][] stays)
    {
        Actions = actions;
        _stays = stays;
    }

    /// <summary>The actions.</summary>
    public ImmutableArray<ScheduledAction> Actions { get; }

    /// <summary>When a slot's value is needed at a place.</summary>
    public Stay StayOf(MemoryPlace place, int slot) => _stays[(int)place][slot];

    /// <summary>Schedules a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="placements">Where each step reads and writes.</param>
    /// <param name="boundary">Where what is fed comes from, and where results go.</param>
    /// <param name="isPart">
    /// Whether the run is a part of another one, on the same stream: then the host waits at the end for nothing but what it reads.
    /// </param>
    public static Schedule Of(ExecutionPlan plan, IReadOnlyList<StepPlacement> placements, StepPlacement boundary, bool isPart)
    {
        var builder = new Builder(plan, boundary);
        builder.Deliver(placements);
        for (int s = 0; s < plan.Steps.Length; s++) builder.Launch(s, placements[s]);
        return builder.Finish(isPart);
    }

    private sealed class Builder
    {
        private readonly ExecutionPlan _plan;
        private readonly StepPlacement _boundary;
        private readonly List<ScheduledAction> _actions = [];
        private readonly Stay[][] _stays; // by place and slot
        private readonly HashSet<int> _arriving = []; // slots that the device is still copying to the host
        private readonly HashSet<int> _leaving = []; // slots of the host that the device is still reading
        private bool _pending; // whether the device has work that nobody waited for

        public Builder(ExecutionPlan plan, StepPlacement boundary)
        {
            _plan = plan;
            _boundary = boundary;
            _stays = [NoStays(), NoStays()];
            for (int i = 0; i < plan.InputSlots.Length; i++) Touch(boundary.Inputs[i], plan.InputSlots[i], -1);

            Stay[] NoStays() => [.. Enumerable.Repeat(Stay.Never, plan.SlotCount)];
        }

        /// <summary>Brings what is fed to the device, where a step wants it there.</summary>
        public void Deliver(IReadOnlyList<StepPlacement> placements)
        {
            HashSet<int> fed = [.. _plan.InputSlots];
            for (int s = 0; s < placements.Count; s++)
                for (int i = 0; i < placements[s].Inputs.Length; i++)
                    if (placements[s].Inputs[i] == MemoryPlace.Device && fed.Contains(_plan.Steps[s].Inputs[i]))
                        BringTo(MemoryPlace.Device, _plan.Steps[s].Inputs[i]);
        }

        public void Launch(int step, StepPlacement placement)
        {
            ImmutableArray<int> inputs = _plan.Steps[step].Inputs, outputs = _plan.Steps[step].Outputs;
            bool waits = false;
            for (int i = 0; i < inputs.Length; i++)
            {
                BringTo(placement.Inputs[i], inputs[i]);
                waits |= placement.Inputs[i] == MemoryPlace.Host && _arriving.Contains(inputs[i]);
            }
            if (waits) Wait();
            for (int i = 0; i < inputs.Length; i++) Touch(placement.Inputs[i], inputs[i], _actions.Count);
            for (int i = 0; i < outputs.Length; i++) Touch(placement.Outputs[i], outputs[i], _actions.Count);
            _pending |= placement.Inputs.Contains(MemoryPlace.Device) || placement.Outputs.Contains(MemoryPlace.Device);
            _actions.Add(new(ActionKind.Launch, step));
        }

        public Schedule Finish(bool isPart)
        {
            bool reads = false;
            for (int i = 0; i < _plan.OutputSlots.Length; i++)
            {
                if (_plan.OutputSlots[i] is not (>= 0 and var slot)) continue;
                BringTo(_boundary.Outputs[i], slot);
                reads |= _boundary.Outputs[i] == MemoryPlace.Host && _arriving.Contains(slot);
            }
            if (isPart ? reads || _leaving.Count > 0 : _pending) Wait();
            for (int i = 0; i < _plan.OutputSlots.Length; i++)
                if (_plan.OutputSlots[i] is >= 0 and var slot) Touch(_boundary.Outputs[i], slot, _actions.Count);
            return new([.. _actions], _stays);
        }

        private void BringTo(MemoryPlace place, int slot)
        {
            if (_stays[(int)place][slot].Happens) return;
            bool toDevice = place == MemoryPlace.Device;
            Touch(MemoryPlace.Host, slot, _actions.Count);
            Touch(MemoryPlace.Device, slot, _actions.Count);
            (toDevice ? _leaving : _arriving).Add(slot);
            _pending = true;
            _actions.Add(new(toDevice ? ActionKind.CopyToDevice : ActionKind.CopyToHost, slot));
        }

        private void Wait()
        {
            // Memory of the host that the device reads must stay until somebody has waited; the device's own is used in order.
            foreach (int slot in _leaving) Touch(MemoryPlace.Host, slot, _actions.Count);
            _leaving.Clear();
            _arriving.Clear();
            _pending = false;
            _actions.Add(new(ActionKind.Wait, 0));
        }

        private void Touch(MemoryPlace place, int slot, int action) => _stays[(int)place][slot] = _stays[(int)place][slot].Including(action);
    }
}
