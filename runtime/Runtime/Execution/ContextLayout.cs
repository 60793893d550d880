using System.Collections.Immutable;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Steps;

namespace GraphPartition.Runtime.Execution;

/// <summary>What is the same in all runs of a context, whatever the shapes: the schedule and what may lie in buffers.</summary>
internal sealed class ContextLayout
{
    private readonly ElementType[] _elements;
    private readonly Dictionary<int, MemoryPlace> _inputs;
    private readonly HashSet<int> _outputs;
    private readonly StepExecutors _executors;

    /// <summary>Lays out a context.</summary>
    /// <param name="executors">What computes the steps, and what is known of them.</param>
    /// <param name="steps">Those of them that do here.</param>
    /// <param name="boundary">Where what is fed lies, and where results go.</param>
    /// <param name="keepsResults">Whether results stay in the context's buffers, to be written again by the next run.</param>
    /// <param name="isPart">Whether runs are parts of runs of another context on the same stream.</param>
    public ContextLayout(StepExecutors executors, ImmutableArray<IStepExecutor> steps, StepPlacement boundary, bool keepsResults, bool isPart)
    {
        _executors = executors;
        Plan = executors.Plan;
        Steps = steps;
        Boundary = boundary;
        KeepsResults = keepsResults;
        Schedule = Schedule.Of(Plan, [.. Steps.Select(s => s.Placement)], boundary, isPart);
        _inputs = [];
        for (int i = 0; i < Plan.InputSlots.Length; i++) _inputs[Plan.InputSlots[i]] = boundary.Inputs[i];
        _outputs = [.. Plan.OutputSlots.Where(s => s >= 0)];
        _elements = new ElementType[Plan.SlotCount];
        for (int i = 0; i < Plan.InputSlots.Length; i++) _elements[Plan.InputSlots[i]] = ElementOf(Plan.Graph.Inputs[i]);
        foreach (ExecutionStep step in Plan.Steps)
            for (int i = 0; i < step.Outputs.Length; i++) _elements[step.Outputs[i]] = ElementOf(step.Segment.Outputs[i]);
        Dying = DyingSlots();
    }

    public ExecutionPlan Plan { get; }

    public ImmutableArray<IStepExecutor> Steps { get; }

    public DeviceStream? Stream => _executors.Stream;

    /// <summary>Where what is fed lies, and where results go.</summary>
    public StepPlacement Boundary { get; }

    public bool KeepsResults { get; }

    public Schedule Schedule { get; }

    /// <summary>For each action the values that nobody needs after it.</summary>
    public (MemoryPlace Place, int Slot)[][] Dying { get; }

    /// <summary>The element type of a slot's tensor.</summary>
    public ElementType ElementOf(int slot) => _elements[slot];

    /// <summary>
    /// Whether a slot's value lies in a buffer of the context where its shape is known. Not so what is fed and read at one place
    /// alone, and results that go to the caller as they are: no copies at boundaries.
    /// </summary>
    public bool IsBuffered(MemoryPlace place, int slot)
    {
        if (!Schedule.StayOf(place, slot).Happens || _executors.Distrusted.Contains(slot)) return false;
        if (IsFed(place, slot)) return place == MemoryPlace.Host && Schedule.StayOf(MemoryPlace.Device, slot).Happens; // staged for the copy
        if (place == MemoryPlace.Device || _inputs.ContainsKey(slot)) return true;
        return KeepsResults || !IsResult(slot) || ComesFromDevice(slot);
    }

    /// <summary>Whether a slot's value outlives the run.</summary>
    public bool IsResult(int slot) => _outputs.Contains(slot);

    /// <summary>Whether a slot's value is fed at a place.</summary>
    public bool IsFed(MemoryPlace place, int slot) => _inputs.TryGetValue(slot, out MemoryPlace from) && from == place;

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
