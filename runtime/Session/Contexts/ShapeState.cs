using System.Collections.Immutable;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Plan;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Contexts;

/// <summary>
/// What a context keeps for one combination of input shapes: one block of memory at each place with the values that it is cut
/// into, and what was recorded over them.
/// </summary>
internal sealed class ShapeState : IDisposable
{
    private readonly MemoryBlock?[] _blocks = new MemoryBlock?[2];
    private readonly OrtValue?[] _onDevice;

    private ShapeState(long[]?[] fed, ContextLayout layout, BufferPlan plan)
    {
        _onDevice = new OrtValue?[fed.Length];
        Fed = fed;
        Layout = layout;
        Plan = plan;
        Values = [new OrtValue?[layout.Plan.SlotCount], new OrtValue?[layout.Plan.SlotCount]];
        RegionAt = new Region?[layout.Schedule.Actions.Length];
        foreach (Region region in plan.Regions) RegionAt[region.Start] = region;
    }

    /// <summary>The dimensions of each graph input.</summary>
    public long[]?[] Fed { get; }

    /// <summary>Who computes each step for these shapes, and in which order what is copied.</summary>
    public ContextLayout Layout { get; }

    /// <summary>Where buffers lie.</summary>
    public BufferPlan Plan { get; }

    /// <summary>The values over the blocks, by place and slot; null where only the run can tell the shape.</summary>
    public OrtValue?[][] Values { get; }

    /// <summary>The region that starts at an action, or null.</summary>
    public Region?[] RegionAt { get; }

    /// <summary>Runs that ended well.</summary>
    public int Runs { get; set; }

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
    public bool IsFor(long[]?[] fed)
    {
        for (int i = 0; i < fed.Length; i++)
            if (fed[i] is null != Fed[i] is null || !fed[i].AsSpan().SequenceEqual(Fed[i])) return false;
        return true;
    }

    /// <summary>Says what is fed. What was recorded over other objects on the device is forgotten.</summary>
    public void Feed(OrtValue?[] values, ImmutableArray<MemoryPlace> places)
    {
        bool same = true;
        for (int i = 0; i < values.Length; i++)
        {
            if (places[i] != MemoryPlace.Device || ReferenceEquals(_onDevice[i], values[i])) continue;
            _onDevice[i] = values[i];
            same = false;
        }
        if (same) return;
        foreach (Region? region in RegionAt) region?.Forget();
        Runs = 0;
    }

    /// <summary>Where a buffered value lies.</summary>
    public nint AddressOf(MemoryPlace place, int slot) => _blocks[(int)place]!.Address + (nint)Plan.BufferOf(place, slot)!.Offset;

    /// <summary>Whether an address of the host lies in this state's block, which outlives its recordings.</summary>
    public bool OwnsHostAddress(nint address) =>
        _blocks[(int)MemoryPlace.Host] is { } block && address >= block.Address && address < block.Address + block.Bytes;

    public void Dispose()
    {
        foreach (Region? region in RegionAt) region?.Dispose();
        foreach (OrtValue?[] place in Values)
            foreach (OrtValue? value in place) value?.Dispose();
        foreach (MemoryBlock? block in _blocks) block?.Dispose();
    }

    private void Allocate(ContextLayout layout, MemoryPlace place)
    {
        long bytes = Plan.Bytes(place);
        if (bytes == 0) return;
        MemoryBlock block = layout.Stream is not { } stream ? HostMemory.Allocate(bytes)
            : place == MemoryPlace.Device ? stream.AllocateOnDevice(bytes) : stream.AllocateOnHost(bytes);
        _blocks[(int)place] = block;
        OrtMemoryInfo memory = place == MemoryPlace.Device ? layout.Stream!.MemoryInfo : OrtMemoryInfo.DefaultInstance;
        for (int slot = 0; slot < layout.Plan.SlotCount; slot++)
            if (Plan.BufferOf(place, slot) is { } buffer)
                Values[(int)place][slot] = OrtValue.CreateTensorValueWithData(
                    memory, (TensorElementType)layout.ElementOf(slot), buffer.Dims, block.Address + (nint)buffer.Offset, buffer.Bytes);
    }
}
