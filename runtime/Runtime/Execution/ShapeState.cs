using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Scheduling;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Execution;

/// <summary>
/// What a context keeps for one combination of input shapes: one block of memory at each place with the values that it is cut
/// into, and what was recorded over them.
/// </summary>
internal sealed class ShapeState : IDisposable
{
    private readonly MemoryBlock?[] _blocks = new MemoryBlock?[2];
    private readonly List<Wiring> _wirings = [];
    private Wiring? _other; // the one before the last

    private ShapeState(long[]?[] fed, ContextLayout layout, BufferPlan plan)
    {
        Fed = fed;
        Layout = layout;
        Plan = plan;
        Values = [new OrtValue?[layout.Plan.SlotCount], new OrtValue?[layout.Plan.SlotCount]];
    }

    /// <summary>The dimensions of each graph input.</summary>
    public long[]?[] Fed { get; }

    /// <summary>Who computes each step for these shapes, and in which order what is copied.</summary>
    public ContextLayout Layout { get; }

    /// <summary>Where buffers lie.</summary>
    public BufferPlan Plan { get; }

    /// <summary>The values over the blocks, by place and slot; null where only the run can tell the shape.</summary>
    public OrtValue?[][] Values { get; }

    /// <summary>What is bound and recorded for what is fed.</summary>
    public Wiring? Wiring { get; private set; }

    /// <summary>What can be recorded, in each wiring.</summary>
    public IEnumerable<Region> Regions => _wirings.SelectMany(w => w.RegionAt).OfType<Region>();

    /// <summary>Whether it was made for what one run met, and says nothing of others with these input shapes.</summary>
    public bool IsForOneRun { get; init; }

    /// <summary>Allocates the state for the shapes that are fed.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="fed">The dimensions of each graph input.</param>
    /// <param name="shapes">The dimensions of each slot (<see cref="SlotShapes"/>).</param>
    /// <param name="isForOneRun">Whether it is made for what one run met.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory.</exception>
    public static ShapeState Create(ContextLayout layout, long[]?[] fed, long[]?[] shapes, bool isForOneRun)
    {
        var state = new ShapeState(fed, layout, BufferPlan.Of(layout, shapes)) { IsForOneRun = isForOneRun };
        try
        {
            state.Allocate(layout, MemoryPlace.Host);
            if (layout.Stream is not null) state.Allocate(layout, MemoryPlace.Device);
            return state;
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>Whether the state is for these input shapes.</summary>
    public bool IsFor(long[]?[] fed) => FedShapes.Are(fed, Fed);

    /// <summary>
    /// Takes up the wiring for what is fed. Iterations of a loop feed few sets of objects in turn, so two are kept for parts; a
    /// caller may feed others each time, and what he feeds is copied before anything recorded reads it.
    /// </summary>
    public void Wire(OrtValue?[] fed, bool isPart)
    {
        if (!isPart) Wiring ??= Added();
        else if (Wiring?.IsFor(fed) != true)
        {
            if (_other?.IsFor(fed) != true)
            {
                _other ??= Added();
                _other.Rewire(fed);
            }
            (Wiring, _other) = (_other, Wiring);
        }
    }

    /// <summary>The value over a slot's buffer; null where only the run can tell the shape.</summary>
    public OrtValue? ValueOf(MemoryPlace place, int slot) => Values[(int)place][slot];

    /// <summary>Where a buffered value lies.</summary>
    public nint AddressOf(MemoryPlace place, int slot) => _blocks[(int)place]!.Address + (nint)Plan.BufferOf(place, slot)!.Offset;

    /// <summary>Whether an address of the host lies in this state's block, which outlives its recordings.</summary>
    public bool OwnsHostAddress(nint address) =>
        _blocks[(int)MemoryPlace.Host] is { } block && address >= block.Address && address < block.Address + block.Bytes;

    public void Dispose()
    {
        foreach (Wiring wiring in _wirings) wiring.Dispose();
        foreach (OrtValue?[] place in Values)
            foreach (OrtValue? value in place) value?.Dispose();
        foreach (MemoryBlock? block in _blocks) block?.Dispose();
    }

    private Wiring Added()
    {
        var wiring = new Wiring(Layout, Plan, Fed);
        _wirings.Add(wiring);
        return wiring;
    }

    private void Allocate(ContextLayout layout, MemoryPlace place)
    {
        long bytes = Plan.Bytes(place);
        if (bytes == 0) return;
        MemoryBlock block = MemoryBlock.Allocate(layout.Stream, place, bytes);
        _blocks[(int)place] = block;
        OrtMemoryInfo memory = place == MemoryPlace.Device ? layout.Stream!.MemoryInfo : OrtMemoryInfo.DefaultInstance;
        for (int slot = 0; slot < layout.Plan.SlotCount; slot++)
            if (Plan.BufferOf(place, slot) is { } buffer)
                Values[(int)place][slot] = OrtValue.CreateTensorValueWithData(
                    memory, (TensorElementType)layout.ElementOf(slot), buffer.Dims, block.Address + (nint)buffer.Offset, buffer.Bytes);
    }
}
