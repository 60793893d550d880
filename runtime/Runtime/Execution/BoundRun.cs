using GraphPartition.Runtime.Memory;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Execution;

/// <summary>
/// What a runner keeps for one combination of input shapes: a block of memory at each place, the values inside, and what executors have
/// bound to these values and recorded over them.
/// </summary>
internal sealed class BoundRun : IDisposable
{
    private readonly MemoryBlock?[] _blocks = new MemoryBlock?[2];
    private readonly List<Bindings> _bindings = [];
    private Bindings? _previous; // those before the last

    private BoundRun(long[]?[] inputShapes, RunPlan plan, MemoryPlan memory)
    {
        InputShapes = inputShapes;
        Plan = plan;
        Memory = memory;
        Values = [new OrtValue?[plan.Plan.SlotCount], new OrtValue?[plan.Plan.SlotCount]];
    }

    /// <summary>The dimensions of each graph input.</summary>
    public long[]?[] InputShapes { get; }

    /// <summary>The executor of each step for these shapes, and the schedule.</summary>
    public RunPlan Plan { get; }

    /// <summary>Where the buffers are.</summary>
    public MemoryPlan Memory { get; }

    /// <summary>The values over the blocks, by place and slot; null if only the run shows the shape.</summary>
    public OrtValue?[][] Values { get; }

    /// <summary>What is bound and recorded for the inputs of the current run.</summary>
    public Bindings Current { get; private set; } = null!;

    /// <summary>All ranges of actions that can be recorded, with their recordings.</summary>
    public IEnumerable<RecordedRange> Ranges => _bindings.SelectMany(b => b.RangeAt).OfType<RecordedRange>();

    /// <summary>Whether it was created for values of one run, which tell nothing about other runs with these input shapes.</summary>
    public bool IsForOneRun { get; init; }

