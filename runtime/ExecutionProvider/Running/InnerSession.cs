using System.Runtime.InteropServices;
using GraphPartition.ExecutionProvider.Graphs;
using GraphPartition.ExecutionProvider.Options;

namespace GraphPartition.ExecutionProvider.Running;

/// <summary>
/// A group as a session of the same ONNX Runtime, through its function table. Inputs are passed on as they are. An output whose sizes are
/// known before the run is written in place; another one is copied once, because only the run tells its size.
/// </summary>
internal sealed unsafe class InnerSession : IGroupRunner
{
    private const int Warning = 2; // OrtLoggingLevel

    private readonly OrtHost _ort;
    private readonly Utf8Texts _inputs, _outputs;
    private readonly int _inputCount;
    private readonly ImmutableArray<long>?[] _sizes; // of each output; null where only a run tells them
    private nint _session;

    /// <summary>Creates the session.</summary>
    /// <param name="host">The host and its environment.</param>
    /// <param name="model">The group as an ONNX model.</param>
    /// <param name="weights">The weights that the model refers to. They must stay until the session is created, which takes over what
    /// it needs.</param>
    /// <param name="border">The inputs and outputs of the node that takes the group's place, and their names in the model.</param>
    /// <param name="options">The options.</param>
    /// <param name="isOnly">Whether the session has no other group: then its threads may spin between runs.</param>
    /// <exception cref="OrtException">ONNX Runtime refuses the model.</exception>
    public InnerSession(HostEnvironment host, ReadOnlyMemory<byte> model, IReadOnlyList<(string Name, HostTensor Tensor)> weights,
        GroupBorder border, ProviderOptions options, bool isOnly)
    {
        _ort = host.Ort;
        _sizes = [.. border.Sizes];
        _inputCount = border.Inputs.Length;
        _inputs = new(border.Inputs);
        _outputs = new(border.Outputs);
        nint settings = _ort.Create(ApiSlot.CreateSessionOptions);
        try
        {
            Configure(settings, options, isOnly);
            using BorrowedTensors values = new(_ort, [.. weights.Select(w => w.Tensor)]);
            Refer(settings, [.. weights.Select(w => w.Name)], values.Values);
            using var pin = model.Pin();
            nint session;
            _ort.Check(((delegate* unmanaged[Cdecl]<nint, void*, nuint, nint, nint*, nint>)_ort[ApiSlot.CreateSessionFromArray])(
                host.Environment, pin.Pointer, (nuint)model.Length, settings, &session), nameof(ApiSlot.CreateSessionFromArray));
            _session = session;
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

    /// <inheritdoc/>
    public void Run(nint context)
    {
        nint* inputs = stackalloc nint[_inputCount], outputs = stackalloc nint[_sizes.Length];
        var input = (delegate* unmanaged[Cdecl]<nint, nuint, nint*, nint>)_ort[ApiSlot.KernelContext_GetInput];
        for (int i = 0; i < _inputCount; i++) _ort.Check(input(context, (nuint)i, &inputs[i]), nameof(ApiSlot.KernelContext_GetInput));
        for (int i = 0; i < _sizes.Length; i++) outputs[i] = _sizes[i] is { } sizes ? Output(context, i, sizes.AsSpan()) : 0;
        _ort.Check(((delegate* unmanaged[Cdecl]<nint, nint, nint*, nint*, nuint, nint*, nuint, nint*, nint>)_ort[ApiSlot.Run])(
            _session, 0, _inputs.Pointer, inputs, (nuint)_inputCount, _outputs.Pointer, (nuint)_sizes.Length, outputs),
            nameof(ApiSlot.Run));
        for (int i = 0; i < _sizes.Length; i++)
            if (_sizes[i] is null) HandOver(context, i, outputs[i]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ort.Release(ApiSlot.ReleaseSession, _session);
        _session = 0;
        _inputs.Dispose();
        _outputs.Dispose();
    }

    private void Configure(nint settings, ProviderOptions options, bool isOnly)
    {
        _ort.Set(ApiSlot.SetSessionLogSeverityLevel, settings, Warning);
        _ort.Set(ApiSlot.SetSessionGraphOptimizationLevel, settings, (int)options.Optimization);
        if (options.Threads > 0) _ort.Set(ApiSlot.SetIntraOpNumThreads, settings, options.Threads);
        if (!isOnly) AddEntry(settings, "session.intra_op.allow_spinning", "0"); // threads of one group would take time from the next
        if (options.Provider == InnerProvider.Cuda) UseCuda(settings);
    }

    /// <summary>Adds the CUDA provider. It has a call of its own: the one that takes names does not know it.</summary>
    private void UseCuda(nint settings)
    {
        nint cuda;
        _ort.Check(((delegate* unmanaged[Cdecl]<nint*, nint>)_ort[ApiSlot.CreateCUDAProviderOptions])(&cuda),
            nameof(ApiSlot.CreateCUDAProviderOptions));
        try
        {
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
        _ort.Check(((delegate* unmanaged[Cdecl]<nint, nint, nint, nint>)_ort[ApiSlot.AddSessionConfigEntry])(
            settings, name.Pointer, text.Pointer), nameof(ApiSlot.AddSessionConfigEntry));
    }

    private nint Output(nint context, int place, ReadOnlySpan<long> sizes)
    {
        nint value;
        fixed (long* first = sizes)
            _ort.Check(((delegate* unmanaged[Cdecl]<nint, nuint, long*, nuint, nint*, nint>)_ort[ApiSlot.KernelContext_GetOutput])(
                context, (nuint)place, first, (nuint)sizes.Length, &value), nameof(ApiSlot.KernelContext_GetOutput));
        return value;
    }

    private void HandOver(nint context, int place, nint result)
    {
        try
        {
            HostTensor from = HostTensor.Of(_ort, result);
            nint to = Output(context, place, from.Dims.AsSpan());
            if (from.ByteCount > 0)
                NativeMemory.Copy((void*)from.Data, (void*)_ort.Get(ApiSlot.GetTensorMutableData, to), (nuint)from.ByteCount);
        }
        finally
        {
            _ort.Release(ApiSlot.ReleaseValue, result);
        }
    }
}
