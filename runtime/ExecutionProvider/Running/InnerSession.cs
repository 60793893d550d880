using System.Globalization;
using System.Runtime.InteropServices;
using GraphPartition.Cuda;
using GraphPartition.ExecutionProvider.Graphs;
using GraphPartition.ExecutionProvider.Options;

namespace GraphPartition.ExecutionProvider.Running;

/// <summary>
/// A group as a session of the same ONNX Runtime, through its function table. Here its tensors lie in the host's memory. Inputs are passed
/// on as they are. An output whose sizes are known before the run is written in place; another one is copied once, because only the run
/// tells its size.
/// </summary>
internal sealed unsafe class InnerSession : IGroupRunner
{
    private const int Warning = 2; // OrtLoggingLevel

    private readonly OrtHost _ort;
    private readonly Utf8Texts _inputs, _outputs;

    /// <summary>Creates the session.</summary>
    /// <param name="host">The host and its environment.</param>
    /// <param name="model">The group as an ONNX model.</param>
    /// <param name="weights">The weights that the model refers to. They must stay until the session is created, which takes over what
    /// it needs.</param>
    /// <param name="border">The inputs and outputs of the node that takes the group's place, and their names in the model.</param>
    /// <param name="options">The options.</param>
    /// <param name="isOnly">Whether the session has no other group: then its threads may spin between runs.</param>
    /// <param name="stream">The stream that all of its work is enqueued on, so that it can be recorded: a model with nodes for the processor is
    /// refused. Null: it has streams of its own, and may use the processor.</param>
    /// <exception cref="OrtException">ONNX Runtime refuses the model.</exception>
    public InnerSession(HostEnvironment host, ReadOnlyMemory<byte> model, IReadOnlyList<(string Name, HostTensor Tensor)> weights,
        GroupBorder border, ProviderOptions options, bool isOnly, CudaStream? stream = null)
    {
        _ort = host.Ort;
        Sizes = border.Sizes;
        InputCount = border.Inputs.Length;
        _inputs = new(border.Inputs);
        _outputs = new(border.Outputs);
        nint settings = _ort.Create(ApiSlot.CreateSessionOptions);
        try
        {
            Configure(settings, options, isOnly, stream);
            using BorrowedTensors values = new(_ort, [.. weights.Select(w => w.Tensor)]);
            Refer(settings, [.. weights.Select(w => w.Name)], values.Values);
            using var pin = model.Pin();
            nint session;
            _ort.Check(((delegate* unmanaged[Cdecl]<nint, void*, nuint, nint, nint*, nint>)_ort[ApiSlot.CreateSessionFromArray])(
                host.Environment, pin.Pointer, (nuint)model.Length, settings, &session), nameof(ApiSlot.CreateSessionFromArray));
            Handle = session;
        }
        catch
        {
            Dispose();
            throw;
        }
        finally
        {
            _ort.Release(ApiSlot.ReleaseSessionOptions, settings);
        }
    }

    /// <summary>The OrtSession.</summary>
    public nint Handle { get; private set; }

    /// <summary>The number of inputs.</summary>
    public int InputCount { get; }

    /// <summary>The sizes of each output; null where only a run tells them.</summary>
    public ImmutableArray<ImmutableArray<long>?> Sizes { get; }

    /// <summary>The name of an input as a string of C.</summary>
    public nint Input(int place) => _inputs.Pointer[place];

    /// <summary>The name of an output as a string of C.</summary>
    public nint Output(int place) => _outputs.Pointer[place];