    /// <summary>Plans and allocates the memory for the shapes of the inputs.</summary>
    /// <param name="plan">The plan of the run.</param>
    /// <param name="inputShapes">The dimensions of each graph input.</param>
    /// <param name="shapes">The dimensions of each slot (<see cref="SlotShapes"/>).</param>
    /// <param name="isForOneRun">See <see cref="IsForOneRun"/>.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory.</exception>
    public static BoundRun Create(RunPlan plan, long[]?[] inputShapes, long[]?[] shapes, bool isForOneRun)
    {
        var bound = new BoundRun(inputShapes, plan, MemoryPlan.Of(plan, shapes)) { IsForOneRun = isForOneRun };
        try
        {
            bound.Allocate(MemoryPlace.Host);
            if (plan.Stream is not null) bound.Allocate(MemoryPlace.Device);
            return bound;
        }
        catch
        {
            bound.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Selects the bindings for some input objects. Iterations of a loop alternate between few sets of objects, so nested runs keep two.
    /// Callers may pass new tensors in each run: these are copied to staging buffers first, so recordings never read caller memory.
    /// </summary>
    public void Bind(OrtValue?[] inputs, bool isNested)
    {
        if (!isNested) Current ??= Add();
        else if (Current?.IsFor(inputs) != true)
        {
            if (_previous?.IsFor(inputs) != true)
            {
                _previous ??= Add();
                _previous.Rebind(inputs);
            }
            (Current, _previous) = (_previous, Current!);
        }
    }

    /// <summary>The value over a slot's buffer; null if only the run shows the shape.</summary>
    public OrtValue? ValueOf(MemoryPlace place, int slot) => Values[(int)place][slot];

    /// <summary>The address of a buffered value.</summary>
    public nint AddressOf(MemoryPlace place, int slot) => _blocks[(int)place]!.Address + (nint)Memory.BufferOf(place, slot)!.Offset;

    /// <summary>Whether a host address is in this block, which outlives its recordings.</summary>
    public bool OwnsHostAddress(nint address) =>
        _blocks[(int)MemoryPlace.Host] is { } block && address >= block.Address && address < block.Address + block.Bytes;

    public void Dispose()
    {
        foreach (Bindings bindings in _bindings) bindings.Dispose();
        foreach (OrtValue?[] place in Values)
            foreach (OrtValue? value in place) value?.Dispose();
        foreach (MemoryBlock? block in _blocks) block?.Dispose();
    }

    private Bindings Add()
    {
        var bindings = new Bindings(Plan.Plan, Plan.Schedule.Actions.Length, Memory, InputShapes);
        _bindings.Add(bindings);
        return bindings;
    }

    private void Allocate(MemoryPlace place)
    {
        long bytes = Memory.Bytes(place);
        if (bytes == 0) return;
        MemoryBlock block = MemoryBlock.Allocate(Plan.Stream, place, bytes);
        _blocks[(int)place] = block;
        OrtMemoryInfo memory = place == MemoryPlace.Device ? Plan.Stream!.MemoryInfo : OrtMemoryInfo.DefaultInstance;
        for (int slot = 0; slot < Plan.Plan.SlotCount; slot++)
            if (Memory.BufferOf(place, slot) is { } buffer)
                Values[(int)place][slot] = OrtValue.CreateTensorValueWithData(
                    memory, (TensorElementType)Plan.ElementOf(slot), buffer.Dims, block.Address + (nint)buffer.Offset, buffer.Bytes);
    }
}

/// <summary>What executors have bound and recorded for one set of input objects.</summary>
internal sealed class Bindings : IDisposable
{
    private readonly OrtValue?[] _inputs;

    /// <summary>Bindings without values.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="actions">The number of scheduled actions.</param>
    /// <param name="memory">The buffers.</param>
    /// <param name="inputShapes">The dimensions of each graph input.</param>
    public Bindings(ExecutionPlan plan, int actions, MemoryPlan memory, long[]?[] inputShapes)
    {
        _inputs = new OrtValue?[plan.InputSlots.Length];
        Frames = [.. plan.Steps.Select(s => new StepFrame(s.Inputs.Length, s.Outputs.Length, inputShapes))];
        RangeAt = new RecordedRange?[actions];
        foreach ((int start, int end) in memory.Recordable) RangeAt[start] = new RecordedRange(start, end);
    }

    /// <summary>The frame of each step.</summary>
    public StepFrame[] Frames { get; }

    /// <summary>The recordable range that starts at an action, or null.</summary>
    public RecordedRange?[] RangeAt { get; }

    /// <summary>The number of successful runs.</summary>
    public int Runs { get; set; }

    /// <summary>Whether the inputs are these objects.</summary>
    public bool IsFor(OrtValue?[] inputs)
    {
        for (int i = 0; i < inputs.Length; i++)
            if (!ReferenceEquals(inputs[i], _inputs[i])) return false;
        return true;
    }

    /// <summary>Rebinds to new input objects and discards recordings.</summary>
    public void Rebind(OrtValue?[] inputs)
    {
        inputs.CopyTo(_inputs, 0);
        foreach (RecordedRange? range in RangeAt) range?.Discard();
        Runs = 0;
    }

    public void Dispose()
    {
        foreach (RecordedRange? range in RangeAt) range?.Discard();
        foreach (StepFrame frame in Frames) frame.Dispose();
    }
}

/// <summary>Consecutive actions that only enqueue work over memory that stays, and the recording of them: one CUDA graph.</summary>
/// <param name="start">The first action.</param>
/// <param name="end">The action behind the last.</param>
internal sealed class RecordedRange(int start, int end)
{
    public int Start => start;
    public int End => end;

    /// <summary>
    /// The sum of <see cref="IStepExecutor.KernelChanges"/> of its steps when it ran last. The counts only grow, so the sum is the same
    /// only if no step has changed its kernels.
    /// </summary>
    public long KernelChanges { get; set; } = -1;

    /// <summary>The sum for <see cref="KernelChanges"/> now.</summary>
    public long KernelChangesIn(RunPlan plan)
    {
        long sum = 0;
        for (int a = start; a < end; a++)
            if (plan.Schedule.Actions[a] is { Kind: ActionKind.Launch } launch) sum += plan.Steps[launch.Index].KernelChanges;
        return sum;
    }

    /// <summary>The recording, once there is one.</summary>
    public IRecording? Recording { get; set; }

    /// <summary>Why the range cannot be recorded; null if no recording was refused.</summary>
    public string? Refusal { get; set; }

    /// <summary>Objects that the recording uses; disposed after it.</summary>
    public IReadOnlyList<IDisposable> Resources { get; set; } = [];

    /// <summary>Discards the recording; there may be another one later.</summary>
    public void Discard()
    {
        Recording?.Dispose();
        Recording = null;
        foreach (IDisposable resource in Resources) resource.Dispose();
        Resources = [];
    }
}
