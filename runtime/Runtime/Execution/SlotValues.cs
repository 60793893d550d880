using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Execution;

/// <summary>The values of a context's slots at both places in one run, and which of them it has to free.</summary>
/// <param name="slots">The number of slots.</param>
internal sealed class SlotValues(int slots)
{
    private readonly OrtValue?[][] _values = [new OrtValue?[slots], new OrtValue?[slots]]; // by place and slot
    private readonly IDisposable?[][] _owned = [new IDisposable?[slots], new IDisposable?[slots]]; // what the run made
    private readonly List<IDisposable> _late = []; // what the device may still read, though nobody needs it any more

    /// <summary>The value of a slot at a place; null where there is none.</summary>
    public OrtValue? this[MemoryPlace place, int slot] => _values[(int)place][slot];

    /// <summary>How much waits for the host to wait (<see cref="FreeLate"/>).</summary>
    public int LateCount => _late.Count;

    /// <summary>Takes up the values of a state in place of all that there are.</summary>
    public void Load(ShapeState state)
    {
        for (int place = 0; place < _values.Length; place++) state.Values[place].CopyTo(_values[place], 0);
    }

    /// <summary>Takes up a value that somebody else frees.</summary>
    public void Lend(MemoryPlace place, int slot, OrtValue? value) => _values[(int)place][slot] = value;

    /// <summary>Takes up a value that the run made.</summary>
    /// <param name="place">Where it lies.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="value">The value.</param>
    /// <param name="owner">What frees it.</param>
    public void Own(MemoryPlace place, int slot, OrtValue? value, IDisposable? owner)
    {
        _values[(int)place][slot] = value;
        _owned[(int)place][slot] = owner;
    }

    /// <summary>Gives a value of ONNX Runtime's own away, which the run made; null where it is none.</summary>
    public OrtValue? Take(MemoryPlace place, int slot)
    {
        if (_owned[(int)place][slot] is not OrtValue made) return null;
        Own(place, slot, null, null); // the taker may end it: the next run must not find it here
        return made;
    }

    /// <summary>Frees what the run made for a slot.</summary>
    public void Free(MemoryPlace place, int slot)
    {
        if (_owned[(int)place][slot] is not { } owned) return;
        // ONNX Runtime gives its own memory back in the order of the stream; ours would be gone at once.
        if (place == MemoryPlace.Device && owned is not OrtValue) _late.Add(owned);
        else owned.Dispose();
        Own(place, slot, null, null);
    }

    /// <summary>Frees all that the run made.</summary>
    public void FreeAll()
    {
        for (int slot = 0; slot < slots; slot++)
        {
            Free(MemoryPlace.Host, slot);
            Free(MemoryPlace.Device, slot);
        }
    }

    /// <summary>Frees what the device might still have read before the host waited for it.</summary>
    public void FreeLate()
    {
        foreach (IDisposable owned in _late) owned.Dispose();
        _late.Clear();
    }
}
