using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Flow;

/// <summary>
/// What iterations add up to, along a new axis. Where the number of iterations is certain the elements go where they stay; else they
/// are gathered along the first axis in memory that grows, and copied at the end.
/// </summary>
/// <param name="form">The axis and the direction.</param>
/// <param name="element">The body's output.</param>
/// <param name="place">Where the elements come and the whole goes.</param>
/// <param name="stream">The device, or null.</param>
/// <param name="lanes">In how many lanes elements come.</param>
internal sealed class Stack(StackedOutput form, Value element, MemoryPlace place, DeviceStream? stream, int lanes) : IDisposable
{
    private readonly TensorGlance[] _glances = [.. Enumerable.Range(0, lanes).Select(_ => new TensorGlance())];
    private readonly TensorGlance _target = new();
    private readonly OwnTensor _whole = new(place, stream); // on a device, where nobody has planned memory
    private MemoryBlock? _gathered;
    private OrtValue? _planned, _made;
    private nint _to;
    private long[]? _dims; // of an element
    private long _certain, _outer, _inner;

    /// <summary>Begins a run.</summary>
    /// <param name="planned">The value to be written; null where only the run can tell the shape.</param>
    /// <param name="certain">The number of iterations; -1 where the condition decides.</param>
    public void Begin(OrtValue? planned, long certain)
    {
        _planned = planned;
        _certain = certain;
        _dims = null;
    }

    /// <summary>Adds the element of an iteration.</summary>
    /// <exception cref="EnvironmentException">It has another shape than those before (GP5006).</exception>
    public void Add(OrtValue value, int lane, long index)
    {
        TensorGlance glance = _glances[lane].At(value);
        if (_dims is null) Start(glance);
        else if (!ReferenceEquals(_dims, glance.Dims) && !_dims.AsSpan().SequenceEqual(glance.Dims))
            throw new EnvironmentException(Codes.RuntimeFailed, element.Name,
                $"iteration {index} gives [{string.Join(",", glance.Dims)}] after [{string.Join(",", _dims)}]: what is stacked must have one shape");
        if (_certain < 0) Reserve(index);
        else if (form.IsReversed) index = _certain - 1 - index;
        long stride = _certain < 0 ? 1 : _certain;
        for (long o = 0; o < _outer; o++)
            Bytes.Copy(glance.Address + (nint)(o * _inner), place, _to + (nint)((o * stride + index) * _inner), place, _inner, stream);
    }

    /// <summary>The whole after a number of iterations: the planned value, a new one, or on a device one that stays until the next run.</summary>
    public OrtValue Finish(long count)
    {
        OrtValue? made = _made;
        _made = null;
        if (_dims is null) return Target(Whole(KnownDims(), 0), (TensorElementType)element.ElementType);
        if (_certain >= 0) return made!;
        OrtValue whole = Target(Whole(_dims, count), _glances[0].Element);
        Bytes.Copy(_gathered!.Address, place, _target.At(whole).Address, place, count * _inner, stream);
        return whole;
    }

    /// <summary>Gives back what a run that failed has made.</summary>
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

    private void Start(TensorGlance first)
    {
        _dims = first.Dims;
        int axis = Axis(_dims.Length);
        _outer = _certain < 0 ? 1 : _dims.Take(axis).Aggregate(1L, (product, d) => product * d);
        _inner = _outer == 0 ? 0 : first.Bytes / _outer;
        if (_certain < 0) return;
        _made = Target(Whole(_dims, _certain), first.Element);
        _to = _target.At(_made).Address;
    }

    private OrtValue Target(long[] dims, TensorElementType type)
    {
        if (_planned is not null)
        {
            if (!_target.At(_planned).Dims.AsSpan().SequenceEqual(dims))
                throw new DeclaredShapeException(Codes.RuntimeFailed, element.Name, _target.Dims, "the run", dims);
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
                Bytes.Copy(_gathered.Address, place, larger.Address, place, filled, stream);
                stream?.Synchronize(); // the device may still read what is given back
                _gathered.Dispose();
            }
            _gathered = larger;
        }
        _to = _gathered.Address;
    }

    private int Axis(int rank) => (int)Math.Clamp(form.Axis < 0 ? form.Axis + rank + 1 : form.Axis, 0, rank);

    private long[] Whole(long[] dims, long count) => [.. dims[..Axis(dims.Length)], count, .. dims[Axis(dims.Length)..]];

    /// <summary>Without an iteration: what the body declares; open dimensions are empty.</summary>
    private long[] KnownDims() => [.. (element.Shape?.Dims ?? []).Select(d => d.IsKnown ? d.Size : 0)];
}
