namespace GraphPartition.Runtime.Scheduling;

/// <summary>The kinds of actions of a <see cref="Schedule"/>.</summary>
internal enum ActionKind
{
    /// <summary>A step runs.</summary>
    Launch,
    /// <summary>A slot's value is copied from the host to the device.</summary>
    CopyToDevice,
    /// <summary>A slot's value is copied from the device to the host.</summary>
    CopyToHost,
    /// <summary>The host waits for the device.</summary>
    Wait,
}

/// <summary>One action.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Index">The step or the slot.</param>
internal readonly record struct ScheduledAction(ActionKind Kind, int Index);

/// <summary>The live range of a slot's value at one place; <see cref="None"/> if it is never there.</summary>
/// <param name="First">The action that writes it; -1 for an input.</param>
/// <param name="Last">The last action that reads it; the number of actions for a value that outlives the run.</param>
internal readonly record struct LiveRange(int First, int Last)
{
    public static LiveRange None => new(int.MaxValue, int.MinValue);
    public bool Exists => Last >= First;

    public LiveRange Including(int action) => new(Math.Min(First, action), Math.Max(Last, action));
}

/// <summary>
/// The actions of a run, in order: steps, and the copies and waits between them. Inputs go to the device first, so that everything behind
/// these copies can be recorded; other values are copied just before their first use at the other place. Nothing is copied twice. The host
/// waits only before it reads what the device wrote.
/// </summary>
internal sealed class Schedule(ImmutableArray<ScheduledAction> actions, LiveRange[][] ranges)
{
    private readonly LiveRange[][] _ranges = ranges;

    /// <summary>The actions.</summary>
    public ImmutableArray<ScheduledAction> Actions { get; } = actions;

    /// <summary>The live range of a slot's value at a place.</summary>
    public LiveRange LiveRangeOf(MemoryPlace place, int slot) => _ranges[(int)place][slot];

    /// <summary>Schedules a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="placements">Where each step reads and writes.</param>
    /// <param name="boundary">Where the caller's inputs are, and where results go.</param>
    /// <param name="isNested">Whether runs are part of other runs on the same stream: then the host waits only for what it reads.</param>
    public static Schedule Of(ExecutionPlan plan, IReadOnlyList<StepPlacement> placements, StepPlacement boundary, bool isNested)
    {
        var builder = new Builder(plan, boundary);
        builder.UploadInputs(placements);
        for (int s = 0; s < plan.Steps.Length; s++) builder.Launch(s, placements[s]);
        return builder.Finish(isNested);
    }

    private sealed class Builder
    {
        private readonly ExecutionPlan _plan;
        private readonly StepPlacement _boundary;
        private readonly List<ScheduledAction> _actions = [];
        private readonly LiveRange[][] _ranges; // by place and slot
        private readonly HashSet<int> _arriving = []; // slots that the device is still copying to the host
        private readonly HashSet<int> _leaving = []; // slots of the host that the device is still reading
        private bool _pending; // whether the device has work that the host has not waited for

        public Builder(ExecutionPlan plan, StepPlacement boundary)
        {
            _plan = plan;
            _boundary = boundary;
            _ranges = [Empty(), Empty()];
            for (int i = 0; i < plan.InputSlots.Length; i++) Touch(boundary.Inputs[i], plan.InputSlots[i], -1);

            LiveRange[] Empty() => [.. Enumerable.Repeat(LiveRange.None, plan.SlotCount)];
        }

        /// <summary>Copies the inputs that steps read on the device.</summary>
        public void UploadInputs(IReadOnlyList<StepPlacement> placements)
        {
            HashSet<int> inputs = [.. _plan.InputSlots];
            for (int s = 0; s < placements.Count; s++)
                for (int i = 0; i < placements[s].Inputs.Length; i++)
                    if (placements[s].Inputs[i] == MemoryPlace.Device && inputs.Contains(_plan.Steps[s].Inputs[i]))
                        CopyTo(MemoryPlace.Device, _plan.Steps[s].Inputs[i]);
        }

        public void Launch(int step, StepPlacement placement)
        {
            ImmutableArray<int> inputs = _plan.Steps[step].Inputs, outputs = _plan.Steps[step].Outputs;
            bool waits = false;
            for (int i = 0; i < inputs.Length; i++)
            {
                CopyTo(placement.Inputs[i], inputs[i]);
                waits |= placement.Inputs[i] == MemoryPlace.Host && _arriving.Contains(inputs[i]);
            }
            if (waits) Wait();
            for (int i = 0; i < inputs.Length; i++) Touch(placement.Inputs[i], inputs[i], _actions.Count);
            for (int i = 0; i < outputs.Length; i++) Touch(placement.Outputs[i], outputs[i], _actions.Count);
            _pending |= placement.Inputs.Contains(MemoryPlace.Device) || placement.Outputs.Contains(MemoryPlace.Device);
            _actions.Add(new(ActionKind.Launch, step));
        }

        public Schedule Finish(bool isNested)
        {
            bool reads = false;
            for (int i = 0; i < _plan.OutputSlots.Length; i++)
            {
                if (_plan.OutputSlots[i] is not (>= 0 and var slot)) continue;
                CopyTo(_boundary.Outputs[i], slot);
                reads |= _boundary.Outputs[i] == MemoryPlace.Host && _arriving.Contains(slot);
            }
            if (isNested ? reads || _leaving.Count > 0 : _pending) Wait();
            for (int i = 0; i < _plan.OutputSlots.Length; i++)
                if (_plan.OutputSlots[i] is >= 0 and var slot) Touch(_boundary.Outputs[i], slot, _actions.Count);
            return new([.. _actions], _ranges);
        }

        private void CopyTo(MemoryPlace place, int slot)
        {
            if (_ranges[(int)place][slot].Exists) return;
            bool toDevice = place == MemoryPlace.Device;
            Touch(MemoryPlace.Host, slot, _actions.Count);
            Touch(MemoryPlace.Device, slot, _actions.Count);
            (toDevice ? _leaving : _arriving).Add(slot);
            _pending = true;
            _actions.Add(new(toDevice ? ActionKind.CopyToDevice : ActionKind.CopyToHost, slot));
        }

        private void Wait()
        {
            // Host memory that the device reads must stay until the host has waited; device memory is used in stream order.
            foreach (int slot in _leaving) Touch(MemoryPlace.Host, slot, _actions.Count);
            _leaving.Clear();
            _arriving.Clear();
            _pending = false;
            _actions.Add(new(ActionKind.Wait, 0));
        }

        private void Touch(MemoryPlace place, int slot, int action) =>
            _ranges[(int)place][slot] = _ranges[(int)place][slot].Including(action);
    }
}
