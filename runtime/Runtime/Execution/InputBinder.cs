using GraphPartition.Ir.Tensors;
using GraphPartition.Runtime.Memory;

namespace GraphPartition.Runtime.Execution;

/// <summary>
/// The inputs of a runner, in the order of the graph: checks them, reads their shapes and addresses, and uploads them (pageable host memory
/// to pinned memory to device). An object of an earlier run is not inspected again, since the type, shape and address of an OrtValue never
/// change.
/// </summary>
internal sealed class InputBinder : IDisposable
{
    private readonly ExecutionPlan _plan;
    private readonly StepPlacement _boundary;
    private readonly OrtValue?[] _defaults;
    private readonly Input[] _inputs, _previous; // those before the last: a loop alternates
    private bool _isChecked;

    /// <summary>The inputs of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="boundary">Where the caller's inputs are.</param>
    public InputBinder(ExecutionPlan plan, StepPlacement boundary)
    {
        int count = plan.Graph.Inputs.Length;
        (_plan, _boundary) = (plan, boundary);
        (_inputs, _previous, _defaults) = (new Input[count], new Input[count], new OrtValue?[count]);
        (Values, Shapes) = (new OrtValue?[count], new long[]?[count]);
    }

    /// <summary>The values: the caller's, or the graph's defaults; null for an empty optional.</summary>
    public OrtValue?[] Values { get; }

    /// <summary>The dimensions of tensors; null for other values.</summary>
    public long[]?[] Shapes { get; }

    private Graph Graph => _plan.Graph;

    /// <summary>Sets one value for each input.</summary>
    /// <returns>Whether any is another object than last time.</returns>
    public bool Set(ReadOnlySpan<OrtValue?> values)
    {
        bool isChanged = !_isChecked;
        for (int i = 0; i < _inputs.Length; i++)
        {
            if (_isChecked && ReferenceEquals(Values[i], values[i])) continue;
            Input last = _inputs[i];
            Set(i, _isChecked && ReferenceEquals(_previous[i].Value, values[i]) ? _previous[i] : Inspect(values[i]));
            _previous[i] = last;
            isChanged = true;
        }
        _isChecked = true;
        return isChanged;
    }

    /// <summary>Sets values by name.</summary>
    /// <returns>Whether any is another object than last time.</returns>
    /// <exception cref="ModelException">Inputs do not fit (GP5004); all of them are listed.</exception>
    public bool Set(IReadOnlyDictionary<string, OrtValue> inputs)
    {
        bool isChanged = !_isChecked;
        int known = 0;
        for (int i = 0; i < _inputs.Length; i++)
        {
            if (inputs.TryGetValue(Graph.Inputs[i].Name, out OrtValue? value)) known++;
            else value = Default(i);
            if (value is null || !ReferenceEquals(Values[i], value)) isChanged = true;
        }
        if (!isChanged && known == inputs.Count) return false;
        _isChecked = false;
        InputChecker.Check(Graph, inputs);
        for (int i = 0; i < _inputs.Length; i++)
            Set(i, Inspect(inputs.TryGetValue(Graph.Inputs[i].Name, out OrtValue? value) ? value : Default(i)));
        return _isChecked = true;
    }

    /// <summary>Copies inputs to pinned memory, except those that are uploaded in pieces.</summary>
    public void Stage(BoundRun run, DeviceStream? stream)
    {
        for (int i = 0; i < _inputs.Length; i++)
        {
            int slot = _plan.InputSlots[i];
            if (_boundary.Inputs[i] == MemoryPlace.Device || run.Memory.BufferOf(MemoryPlace.Host, slot) is not { Bytes: > 0 } buffer
                || run.Memory.IsUploadedInPieces(slot)) continue;
            MemoryPlace from = _inputs[i].IsOnDevice ? MemoryPlace.Device : MemoryPlace.Host;
            MemoryBlock.Copy(_inputs[i].Address, from, run.AddressOf(MemoryPlace.Host, slot), MemoryPlace.Host, buffer.Bytes, stream);
            if (from == MemoryPlace.Device) stream!.Synchronize();
        }
    }

    /// <summary>Uploads a large input.</summary>
    public void Upload(BoundRun run, int slot, DeviceStream stream)
    {
        Input input = _inputs[_plan.InputSlots.IndexOf(slot)];
        long bytes = run.Memory.BufferOf(MemoryPlace.Host, slot)!.Bytes;
        nint host = run.AddressOf(MemoryPlace.Host, slot), device = run.AddressOf(MemoryPlace.Device, slot);
        if (!input.IsOnDevice)
        {
            UploadInPieces(input.Address, host, device, bytes, stream);
            return;
        }
        stream.Copy(input.Address, device, bytes);
        stream.Copy(input.Address, host, bytes);
        stream.Synchronize();
    }

    /// <summary>
    /// Copies host memory to the device through pinned memory, in pieces: while the device copies one piece, the host copies the next. The
    /// host takes part, so this cannot be recorded.
    /// </summary>
    /// <param name="from">Any host memory; it may be freed as soon as this returns.</param>
    /// <param name="pinned">Pinned memory; it must stay until the stream was synchronized.</param>
    /// <param name="device">Device memory.</param>
    /// <param name="bytes">The size.</param>
    /// <param name="stream">The device.</param>
    public static void UploadInPieces(nint from, nint pinned, nint device, long bytes, DeviceStream stream)
    {
        for (long done = 0; done < bytes; done += MemoryPlan.UploadPiece)
        {
            long size = Math.Min(MemoryPlan.UploadPiece, bytes - done);
            nint at = (nint)done;
            MemoryBlock.Copy(from + at, MemoryPlace.Host, pinned + at, MemoryPlace.Host, size, stream);
            stream.Copy(pinned + at, device + at, size);
        }
    }

    public void Dispose()
    {
        foreach (OrtValue? value in _defaults) value?.Dispose();
    }

    private OrtValue? Default(int input) =>
        Graph.Defaults.TryGetValue(Graph.Inputs[input], out TensorData? data) ? _defaults[input] ??= OrtValues.ToOrt(data) : null;

    private void Set(int index, Input input) => (_inputs[index], Values[index], Shapes[index]) = (input, input.Value, input.Shape);

    private static Input Inspect(OrtValue? value)
    {
        if (value is not { IsTensor: true }) return new(value, null, 0, false);
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        if (info.IsString) return new(value, info.Shape, 0, false);
        using OrtMemoryInfo memory = value.GetTensorMemoryInfo();
        return new(value, info.Shape, info.ElementCount > 0 ? OrtValues.AddressOf(value) : 0,
            memory.Name.Equals("Cuda", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>An input.</summary>
    /// <param name="Value">The value; null for an empty optional.</param>
    /// <param name="Shape">The dimensions of a tensor; null for other values.</param>
    /// <param name="Address">The address of a tensor's bytes; 0 if there is none.</param>
    /// <param name="IsOnDevice">Whether the bytes are in device memory.</param>
    private readonly record struct Input(OrtValue? Value, long[]? Shape, nint Address, bool IsOnDevice);
}
