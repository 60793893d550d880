using GraphPartition.Operators.Inference;
using GraphPartition.Runtime.Memory;

namespace GraphPartition.Runtime.Flow;

/// <summary>
/// The elements of a scanned input along its axis. Each is copied to memory of its buffer set, so that iterations see the same objects
/// and, on a device, the alignment that kernels need. On a device only the first axis is sliced.
/// </summary>
internal sealed class Slices(ScannedInput form, MemoryPlace place, DeviceStream? stream, int sets) : IDisposable
{
    private readonly ScannedInput _form = form;
    private readonly MemoryPlace _place = place;
    private readonly DeviceStream? _stream = stream;
    private readonly ReusableTensor[] _elements = [.. Enumerable.Range(0, sets).Select(_ => new ReusableTensor(place, stream))];
    private readonly TensorInfo _info = new();
    private long[] _dims = [];
    private long[]? _whole;
    private long _outer, _inner; // an element consists of _outer pieces of _inner bytes

    /// <summary>The number of elements.</summary>
    public long Count { get; private set; }

    /// <summary>Sets the input of a run; returns what is wrong if it has no such axis, otherwise null.</summary>
    public string? Begin(OrtValue sequence)
    {
        _info.Of(sequence);
        if (ReferenceEquals(_whole, _info.Dims)) return null;
        int rank = _info.Dims.Length, axis = (int)(_form.Axis < 0 ? _form.Axis + rank : _form.Axis);
        if (axis < 0 || axis >= rank) return $"[{string.Join(",", _info.Dims)}] has no axis {_form.Axis}";
        _whole = _info.Dims;
        _dims = [.. _whole.Where((_, a) => a != axis)];
        Count = _whole[axis];
        _outer = _whole.Take(axis).Aggregate(1L, (product, d) => product * d);
        _inner = Count == 0 || _outer == 0 ? 0 : _info.Bytes / (Count * _outer);
        return null;
    }

    /// <summary>An element; valid until the next one in the same buffer set.</summary>
    public OrtValue At(long index, int set)
    {
        ReusableTensor element = _elements[set];
        OrtValue value = element.Of(_info.Element, _dims, _outer * _inner);
        if (_form.IsReversed) index = Count - 1 - index;
        for (long o = 0; o < _outer; o++)
            MemoryBlock.Copy(_info.Address + (nint)((o * Count + index) * _inner), _place,
                element.Address + (nint)(o * _inner), _place, _inner, _stream);
        return value;
    }

    public void Dispose()
    {
        foreach (ReusableTensor element in _elements) element.Dispose();
    }
}
