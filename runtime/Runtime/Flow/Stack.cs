using GraphPartition.Operators.Inference;
using GraphPartition.Runtime.Memory;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Flow;

/// <summary>
/// Stacks the elements of iterations along a new axis. If the number of iterations is known, each element is copied to its final place.
/// Otherwise elements are gathered along the first axis in growing memory, which is copied at the end.
/// </summary>
/// <param name="form">The axis and the direction.</param>
/// <param name="element">The body's output.</param>
/// <param name="place">The place of the elements and of the result.</param>
/// <param name="stream">The device, or null.</param>
/// <param name="sets">The number of buffer sets.</param>
internal sealed class Stack(StackedOutput form, Value element, MemoryPlace place, DeviceStream? stream, int sets) : IDisposable
{
    private readonly TensorInfo[] _infos = [.. Enumerable.Range(0, sets).Select(_ => new TensorInfo())];
    private readonly TensorInfo _target = new();
    private readonly ReusableTensor _whole = new(place, stream); // on a device, if no buffer was planned
    private MemoryBlock? _gathered;
    private OrtValue? _planned, _made;
    private nint _to;
    private long[]? _dims; // of an element
    private long _certain, _outer, _inner;

    /// <summary>Begins a run.</summary>
    /// <param name="planned">The value to be written; null if only the run shows the shape.</param>
    /// <param name="certain">The number of iterations; -1 if a condition decides.</param>
    public void Begin(OrtValue? planned, long certain)
    {
        _planned = planned;
        _certain = certain;
        _dims = null;
    }

    /// <summary>Adds the element of an iteration.</summary>
    /// <exception cref="EnvironmentException">It has another shape than those before (GP5006).</exception>
    public void Add(OrtValue value, int set, long index)
    {
        TensorInfo info = _infos[set].Of(value);
        if (_dims is null) Start(info);
        else if (!ReferenceEquals(_dims, info.Dims) && !_dims.AsSpan().SequenceEqual(info.Dims))
            throw new EnvironmentException(RuntimeCodes.RuntimeFailed, element.Name,
                $"iteration {index} gives [{string.Join(",", info.Dims)}] after [{string.Join(",", _dims)}]: "
                + "all iterations must give the same shape");
        if (_certain < 0) Reserve(index);
        else if (form.IsReversed) index = _certain - 1 - index;
        long stride = _certain < 0 ? 1 : _certain;
        for (long o = 0; o < _outer; o++)
            MemoryBlock.Copy(info.Address + (nint)(o * _inner), place, _to + (nint)((o * stride + index) * _inner), place, _inner, stream);
    }

    /// <summary>The result: the planned value or a new one; on a device a new one stays valid until the next run.</summary>
    public OrtValue Finish(long count)
    {
        OrtValue? made = _made;
        _made = null;
        if (_dims is null) return Target(Whole(KnownDims(), 0), (TensorElementType)element.ElementType);
        if (_certain >= 0) return made!;
        OrtValue whole = Target(Whole(_dims, count), _infos[0].Element);
        MemoryBlock.Copy(_gathered!.Address, place, _target.Of(whole).Address, place, count * _inner, stream);
        return whole;
    }

    /// <summary>Frees what a failed run has created.</summary>
    public void Abandon()
    {
        if (!ReferenceEquals(_made, _planned)) _made?.Dispose();
        _made = null;
    }

    public void Dispose()
    {
        Abandon();
        _whole.Dispose();
        _gathered?.Dispose();
    }

    private void Start(TensorInfo first)
    {
        _dims = first.Dims;
        int axis = Axis(_dims.Length);
        _outer = _certain < 0 ? 1 : _dims.Take(axis).Aggregate(1L, (product, d) => product * d);
        _inner = _outer == 0 ? 0 : first.Bytes / _outer;
        if (_certain < 0) return;
        _made = Target(Whole(_dims, _certain), first.Element);
        _to = _target.Of(_made).Address;
    }

    private OrtValue Target(long[] dims, TensorElementType type)
    {
        if (_planned is not null)
        {
            if (!_target.Of(_planned).Dims.AsSpan().SequenceEqual(dims))
                throw new DeclaredShapeException(RuntimeCodes.RuntimeFailed, element.Name, _target.Dims, "the run", dims);
            return _planned;
        }
        if (place == MemoryPlace.Device) return _whole.ViewOf(type, dims, SlotShapes.BytesOf((ElementType)type, dims));
        return OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, dims);
    }

    private void Reserve(long index)
    {
        long needed = (index + 1) * _inner, filled = index * _inner;
        if (_gathered is null || _gathered.Bytes < needed)
        {
            MemoryBlock larger = MemoryBlock.Allocate(stream, place, 2 * needed);
            if (_gathered is not null)
            {
                MemoryBlock.Copy(_gathered.Address, place, larger.Address, place, filled, stream);
                stream?.Synchronize(); // the device may still read the memory that is freed
                _gathered.Dispose();
            }
            _gathered = larger;
        }
        _to = _gathered.Address;
    }

    private int Axis(int rank) => (int)Math.Clamp(form.Axis < 0 ? form.Axis + rank + 1 : form.Axis, 0, rank);

    private long[] Whole(long[] dims, long count) => [.. dims[..Axis(dims.Length)], count, .. dims[Axis(dims.Length)..]];

    /// <summary>The shape of an element if there was no iteration: as declared, with 0 for open dimensions.</summary>
    private long[] KnownDims() => [.. (element.Shape?.Dims ?? []).Select(d => d.IsKnown ? d.Size : 0)];
}
