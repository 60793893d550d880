using System.Collections.Immutable;
using GraphPartition.Ir;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Plan;
using GraphPartition.Runtime.Steps;

namespace GraphPartition.Runtime.Contexts;

/// <summary>What is the same in all runs of a context, whatever the shapes: the schedule and what may lie in buffers.</summary>
internal sealed class ContextLayout
{
    private readonly ElementType[] _elements;
    private readonly HashSet<int> _inputs;
    private readonly HashSet<int> _outputs;
    private readonly HashSet<int> _distrusted;

    /// <summary>Lays out a context.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="steps">The executor of each step.</param>
    /// <param name="stream">The device; null where all is on the host.</param>
    /// <param name="keepsResults">Whether results stay in the context's buffers, to be written again by the next run.</param>
    /// <param name="distrusted">Slots whose declared shapes have turned out wrong.</param>
    public ContextLayout(ExecutionPlan plan, ImmutableArray<IStepExecutor> steps, DeviceStream? stream, bool keepsResults, HashSet<int> distrusted)
    {
        Plan = plan;
        Steps = steps;
        Stream = stream;
        KeepsResults = keepsResults;
        Schedule = Schedule.Of(plan, [.. steps.Select(s => s.Placement)]);
        _distrusted = distrusted;
        _inputs = [.. plan.InputSlots];
        _outputs = [.. plan.OutputSlots.Where(s => s >= 0)];
        _elements = new ElementType[plan.SlotCount];
        for (int i = 0; i < plan.InputSlots.Length; i++) _elements[plan.InputSlots[i]] = ElementOf(plan.Graph.Inputs[i]);
        foreach (ExecutionStep step in plan.Steps)
            for (int i = 0; i < step.Outputs.Length; i++) _elements[step.Outputs[i]] = ElementOf(step.Segment.Outputs[i]);
        Dying = DyingSlots();
    }

    public ExecutionPlan Plan { get; }

    public ImmutableArray<IStepExecutor> Steps { get; }

    public DeviceStream? Stream { get; }

    public bool KeepsResults { get; }

    public Schedule Schedule { get; }

    /// <summary>For each action the values that nobody needs after it.</summary>
    public (MemoryPlace Place, int Slot)[][] Dying { get; }

    /// <summary>The element type of a slot's tensor.</summary>
    public ElementType ElementOf(int slot) => _elements[slot];

    /// <summary>Whether a slot's value is fed.</summary>
    public bool IsFed(int slot) => _inputs.Contains(slot);

    /// <summary>
    /// Whether a slot's value lies in a buffer of the context where its shape is known. Not so what the caller feeds and only
    /// the host reads, and results that go to the caller as they are: no copies at boundaries.
    /// </summary>
    public bool IsBuffered(MemoryPlace place, int slot)
    {
        if (!Schedule.StayOf(place, slot).Happens || _distrusted.Contains(slot)) return false;
        if (place == MemoryPlace.Device) return true;
        bool onDeviceToo = Schedule.StayOf(MemoryPlace.Device, slot).Happens;
        if (_inputs.Contains(slot)) return onDeviceToo;
        return KeepsResults || !_outputs.Contains(slot) || ComesFromDevice(slot);
    }

    private bool ComesFromDevice(int slot) =>
        Schedule.StayOf(MemoryPlace.Device, slot) is { Happens: true } device && device.First < Schedule.StayOf(MemoryPlace.Host, slot).First;

    private (MemoryPlace, int)[][] DyingSlots()
    {
        var dying = new List<(MemoryPlace, int)>?[Schedule.Actions.Length];
        foreach (MemoryPlace place in new[] { MemoryPlace.Host, MemoryPlace.Device })
            for (int slot = 0; slot < Plan.SlotCount; slot++)
                if (Schedule.StayOf(place, slot) is { Happens: true, Last: >= 0 } stay && stay.Last < dying.Length)
                    (dying[stay.Last] ??= []).Add((place, slot));
        return [.. dying.Select(d => d?.ToArray() ?? [])];
    }

    private static ElementType ElementOf(Value value) => value.Type is TensorType type ? type.Element : ElementType.Undefined;
}
