using GraphPartition.Cuda;
using GraphPartition.ExecutionProvider.Graphs;
using GraphPartition.Runtime.Engines;
using GraphPartition.TensorRt.Run;

namespace GraphPartition.ExecutionProvider.Running;

/// <summary>
/// A tensor of an engine and its memory. Where the node's tensors lie on the device, the engine reads and writes them in place; else they
/// are copied. A tensor that the engine has in a narrower type, or wants on the host, is converted or read there.
/// </summary>
/// <param name="binding">The tensor.</param>
/// <param name="context">What runs the engine.</param>
/// <param name="device">The device.</param>
/// <param name="isOnDevice">Whether the node's tensors lie on the device.</param>
internal sealed unsafe class EngineTensorBuffer(EngineBinding binding, TrtContext context, CudaDevice device, bool isOnDevice)
    : IOutputAllocator, IDisposable
{
    private readonly DeviceBuffer _onDevice = new(device, onHost: false);
    private readonly DeviceBuffer _staging = new(device, onHost: true); // in the engine's type
    private readonly DeviceBuffer _wide = new(device, onHost: true); // in the node's type
    private long[] _shape = [];
    private bool _isAllocated; // by the engine, because the size depends on data

    public EngineBinding Binding => binding;

    /// <summary>The sizes after a run.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>Whether the engine writes the output where the node wants it.</summary>
    public bool IsInPlace => isOnDevice && !NeedsHost && !_isAllocated && Count > 0;

    private bool NeedsHost => binding.Converts || binding.IsOnHost;

    private long Count => _shape.Aggregate(1L, (product, size) => product * size);

    private long Bytes => Count * (binding.TensorType.Bits() / 8);

    private long WideBytes => Count * (binding.Type.Bits() / 8);

    /// <summary>Sets the value of an input; enqueues its copy.</summary>
    public void Bind(HostTensor value, CudaStream stream)
    {
        _shape = [.. value.Dims];
        if (binding.IsDynamic) context.SetInputShape(binding.Name, _shape);
        context.SetAddress(binding.Name, isOnDevice && !NeedsHost && Count > 0 ? value.Data : CopyOf(value, stream));
    }

    /// <summary>Reads the sizes of an output, with the shapes of all inputs set.</summary>
    public void ReadShape()
    {
        IReadOnlyList<long>? shape = context.GetShape(binding.Name);
        _isAllocated = shape is null || shape.Contains(-1);
        if (!_isAllocated) _shape = [.. shape!];
    }

    /// <summary>Prepares an output.</summary>
    /// <param name="place">Where the node wants it, if <see cref="IsInPlace"/>.</param>
    public void Bind(nint place)
    {
        context.SetOutputAllocator(binding.Name, _isAllocated ? this : null);
        if (_isAllocated) return;
        context.SetAddress(binding.Name, IsInPlace ? place : binding.IsOnHost ? _staging.Of(Bytes) : _onDevice.Of(Bytes));
    }

    /// <summary>After the engine was enqueued and done: copies an output to where the node wants it.</summary>
    public void Fetch(nint to, CudaStream stream)
    {
        if (Count == 0) return;
        if (!NeedsHost)
        {
            stream.Copy(_onDevice.Of(Bytes), to, Bytes);
            return;
        }
        if (!binding.IsOnHost)
        {
            stream.Copy(_onDevice.Of(Bytes), _staging.Of(Bytes), Bytes);
            stream.Synchronize();
        }
        nint wide = isOnDevice ? _wide.Of(WideBytes) : to;
        Narrowing.Widen(binding.Type, binding.TensorType, _staging.Of(Bytes), wide, Count);
        if (isOnDevice) stream.Copy(wide, to, WideBytes);
    }

    public nint Allocate(string tensor, ulong bytes, ulong alignment, nint stream) => _onDevice.Of((long)bytes);

    public void NotifyShape(string tensor, IReadOnlyList<long> shape) => _shape = [.. shape];

    public void Dispose()
    {
        _onDevice.Dispose();
        _staging.Dispose();
        _wide.Dispose();
    }

    /// <summary>The address of a copy of an input, on the host or on the device, as the engine wants it.</summary>
    private nint CopyOf(HostTensor value, CudaStream stream)
    {
        nint from = value.Data;
        if (NeedsHost)
        {
            if (isOnDevice && Count > 0)
            {
                from = _wide.Of(WideBytes);
                stream.Copy(value.Data, from, WideBytes);
                stream.Synchronize();
            }
            nint staged = _staging.Of(Bytes);
            if (binding.Converts) Narrowing.Narrow(binding.Type, from, staged, Count);
            else Buffer.MemoryCopy((void*)from, (void*)staged, Bytes, Bytes);
            if (binding.IsOnHost) return staged;
            from = staged;
        }
        nint address = _onDevice.Of(Bytes);
        if (Count > 0) stream.Copy(from, address, Bytes);
        return address;
    }
}
