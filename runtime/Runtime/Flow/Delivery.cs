using GraphPartition.Foundation;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Flow;

/// <summary>Makes a value that stays with a body, or with somebody else, an output of the step.</summary>
/// <param name="place">Where the step promised the output.</param>
/// <param name="stream">The device, or null.</param>
internal sealed class Delivery(MemoryPlace place, DeviceStream? stream) : IDisposable
{
    private readonly TensorGlance _source = new(), _target = new();
    private readonly OwnTensor _own = new(place, stream); // on a device, where nobody has planned memory

    /// <summary>The output: the planned value with a copy in it, or a new value; on a device one that stays until the next run.</summary>
    /// <param name="value">The value, at the same place.</param>
    /// <param name="planned">The value to be written; null where only the run can tell the shape.</param>
    /// <param name="name">What it is called in messages.</param>
    public OrtValue Of(OrtValue value, OrtValue? planned, string name)
    {
        if (planned is null && place == MemoryPlace.Host) return OrtValues.Copy(value);
        _source.At(value);
        if (planned is not null && !_target.At(planned).Dims.AsSpan().SequenceEqual(_source.Dims))
            throw new DeclaredShapeException(Codes.RuntimeFailed, name, _target.Dims, "the run", _source.Dims);
        OrtValue target = planned ?? _own.ViewOf(_source.Element, _source.Dims, _source.Bytes);
        Bytes.Copy(_source.Address, place, _target.At(target).Address, place, _source.Bytes, stream);
        return target;
    }

    public void Dispose() => _own.Dispose();
}
