using GraphPartition.TensorRt;
using GraphPartition.TensorRt.Run;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Engines;

/// <summary>An output of an engine in one context. It is written to the planned buffer or to its own memory.</summary>
internal sealed class EngineOutput : IOutputAllocator, IDisposable
{
    private readonly TrtContext _context;
    private readonly DeviceStream _stream;
    private readonly GrowingMemory _onDevice;
    private readonly GrowingMemory _staging;
    private OrtValue? _bound;
    private long[] _shape = [];

    public EngineOutput(EngineBinding binding, TrtContext context, DeviceStream stream, bool isDataDependent)
    {
        Binding = binding;
        IsDataDependent = isDataDependent;
        _context = context;
        _stream = stream;
        _onDevice = new GrowingMemory(stream.AllocateOnDevice);
        _staging = new GrowingMemory(stream.AllocateOnHost);
        if (isDataDependent) context.SetOutputAllocator(binding.Name, this);
    }

    public EngineBinding Binding { get; }

    /// <summary>Whether its size depends on data.</summary>
    public bool IsDataDependent { get; }

    private long Count => _shape.Aggregate(1L, (product, size) => product * size);
    private long TensorBytes => Count * (Binding.TensorType.Bits() / 8);

    /// <summary>Before a run, with the shapes of all inputs set.</summary>
    /// <param name="planned">The value to be written; null if no buffer was planned.</param>
    public void Bind(OrtValue? planned)
    {
        if (IsDataDependent) return;
        bool isDirect = planned is not null && !Binding.TakesHostValue;
        if (isDirect && ReferenceEquals(planned, _bound)) return;
        _shape = [.. _context.GetShape(Binding.Name)
            ?? throw new EnvironmentException(TensorRtCodes.EngineRunFailed, Binding.Name, "the engine does not know its shape")];
        if (planned is not null) CheckShape(planned);
        nint address = Binding.IsOnHost ? _staging.Of(TensorBytes)
            : isDirect && Count > 0 ? OrtValues.AddressOf(planned!)
            : _onDevice.Of(TensorBytes);
        _context.SetAddress(Binding.Name, address);
        _bound = isDirect ? planned : null;
    }

    /// <summary>
    /// After the engine was enqueued: starts the copy of values that the host converts, and of values that are not in the planned
    /// buffer yet.
    /// </summary>
    public void Fetch(OrtValue? planned)
    {
        if (IsDataDependent && planned is not null) CheckShape(planned);
        if (Binding.IsOnHost || Count == 0) return;
        if (Binding.TakesHostValue) _stream.Copy(_onDevice.Of(TensorBytes), _staging.Of(TensorBytes), TensorBytes);
        else if (IsDataDependent && planned is not null) _stream.Copy(_onDevice.Of(TensorBytes), OrtValues.AddressOf(planned), TensorBytes);
    }

    /// <summary>After the run: the value, either the planned one or a new one.</summary>
    public OrtValue Take(OrtValue? planned)
    {
        if (!Binding.TakesHostValue)
            return planned
                ?? OrtValue.CreateTensorValueWithData(
                    _stream.MemoryInfo, (TensorElementType)Binding.Type, _shape, _onDevice.Of(TensorBytes), TensorBytes);
        OrtValue value = planned
            ?? OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)Binding.Type, _shape);
        if (Count > 0) Narrowing.Widen(Binding.Type, Binding.TensorType, _staging.Of(TensorBytes), OrtValues.AddressOf(value), Count);
        return value;
    }

    private void CheckShape(OrtValue planned)
    {
        long[] declared = planned.GetTensorTypeAndShape().Shape;
        if (!declared.AsSpan().SequenceEqual(_shape))
            throw new DeclaredShapeException(TensorRtCodes.EngineRunFailed, Binding.Name, declared, "the engine", _shape);
    }

    public nint Allocate(string tensor, ulong bytes, ulong alignment, nint stream) => _onDevice.Of((long)bytes);

    public void NotifyShape(string tensor, IReadOnlyList<long> shape) => _shape = [.. shape];

    public void Dispose()
    {
        _onDevice.Dispose();
        _staging.Dispose();
    }
}
