using GraphPartition.TensorRt.Run;

namespace GraphPartition.Runtime.Engines;

/// <summary>An input of an engine in one context. Only what changed since the last run is set again.</summary>
internal sealed unsafe class EngineInput(EngineBinding binding, TrtContext context, DeviceStream stream) : IDisposable
{
    private readonly GrowingMemory _staging = new(stream.AllocateOnHost);
    private readonly GrowingMemory _onDevice = new(stream.AllocateOnDevice);
    private OrtValue? _bound;
    private long[]? _shape;

    public EngineBinding Binding => binding;

    public void Bind(OrtValue value)
    {
        if (ReferenceEquals(value, _bound) && !binding.Converts) return;
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        if (_shape is null || !info.Shape.AsSpan().SequenceEqual(_shape))
        {
            _shape = null; // if it is rejected, the next run sets it again
            if (binding.WhyNot(info.Shape) is { } reason) throw new RefusedShapesException(binding.Name, reason);
            if (binding.IsDynamic) context.SetInputShape(binding.Name, info.Shape);
            _shape = info.Shape;
        }
        context.SetAddress(binding.Name, binding.Converts ? Converted(value, info.ElementCount) : AddressOf(value, info.ElementCount));
        _bound = value;
    }

    public void Dispose()
    {
        _staging.Dispose();
        _onDevice.Dispose();
    }

    /// <summary>TensorRT requires an address even for an empty tensor.</summary>
    private nint AddressOf(OrtValue value, long count) => count > 0 ? OrtValues.AddressOf(value) : _onDevice.Of(1);

    private nint Converted(OrtValue value, long count)
    {
        long bytes = Math.Max(1, count) * (binding.TensorType.Bits() / 8);
        nint narrow = _staging.Of(bytes);
        if (count > 0) Narrowing.Narrow(binding.Type, OrtValues.AddressOf(value), narrow, count);
        if (binding.IsOnHost) return narrow;
        nint device = _onDevice.Of(bytes);
        stream.Copy(narrow, device, bytes);
        return device;
    }
}
