namespace GraphPartition.Runtime.Memory;

/// <summary>A tensor's place in a block.</summary>
/// <param name="Offset">In bytes.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Dims">Its dimensions.</param>
internal sealed record PlannedBuffer(long Offset, long Bytes, long[] Dims);

/// <summary>Where every value of known shape is, for one combination of input shapes, and which actions can be recorded.</summary>
internal sealed class MemoryPlan
{
    /// <summary>
    /// Inputs of more bytes than this are uploaded in pieces of this size. Each copy costs a few microseconds beside its bytes.
    /// </summary>
    public const int UploadPiece = 192 << 10;

    private readonly PlannedBuffer?[][] _buffers;
    private readonly long[] _bytes = new long[2];
    private readonly long[] _bytesApart = new long[2];
    private readonly bool[] _inPieces;

    private MemoryPlan(RunPlan plan, long[]?[] shapes)
    {
        int slots = plan.Plan.SlotCount;
        _buffers = [new PlannedBuffer?[slots], new PlannedBuffer?[slots]];
        _inPieces = [.. Enumerable.Range(0, slots).Select(s => IsLargeInput(plan, shapes, s))];
        Recordable = FindRecordable(plan, shapes);
    }

    /// <summary>Ranges of actions that can be recorded: each ends before the action <c>End</c>.</summary>
    public ImmutableArray<(int Start, int End)> Recordable { get; }

    /// <summary>The buffer of a slot; null if only the run shows the shape.</summary>
    public PlannedBuffer? BufferOf(MemoryPlace place, int slot) => _buffers[(int)place][slot];

    /// <summary>Whether a slot's value is an input on the host that is uploaded in pieces.</summary>
    public bool IsUploadedInPieces(int slot) => _inPieces[slot];

    /// <summary>The size of the block at a place.</summary>
    public long Bytes(MemoryPlace place) => _bytes[(int)place];

    /// <summary>What the buffers would take without sharing memory.</summary>
    public long BytesApart(MemoryPlace place) => _bytesApart[(int)place];

    /// <summary>Plans the buffers of a run.</summary>
    /// <param name="plan">The plan of the run.</param>
    /// <param name="shapes">The dimensions of each slot, or null.</param>
    public static MemoryPlan Of(RunPlan plan, long[]?[] shapes)
    {
        var memory = new MemoryPlan(plan, shapes);
        foreach (MemoryPlace place in new[] { MemoryPlace.Host, MemoryPlace.Device })
        {
            int[] slots = [.. Enumerable.Range(0, plan.Plan.SlotCount).Where(s => shapes[s] is not null && plan.IsBuffered(place, s))];
            BufferLifetime[] lifetimes = [.. slots.Select(
                s => memory.LifetimeOf(plan, place, s, SlotShapes.BytesOf(plan.ElementOf(s), shapes[s])))];
            (long[] offsets, long total) = BufferPacking.Pack(lifetimes);
            for (int i = 0; i < slots.Length; i++)
                memory._buffers[(int)place][slots[i]] = new(offsets[i], lifetimes[i].Bytes, shapes[slots[i]]!);
            memory._bytes[(int)place] = total;
            memory._bytesApart[(int)place] = lifetimes.Sum(l => l.Bytes);
        }
        return memory;
    }

    /// <summary>
    /// When a range is recorded, its actions are enqueued twice. So a value that enters the range must stay until the range ends: no buffer
    /// inside may reuse its memory.
    /// </summary>
    private BufferLifetime LifetimeOf(RunPlan plan, MemoryPlace place, int slot, long bytes)
    {
        LiveRange live = plan.Schedule.LiveRangeOf(place, slot);
        int last = live.Last;
        foreach ((int start, int end) in Recordable)
            if (live.First < start && last >= start && last < end) last = end - 1;
        return new(bytes, live.First, last);
    }

    private static bool IsLargeInput(RunPlan plan, long[]?[] shapes, int slot) =>
        shapes[slot] is { } dims && plan.IsInput(MemoryPlace.Host, slot) && plan.IsBuffered(MemoryPlace.Device, slot)
        && SlotShapes.BytesOf(plan.ElementOf(slot), dims) > UploadPiece;

    private ImmutableArray<(int Start, int End)> FindRecordable(RunPlan plan, long[]?[] shapes)
    {
        if (plan.Stream is not { CanRecord: true }) return [];
        var ranges = ImmutableArray.CreateBuilder<(int, int)>();
        ImmutableArray<ScheduledAction> actions = plan.Schedule.Actions;
        for (int start = 0; start < actions.Length; start++)
        {
            int end = start;
            bool launches = false;
            for (; end < actions.Length && IsRecordable(plan, shapes, actions[end]); end++)
                launches |= actions[end].Kind == ActionKind.Launch;
            if (launches) ranges.Add((start, end));
            start = end;
        }
        return ranges.ToImmutable();
    }

    private bool IsRecordable(RunPlan plan, long[]?[] shapes, ScheduledAction action)
    {
        switch (action.Kind)
        {
            case ActionKind.Wait: return false;
            case ActionKind.Launch:
                ExecutionStep step = plan.Plan.Steps[action.Index];
                return plan.Steps[action.Index].CanBeRecorded
                    && step.Inputs.All(s => IsFixed(MemoryPlace.Device, s)) && step.Outputs.All(s => IsFixed(MemoryPlace.Device, s));
            default:
                return IsFixed(MemoryPlace.Host, action.Index) && IsFixed(MemoryPlace.Device, action.Index)
                    && !IsUploadedInPieces(action.Index);
        }

        // An input on the device is the caller's object: another object discards the recording.
        bool IsFixed(MemoryPlace place, int slot) =>
            (place == MemoryPlace.Device && plan.IsInput(place, slot)) || (shapes[slot] is not null && plan.IsBuffered(place, slot));
    }
}
