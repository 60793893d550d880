using GraphPartition.CompiledModels;
using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Flow;

/// <summary>
/// The elements of a scanned input along its axis. Each is copied to memory of its lane, so that iterations see the same objects
/// and, on a device, addresses as aligned as kernels want them; only the first axis is cut on a device.
/// </summary>
internal sealed class Slices : IDisposable
{
    private readonly ScannedInput _form;
    private readonly MemoryPlace _place;
    private readonly DeviceStream? _stream;
    private readonly OwnTensor[] _elements;
    private readonly TensorGlance _glance = new();
    private long[] _dims = [];
    private long[]? _whole;
    private long _outer, _inner; // the elements of an axis in the middle are so many pieces of so many bytes

    public Slices(ScannedInput form, MemoryPlace place, DeviceStream? stream, int lanes)
    {
        _form = form;
        _place = place;
        _stream = stream;
        _elements = [.. Enumerable.Range(0, lanes).Select(_ => new OwnTensor(place, stream))];
    }

    /// <summary>The number of elements.</summary>
    public long Count { get; private set; }

    /// <summary>Takes the whole input of a run; null where it has no such axis.</summary>
    public string? Begin(OrtValue sequence)
    {
        _glance.At(sequence);
        if (ReferenceEquals(_whole, _glance.Dims)) return null;
        int rank = _glance.Dims.Length, axis = (int)(_form.Axis < 0 ? _form.Axis + rank : _form.Axis);
        if (axis < 0 || axis >= rank) return $"[{string.Join(",", _glance.Dims)}] has no axis {_form.Axis}";
        _whole = _glance.Dims;
        _dims = [.. _whole.Where((_, a) => a != axis)];
        Count = _whole[axis];
        _outer = _whole.Take(axis).Aggregate(1L, (product, d) => product * d);
        _inner = Count == 0 || _outer == 0 ? 0 : _glance.Bytes / (Count * _outer);
        return null;
    }

    /// <summary>An element: the lane's, until its next one.</summary>
    public OrtValue At(long index, int lane)
    {
        OwnTensor element = _elements[lane];
        OrtValue value = element.Of(_glance.Element, _dims, _outer * _inner);
        if (_form.IsReversed) index = Count - 1 - index;
        for (long o = 0; o < _outer; o++)
            Bytes.Copy(_glance.Address + (nint)((o * Count + index) * _inner), _place, element.Address + (nint)(o * _inner), _place, _inner, _stream);
        return value;
    }

    public void Dispose()
    {
        foreach (OwnTensor element in _elements) element.Dispose();
    }
}
