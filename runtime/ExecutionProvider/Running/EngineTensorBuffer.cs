using GraphPartition.Cuda;
using GraphPartition.ExecutionProvider.Graphs;
using GraphPartition.Runtime.Engines;
using GraphPartition.TensorRt.Run;

namespace GraphPartition.ExecutionProvider.Running;

/// <summary>
/// A tensor of an engine and its memory. Values of the host are copied to the device and back; where the engine has a narrower type, they
/// are converted on the host.
/// </summary>
internal sealed unsafe class EngineTensorBuffer(EngineBinding binding, TrtContext context, CudaStream stream, CudaDevice device)
    : IOutputAllocator, IDisposable
{
    private readonly DeviceBuffer _onDevice = new(device, onHost: false), _staging = new(device, onHost: true);
    private long[] _shape = [];
    private bool _isAllocated; // by the engine, because the size depends on data

    public EngineBinding Binding => binding;

    /// <summary>The sizes after a run.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    private long Count => _shape.Aggregate(1L, (product, size) => product * size);

    private long Bytes => Count * (binding.TensorType.Bits() / 8);

    /// <summary>Sets the value of an input; enqueues its copy.</summary>
    public void Bind(HostTensor value)
    {
        _shape = [.. value.Dims];
        if (binding.IsDynamic) context.SetInputShape(binding.Name, _shape);
        nint from = value.Data;
        if (binding.Converts || binding.IsOnHost)
        {
            from = _staging.Of(Bytes);
            if (binding.Converts) Narrowing.Narrow(binding.Type, value.Data, from, Count);
            else Buffer.MemoryCopy((void*)value.Data, (void*)from, Bytes, Bytes);
        }
        nint address = binding.IsOnHost ? from : _onDevice.Of(Bytes);
        if (!binding.IsOnHost && Count > 0) stream.Copy(from, address, Bytes);
        context.SetAddress(binding.Name, address);
    }

    /// <summary>Prepares an output, with the shapes of all inputs set.</summary>
    public void Bind()
    {
        IReadOnlyList<long>? shape = context.GetShape(binding.Name);
        _isAllocated = shape is null || shape.Contains(-1);
        context.SetOutputAllocator(binding.Name, _isAllocated ? this : null);
        if (_isAllocated) return;
        _shape = [.. shape!];
        context.SetAddress(binding.Name, binding.IsOnHost ? _staging.Of(Bytes) : _onDevice.Of(Bytes));
    }

    /// <summary>After the engine was enqueued and done: copies an output to the host.</summary>
    public void Fetch(nint to)
    {
        if (Count == 0) return;
        if (!binding.IsOnHost) stream.Copy(_onDevice.Of(Bytes), binding.Converts ? _staging.Of(Bytes) : to, Bytes);
        stream.Synchronize();
        if (binding.Converts || binding.IsOnHost) Narrowing.Widen(binding.Type, binding.TensorType, _staging.Of(Bytes), to, Count);
    }

    public nint Allocate(string tensor, ulong bytes, ulong alignment, nint stream) => _onDevice.Of((long)bytes);

    public void NotifyShape(string tensor, IReadOnlyList<long> shape) => _shape = [.. shape];

    public void Dispose()
    {
        _onDevice.Dispose();
        _staging.Dispose();
    }
}
