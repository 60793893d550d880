using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Execution;

/// <summary>
/// Tensors whose shape only a run could tell, at the other place. Memory from the driver costs more than most copies, so what a
/// run took stays for the next one, whose work comes behind this one's; not so what outlives the run.
/// </summary>
/// <param name="slots">The number of slots.</param>
/// <param name="stream">The device; null where all is on the host, and nothing has another place.</param>
internal sealed class NewValues(int slots, DeviceStream? stream) : IDisposable
{
    private readonly GrowingMemory?[][] _memory = [new GrowingMemory?[slots], new GrowingMemory?[slots]]; // by place and slot

    /// <summary>A tensor of the type and shape of another, and what frees it.</summary>
    /// <param name="source">The other.</param>
    /// <param name="place">Where it is to lie.</param>
    /// <param name="slot">The slot of both.</param>
    /// <param name="isResult">Whether it outlives the run.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory.</exception>
    public (OrtValue Value, IDisposable Owner) Like(OrtValue source, MemoryPlace place, int slot, bool isResult)
    {
        OrtTensorTypeAndShapeInfo info = source.GetTensorTypeAndShape();
        long bytes = source.GetTensorSizeInBytes();
        if (!isResult)
        {
            OrtValue shared = At(MemoryOf(slot, place).Of(bytes));
            return (shared, shared);
        }
        if (place == MemoryPlace.Host)
        {
            OrtValue host = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, info.ElementDataType, info.Shape);
            return (host, host);
        }
        MemoryBlock block = stream!.AllocateOnDevice(bytes);
        OrtValue value = At(block.Address);
        return (value, new Both(value, block));

        OrtValue At(nint address) => OrtValue.CreateTensorValueWithData(
            place == MemoryPlace.Host ? OrtMemoryInfo.DefaultInstance : stream!.MemoryInfo, info.ElementDataType, info.Shape, address, bytes);
    }

    /// <summary>
    /// Memory of the host that the device copies from by itself, for a value that was made elsewhere in the host's: it must not be
    /// written again before somebody has waited.
    /// </summary>
    public nint StagingOf(int slot, long bytes) => MemoryOf(slot, MemoryPlace.Host).Of(bytes);

    /// <summary>Nothing may be under way.</summary>
    public void Dispose()
    {
        foreach (GrowingMemory? memory in _memory.SelectMany(m => m)) memory?.Dispose();
    }

    private GrowingMemory MemoryOf(int slot, MemoryPlace place) =>
        _memory[(int)place][slot] ??= new(bytes => MemoryBlock.Allocate(stream, place, bytes));

    private sealed class Both(OrtValue value, MemoryBlock block) : IDisposable
    {
        public void Dispose()
        {
            value.Dispose();
            block.Dispose();
        }
    }
}
