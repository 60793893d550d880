namespace GraphPartition.Runtime.Memory;

/// <summary>
/// The values of a runner's slots at both places in one run, and who owns them. It also allocates copies of values whose shape only the
/// run shows. Such memory stays for the next run, since an allocation by the driver costs more than most copies; only memory of results,
/// which outlive the run, is new each time.
/// </summary>
/// <param name="slots">The number of slots.</param>
/// <param name="stream">The device; null if all is on the host.</param>
internal sealed class SlotTable(int slots, DeviceStream? stream) : IDisposable
{
    private readonly OrtValue?[][] _values = [new OrtValue?[slots], new OrtValue?[slots]]; // by place and slot, as all arrays here
    private readonly IDisposable?[][] _owned = [new IDisposable?[slots], new IDisposable?[slots]];
    private readonly GrowingMemory?[][] _memory = [new GrowingMemory?[slots], new GrowingMemory?[slots]];
    private readonly List<IDisposable> _pending = []; // unused values that the device may still read

    /// <summary>The value of a slot at a place; null if there is none.</summary>
    public OrtValue? this[MemoryPlace place, int slot] => _values[(int)place][slot];

    /// <summary>The number of device values to free after the next synchronization (<see cref="FreePending"/>).</summary>
    public int PendingCount => _pending.Count;

    /// <summary>Replaces all values.</summary>
    /// <param name="values">By place and slot.</param>
    public void Load(OrtValue?[][] values)
    {
        for (int place = 0; place < _values.Length; place++) values[place].CopyTo(_values[place], 0);
    }

    /// <summary>Sets a value that others own.</summary>
    public void SetBorrowed(MemoryPlace place, int slot, OrtValue? value) => _values[(int)place][slot] = value;

    /// <summary>Sets a value that the run has created.</summary>
    /// <param name="place">Its place.</param>
    /// <param name="slot">Its slot.</param>
    /// <param name="value">The value.</param>
    /// <param name="owner">Frees the value when disposed.</param>
    public void SetOwned(MemoryPlace place, int slot, OrtValue? value, IDisposable? owner)
    {
        _values[(int)place][slot] = value;
        _owned[(int)place][slot] = owner;
    }

    /// <summary>Creates a tensor of the type and shape of another one.</summary>
    /// <param name="source">The other one.</param>
    /// <param name="place">Where the new one is.</param>
    /// <param name="slot">The slot of both.</param>
    /// <param name="isResult">Whether it outlives the run.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory.</exception>
    public void CreateLike(OrtValue source, MemoryPlace place, int slot, bool isResult)
    {
        OrtTensorTypeAndShapeInfo info = source.GetTensorTypeAndShape();
        long bytes = source.GetTensorSizeInBytes();
        if (isResult && place == MemoryPlace.Device)
        {
            MemoryBlock block = stream!.AllocateOnDevice(bytes);
            OrtValue result = At(block.Address);
            SetOwned(place, slot, result, new TensorInBlock(result, block));
            return;
        }
        OrtValue value = isResult
            ? OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, info.ElementDataType, info.Shape)
            : At(MemoryOf(slot, place).Of(bytes));
        SetOwned(place, slot, value, value);

        OrtValue At(nint address) => OrtValue.CreateTensorValueWithData(
            place == MemoryPlace.Host ? OrtMemoryInfo.DefaultInstance : stream!.MemoryInfo,
                info.ElementDataType, info.Shape, address, bytes);
    }

    /// <summary>
    /// Pinned memory to upload a value that is elsewhere on the host. It must not be written again before the stream was synchronized.
    /// </summary>
    public nint PinnedMemoryOf(int slot, long bytes) => MemoryOf(slot, MemoryPlace.Host).Of(bytes);

    /// <summary>Moves the ownership of a value to the caller.</summary>
    /// <returns>Null if the run did not create the value, or if its memory is not ONNX Runtime's.</returns>
    public OrtValue? Take(MemoryPlace place, int slot)
    {
        if (_owned[(int)place][slot] is not OrtValue value) return null;
        SetOwned(place, slot, null, null);
        return value;
    }

    /// <summary>Frees what the run created for a slot.</summary>
    public void Free(MemoryPlace place, int slot)
    {
        if (_owned[(int)place][slot] is not { } owned) return;
        // ONNX Runtime frees its device memory in stream order; ours would be free at once.
        if (place == MemoryPlace.Device && owned is not OrtValue) _pending.Add(owned);
        else owned.Dispose();
        SetOwned(place, slot, null, null);
    }

    /// <summary>Frees all that the run created.</summary>
    public void FreeAll()
    {
        for (int slot = 0; slot < slots; slot++)
        {
            Free(MemoryPlace.Host, slot);
            Free(MemoryPlace.Device, slot);
        }
    }

    /// <summary>Frees values that the device might have read until the stream was synchronized.</summary>
    public void FreePending()
    {
        foreach (IDisposable owned in _pending) owned.Dispose();
        _pending.Clear();
    }

    /// <summary>Frees the memory that is kept for later runs. The device must be idle.</summary>
    public void Dispose()
    {
        foreach (GrowingMemory? memory in _memory.SelectMany(m => m)) memory?.Dispose();
    }

    private GrowingMemory MemoryOf(int slot, MemoryPlace place) =>
        _memory[(int)place][slot] ??= new(bytes => MemoryBlock.Allocate(stream, place, bytes));

    private sealed class TensorInBlock(OrtValue value, MemoryBlock block) : IDisposable
    {
        public void Dispose()
        {
            value.Dispose();
            block.Dispose();
        }
    }
}
