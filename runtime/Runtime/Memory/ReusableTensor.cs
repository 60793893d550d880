using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Memory;

/// <summary>A tensor in its own memory. The same object is returned as long as type and shape stay the same.</summary>
internal sealed class ReusableTensor(MemoryPlace place, DeviceStream? stream) : IDisposable
{
    private readonly MemoryPlace _place = place;
    private readonly DeviceStream? _stream = stream;
    private readonly GrowingMemory _memory = new GrowingMemory(bytes => MemoryBlock.Allocate(stream, place, bytes));
    private OrtValue? _value;
    private TensorElementType _element;
    private long[] _dims = [];
    private long _capacity;

    /// <summary>The address of its first byte.</summary>
    public nint Address { get; private set; }

    /// <summary>The tensor with a type and shape. If it is another object than before, its contents are undefined.</summary>
    public OrtValue Of(TensorElementType element, ReadOnlySpan<long> dims, long bytes)
    {
        if (_value is not null && element == _element && dims.SequenceEqual(_dims)) return _value;
        if (bytes > _capacity) _stream?.Synchronize(); // the device may still read the memory that is freed
        _value?.Dispose();
        _value = null;
        Address = _memory.Of(bytes);
        _capacity = Math.Max(_capacity, bytes);
        _element = element;
        _dims = dims.ToArray();
        return _value = View(bytes);
    }

    /// <summary>Another object over the same bytes, for a caller that disposes it.</summary>
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
