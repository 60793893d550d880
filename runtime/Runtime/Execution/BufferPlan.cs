using System.Collections.Immutable;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Scheduling;

namespace GraphPartition.Runtime.Execution;

/// <summary>A tensor's place in a block.</summary>
/// <param name="Offset">In bytes.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Dims">Its dimensions.</param>
internal sealed record PlannedBuffer(long Offset, long Bytes, long[] Dims);

/// <summary>Where every value of known shape lies, for one combination of input shapes, and what of the schedule can be recorded.</summary>
internal sealed class BufferPlan
{
    private readonly PlannedBuffer?[][] _buffers;
    private readonly long[] _bytes = new long[2];
    private readonly long[] _apart = new long[2];
    private readonly bool[] _streamed;

    private BufferPlan(ContextLayout layout, long[]?[] shapes)
    {
        int slots = layout.Plan.SlotCount;
        _buffers = [new PlannedBuffer?[slots], new PlannedBuffer?[slots]];
        _streamed = [.. Enumerable.Range(0, slots).Select(s => IsLargeFeed(layout, shapes, s))];
        Regions = FindRegions(layout, shapes);
    }

    /// <summary>What can be recorded.</summary>
    public ImmutableArray<Region> Regions { get; }

    /// <summary>The buffer of a slot; null where only the run can tell the shape.</summary>
    public PlannedBuffer? BufferOf(MemoryPlace place, int slot) => _buffers[(int)place][slot];

    /// <summary>Whether a slot's value is fed on the host and goes to the device in pieces (<see cref="Staging"/>).</summary>
    public bool IsStreamed(int slot) => _streamed[slot];

    /// <summary>The size of the block at a place.</summary>
    public long Bytes(MemoryPlace place) => _bytes[(int)place];

    /// <summary>What the buffers would take without sharing memory.</summary>
    public long BytesApart(MemoryPlace place) => _apart[(int)place];

    /// <summary>Plans the buffers of a layout.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="shapes">The dimensions of each slot, or null.</param>
    public static BufferPlan Of(ContextLayout layout, long[]?[] shapes)
    {
        var plan = new BufferPlan(layout, shapes);
        foreach (MemoryPlace place in new[] { MemoryPlace.Host, MemoryPlace.Device })
        {
            int[] slots = [.. Enumerable.Range(0, layout.Plan.SlotCount).Where(s => shapes[s] is not null && layout.IsBuffered(place, s))];
            BufferLifetime[] lifetimes = [.. slots.Select(s => plan.LifetimeOf(layout, place, s, SlotShapes.BytesOf(layout.ElementOf(s), shapes[s])))];
            (long[] offsets, long total) = BufferPlanner.Pack(lifetimes);
            for (int i = 0; i < slots.Length; i++)
                plan._buffers[(int)place][slots[i]] = new(offsets[i], lifetimes[i].Bytes, shapes[slots[i]]!);
            plan._bytes[(int)place] = total;
            plan._apart[(int)place] = lifetimes.Sum(l => l.Bytes);
        }
        return plan;
    }

    /// <summary>
    /// A region is enqueued twice when it is recorded, so what comes into it from outside must last to its end: no buffer inside
    /// may take that memory.
    /// </summary>
    private BufferLifetime LifetimeOf(ContextLayout layout, MemoryPlace place, int slot, long bytes)
    {
        Stay stay = layout.Schedule.StayOf(place, slot);
        int last = stay.Last;
        foreach (Region region in Regions)
            if (stay.First < region.Start && last >= region.Start && last < region.End) last = region.End - 1;
        return new(bytes, stay.First, last);
    }

    private static bool IsLargeFeed(ContextLayout layout, long[]?[] shapes, int slot) =>
        shapes[slot] is { } dims && layout.IsFed(MemoryPlace.Host, slot) && layout.IsBuffered(MemoryPlace.Device, slot)
        && Staging.IsLarge(SlotShapes.BytesOf(layout.ElementOf(slot), dims));

    private ImmutableArray<Region> FindRegions(ContextLayout layout, long[]?[] shapes)
    {
        if (layout.Stream is not { CanRecord: true }) return [];
        var regions = ImmutableArray.CreateBuilder<Region>();
        ImmutableArray<ScheduledAction> actions = layout.Schedule.Actions;
        for (int start = 0; start < actions.Length; start++)
        {
            int end = start;
            bool launches = false;
            for (; end < actions.Length && IsRecordable(layout, shapes, actions[end]); end++) launches |= actions[end].Kind == ActionKind.Launch;
            if (launches) regions.Add(new(start, end));
            start = end;
        }
        return regions.ToImmutable();
    }

    private bool IsRecordable(ContextLayout layout, long[]?[] shapes, ScheduledAction action)
    {
        switch (action.Kind)
        {
            case ActionKind.Wait: return false;
            case ActionKind.Launch:
                ExecutionStep step = layout.Plan.Steps[action.Index];
                return layout.Steps[action.Index].CanBeRecorded
                    && step.Inputs.All(s => Lies(MemoryPlace.Device, s)) && step.Outputs.All(s => Lies(MemoryPlace.Device, s));
            default: return Lies(MemoryPlace.Host, action.Index) && Lies(MemoryPlace.Device, action.Index) && !IsStreamed(action.Index);
        }

        // What is fed on the device lies where it lies: a recording is forgotten when that is another object.
        bool Lies(MemoryPlace place, int slot) => (place == MemoryPlace.Device && layout.IsFed(place, slot)) || (shapes[slot] is not null && layout.IsBuffered(place, slot));
    }
}
