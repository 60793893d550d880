using GraphPartition.Runtime.Memory;

namespace GraphPartition.Runtime.Flow;

/// <summary>Copies a value that others own to an output of the step.</summary>
/// <param name="place">The place of the output.</param>
/// <param name="stream">The device, or null.</param>
internal sealed class OutputWriter(MemoryPlace place, DeviceStream? stream) : IDisposable
{
    private readonly TensorInfo _source = new(), _target = new();
    private readonly ReusableTensor _own = new(place, stream); // on a device, if no buffer was planned

    /// <summary>The output: the planned value or a new one; on a device a new one stays valid until the next run.</summary>
    /// <param name="value">The value, at the same place.</param>
    /// <param name="planned">The value to be written; null if only the run shows the shape.</param>
    /// <param name="name">Its name in messages.</param>
    public OrtValue Of(OrtValue value, OrtValue? planned, string name)
    {
        if (planned is null && place == MemoryPlace.Host) return OrtValues.Copy(value);
        _source.Of(value);
        if (planned is not null && !_target.Of(planned).Dims.AsSpan().SequenceEqual(_source.Dims))
            throw new DeclaredShapeException(RuntimeCodes.RuntimeFailed, name, _target.Dims, "the run", _source.Dims);
        OrtValue target = planned ?? _own.ViewOf(_source.Element, _source.Dims, _source.Bytes);
        MemoryBlock.Copy(_source.Address, place, _target.Of(target).Address, place, _source.Bytes, stream);
        return target;
    }

    public void Dispose() => _own.Dispose();
}
