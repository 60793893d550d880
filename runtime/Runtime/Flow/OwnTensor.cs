using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Flow;

/// <summary>One tensor in memory of its own. The same object comes back as long as the same type and shape are asked for.</summary>
internal sealed class OwnTensor : IDisposable
{
    private readonly MemoryPlace _place;
    private readonly DeviceStream? _stream;
    private readonly GrowingMemory _memory;
    private OrtValue? _value;
    private TensorElementType _element;
    private long[] _dims = [];
    private long _capacity;

    /// <summary>A tensor at a place.</summary>
    public OwnTensor(MemoryPlace place, DeviceStream? stream)
    {
        _place = place;
        _stream = stream;
        _memory = new GrowingMemory(bytes => MemoryBlock.Allocate(stream, place, bytes));
    }

    /// <summary>Where its bytes lie.</summary>
    public nint Address { get; private set; }

    /// <summary>The tensor, with what it holds undefined where it is another one than before.</summary>
    public OrtValue Of(TensorElementType element, ReadOnlySpan<long> dims, long bytes)
    {
        if (_value is not null && element == _element && dims.SequenceEqual(_dims)) return _value;
        if (bytes > _capacity) _stream?.Synchronize(); // the device may still read what is given back
        _value?.Dispose();
        _value = null;
        Address = _memory.Of(bytes);
        _capacity = Math.Max(_capacity, bytes);
        _element = element;
        _dims = dims.ToArray();
        return _value = View(bytes);
    }

    /// <summary>Another object over the same bytes, for somebody who disposes what he is given.</summary>
    public OrtValue ViewOf(TensorElementType element, ReadOnlySpan<long> dims, long bytes)
    {
        Of(element, dims, bytes);
        return View(bytes);
    }

    public void Dispose()
    {
        _value?.Dispose();
        _memory.Dispose();
    }

    private OrtValue View(long bytes) => OrtValue.CreateTensorValueWithData(
        _place == MemoryPlace.Device ? _stream!.MemoryInfo : OrtMemoryInfo.DefaultInstance, _element, _dims, Address, bytes);
}
