using GraphPartition.Ir.Types;

namespace GraphPartition.Runtime.Scheduling;

/// <summary>
/// What is the same in all runs of a runner, independent of shapes: executors, schedule, and which values may be in buffers.
/// </summary>
internal sealed class RunPlan
{
    private readonly ElementType[] _elements;
    private readonly Dictionary<int, MemoryPlace> _inputs;
    private readonly HashSet<int> _outputs;
    private readonly StepExecutors _executors;

    /// <summary>Plans the runs of some executors.</summary>
    /// <param name="executors">The executors, with what is known about them.</param>
    /// <param name="steps">The executor of each step.</param>
    /// <param name="boundary">Where the caller's inputs are, and where results go.</param>
    /// <param name="keepsResults">Whether results stay in the runner's buffers until its next run.</param>
    /// <param name="isNested">Whether runs are part of runs of another runner on the same stream.</param>
    public RunPlan(StepExecutors executors, ImmutableArray<IStepExecutor> steps, StepPlacement boundary, bool keepsResults, bool isNested)
    {
        _executors = executors;
        Plan = executors.Plan;
        Steps = steps;
        KeepsResults = keepsResults;
        Schedule = Schedule.Of(Plan, [.. Steps.Select(s => s.Placement)], boundary, isNested);
        _inputs = [];
        for (int i = 0; i < Plan.InputSlots.Length; i++) _inputs[Plan.InputSlots[i]] = boundary.Inputs[i];
        _outputs = [.. Plan.OutputSlots.Where(s => s >= 0)];
        _elements = new ElementType[Plan.SlotCount];
        for (int i = 0; i < Plan.InputSlots.Length; i++) _elements[Plan.InputSlots[i]] = ElementOf(Plan.Graph.Inputs[i]);
        foreach (ExecutionStep step in Plan.Steps)
            for (int i = 0; i < step.Outputs.Length; i++) _elements[step.Outputs[i]] = ElementOf(step.Segment.Outputs[i]);
        LastUses = FindLastUses();
    }

    public ExecutionPlan Plan { get; }
    public ImmutableArray<IStepExecutor> Steps { get; }
    public DeviceStream? Stream => _executors.Stream;
    public bool KeepsResults { get; }
    public Schedule Schedule { get; }

    /// <summary>For each action the values that nothing uses after it.</summary>
    public (MemoryPlace Place, int Slot)[][] LastUses { get; }

    /// <summary>The element type of a slot's tensor.</summary>
    public ElementType ElementOf(int slot) => _elements[slot];

    /// <summary>
    /// Whether a slot's value is in a buffer of the runner if its shape is known. Not so an input that is read only where the caller
    /// has it, and a result that goes to the caller as it is: these are never copied.
    /// </summary>
    public bool IsBuffered(MemoryPlace place, int slot)
    {
        if (!Schedule.LiveRangeOf(place, slot).Exists || _executors.WronglyDeclared.Contains(slot)) return false;
        // pinned, for the copy
        if (IsInput(place, slot)) return place == MemoryPlace.Host && Schedule.LiveRangeOf(MemoryPlace.Device, slot).Exists;
        if (place == MemoryPlace.Device || _inputs.ContainsKey(slot)) return true;
        return KeepsResults || !IsResult(slot) || ComesFromDevice(slot);
    }

    /// <summary>Whether a slot's value outlives the run.</summary>
    public bool IsResult(int slot) => _outputs.Contains(slot);

    /// <summary>Whether the caller passes a slot's value at a place.</summary>
    public bool IsInput(MemoryPlace place, int slot) => _inputs.TryGetValue(slot, out MemoryPlace from) && from == place;

    private bool ComesFromDevice(int slot) =>
        Schedule.LiveRangeOf(MemoryPlace.Device, slot) is { Exists: true } device
            && device.First < Schedule.LiveRangeOf(MemoryPlace.Host, slot).First;

    private (MemoryPlace, int)[][] FindLastUses()
    {
        var uses = new List<(MemoryPlace, int)>?[Schedule.Actions.Length];
        foreach (MemoryPlace place in new[] { MemoryPlace.Host, MemoryPlace.Device })
            for (int slot = 0; slot < Plan.SlotCount; slot++)
                if (Schedule.LiveRangeOf(place, slot) is { Exists: true, Last: >= 0 } range && range.Last < uses.Length)
                    (uses[range.Last] ??= []).Add((place, slot));
        return [.. uses.Select(d => d?.ToArray() ?? [])];
    }

    private static ElementType ElementOf(Value value) => value.Type is TensorType type ? type.Element : ElementType.Undefined;
}
