using GraphPartition.Cuda;
using GraphPartition.ExecutionProvider.Devices;
using GraphPartition.ExecutionProvider.Graphs;
using GraphPartition.Runtime.Engines;
using GraphPartition.TensorRt.Library;
using GraphPartition.TensorRt.Run;

namespace GraphPartition.ExecutionProvider.Running;

/// <summary>A group as a TensorRT engine. Runs take turns: the engine has one context.</summary>
internal sealed unsafe class EngineRunner : IGroupRunner
{
    private readonly OrtHost _ort;
    private readonly TensorRtMachine _machine;
    private readonly TrtEngine _engine;
    private readonly TrtContext _context;
    private readonly CudaStream _stream;
    private readonly Gpu? _gpu;
    private readonly EngineTensorBuffer?[] _inputs; // null where the engine does not use the input
    private readonly EngineTensorBuffer[] _outputs;
    private readonly IGroupRunner? _portable;
    private readonly Lock _turn = new();

    /// <summary>Prepares an engine.</summary>
    /// <param name="ort">The host.</param>
    /// <param name="machine">TensorRT and the device.</param>
    /// <param name="engine">The engine; this object disposes it.</param>
    /// <param name="group">The group, with inputs and outputs in the engine's order.</param>
    /// <param name="border">The inputs and outputs of the node that takes the group's place.</param>
    /// <param name="gpu">The GPU on which the node's tensors lie; null: they lie on the host.</param>
    /// <param name="portable">Runs the group with shapes that the engine does not take; null: such a run is an error.</param>
    public EngineRunner(
        OrtHost ort, TensorRtMachine machine, TrtEngine engine, TrtNode group, GroupBorder border, Gpu? gpu, IGroupRunner? portable)
    {
        _ort = ort;
        _machine = machine;
        _engine = engine;
        _portable = portable;
        _gpu = gpu;
        machine.Device.MakeCurrent();
        _context = engine.CreateContext();
        _stream = CudaStream.Create(machine.Device);
        _inputs = [.. border.Inputs.Select(
            name => EngineBinding.OfInput(engine, group, PlaceOf(group.Segment.Inputs, name)) is { } binding ? Buffer(binding) : null)];
        _outputs = [.. border.Outputs.Select(name => Buffer(EngineBinding.OfOutput(engine, group, PlaceOf(group.Segment.Outputs, name))))];
    }

    /// <inheritdoc/>
    public void Run(nint context)
    {
        lock (_turn)
        {
            if (TryRun(context)) return;
        }
        _portable!.Run(context);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _context.Dispose();
        foreach (EngineTensorBuffer? input in _inputs) input?.Dispose();
        foreach (EngineTensorBuffer output in _outputs) output.Dispose();
        _stream.Dispose();
        _engine.Dispose();
        _portable?.Dispose();
    }

    /// <summary>Runs the engine; false where it does not take the shapes and the portable form does.</summary>
    private bool TryRun(nint context)
    {
        _machine.Device.MakeCurrent();
        var call = new KernelCall(_ort, context);
        CudaStream stream = _gpu is { } gpu && call.Stream is not 0 and var pointer ? gpu.Stream(pointer) : _stream;
        for (int i = 0; i < _inputs.Length; i++)
        {
            if (_inputs[i] is not { } buffer) continue;
            HostTensor tensor = HostTensor.Of(_ort, call.Input(i));
            if (buffer.Binding.WhyNot(tensor.Dims.AsSpan()) is { } reason)
                return _portable is not null ? false : throw ProviderCodes.GroupFails.Error(buffer.Binding.Name, reason);
            buffer.Bind(tensor, stream);
        }
        for (int i = 0; i < _outputs.Length; i++)
        {
            EngineTensorBuffer output = _outputs[i];
            output.ReadShape();
            output.Bind(output.IsInPlace ? AddressOf(call, i) : 0);
        }
        _context.Enqueue(stream.Pointer);
        for (int i = 0; i < _outputs.Length; i++)
        {
            if (_outputs[i].IsInPlace) continue;
            stream.Synchronize(); // only now the sizes are known that depend on data
            _outputs[i].Fetch(AddressOf(call, i), stream);
        }
        stream.Synchronize(); // the next run may have another stream, and the engine has one context
        return true;
    }

    private nint AddressOf(KernelCall call, int place) => _ort.Get(ApiSlot.GetTensorMutableData, call.Output(place, _outputs[place].Shape));

    private EngineTensorBuffer Buffer(EngineBinding binding) => new(binding, _context, _machine.Device, _gpu is not null);

    private static int PlaceOf(ImmutableArray<Value> values, string name)
    {
        for (int i = 0; i < values.Length; i++)
            if (values[i].Name == name) return i;
        throw new InternalCompilerException("engines", $"the group has no '{name}'");
    }
}