    /// <inheritdoc/>
    public void Run(nint context)
    {
        var call = new KernelCall(_ort, context);
        nint* inputs = stackalloc nint[InputCount], outputs = stackalloc nint[Sizes.Length];
        for (int i = 0; i < InputCount; i++) inputs[i] = call.Input(i);
        for (int i = 0; i < Sizes.Length; i++) outputs[i] = Sizes[i] is { } sizes ? call.Output(i, sizes.AsSpan()) : 0;
        _ort.Check(((delegate* unmanaged[Cdecl]<nint, nint, nint*, nint*, nuint, nint*, nuint, nint*, nint>)_ort[ApiSlot.Run])(
            Handle, 0, _inputs.Pointer, inputs, (nuint)InputCount, _outputs.Pointer, (nuint)Sizes.Length, outputs),
            nameof(ApiSlot.Run));
        for (int i = 0; i < Sizes.Length; i++)
            if (Sizes[i] is null) HandOver(call, i, outputs[i]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ort.Release(ApiSlot.ReleaseSession, Handle);
        Handle = 0;
        _inputs.Dispose();
        _outputs.Dispose();
    }

    private void Configure(nint settings, ProviderOptions options, bool isOnly, CudaStream? stream)
    {
        _ort.Set(ApiSlot.SetSessionLogSeverityLevel, settings, Warning);
        _ort.Set(ApiSlot.SetSessionGraphOptimizationLevel, settings, (int)options.Optimization);
        if (options.Threads > 0) _ort.Set(ApiSlot.SetIntraOpNumThreads, settings, options.Threads);
        if (!isOnly) AddEntry(settings, "session.intra_op.allow_spinning", "0"); // threads of one group would take time from the next
        if (stream is not null) AddEntry(settings, "session.disable_cpu_ep_fallback", "1"); // copies to the host could not be repeated
        if (options.Provider == InnerProvider.Cuda) UseCuda(settings, options.Device, stream);
    }

    /// <summary>Adds the CUDA provider. It has a call of its own: the one that takes names does not know it.</summary>
    private void UseCuda(nint settings, int device, CudaStream? stream)
    {
        nint cuda = _ort.Create(ApiSlot.CreateCUDAProviderOptions);
        (string Key, string Value)[] pairs = [("device_id", device.ToString(CultureInfo.InvariantCulture))];
        if (stream is not null)
            pairs = [.. pairs, ("has_user_compute_stream", "1"), ("user_compute_stream", stream.Pointer.ToString(CultureInfo.InvariantCulture))];
        using Utf8Texts keys = new([.. pairs.Select(p => p.Key)]), values = new([.. pairs.Select(p => p.Value)]);
        try
        {
            _ort.Check(((delegate* unmanaged[Cdecl]<nint, nint*, nint*, nuint, nint>)_ort[ApiSlot.UpdateCUDAProviderOptions])(
                cuda, keys.Pointer, values.Pointer, (nuint)pairs.Length), nameof(ApiSlot.UpdateCUDAProviderOptions));
            _ort.Check(((delegate* unmanaged[Cdecl]<nint, nint, nint>)_ort[ApiSlot.SessionOptionsAppendExecutionProvider_CUDA_V2])(
                settings, cuda), nameof(ApiSlot.SessionOptionsAppendExecutionProvider_CUDA_V2));
        }
        finally
        {
            _ort.Release(ApiSlot.ReleaseCUDAProviderOptions, cuda);
        }
    }

    /// <summary>Gives the session the weights that its model only refers to.</summary>
    private void Refer(nint settings, string[] weights, nint[] values)
    {
        if (weights.Length == 0) return;
        using var names = new Utf8Texts(weights);
        fixed (nint* first = values)
            _ort.Check(((delegate* unmanaged[Cdecl]<nint, nint*, nint*, nuint, nint>)_ort[ApiSlot.AddExternalInitializers])(
                settings, names.Pointer, first, (nuint)values.Length), nameof(ApiSlot.AddExternalInitializers));
    }

    private void AddEntry(nint settings, string key, string value)
    {
        using Utf8Text name = new(key), text = new(value);
        _ort.Call(ApiSlot.AddSessionConfigEntry, settings, name.Pointer, text.Pointer);
    }

    private void HandOver(KernelCall call, int place, nint result)
    {
        try
        {
            HostTensor from = HostTensor.Of(_ort, result);
            nint to = call.Output(place, from.Dims.AsSpan());
            if (from.ByteCount > 0)
                NativeMemory.Copy((void*)from.Data, (void*)_ort.Get(ApiSlot.GetTensorMutableData, to), (nuint)from.ByteCount);
        }
        finally
        {
            _ort.Release(ApiSlot.ReleaseValue, result);
        }
    }
}
