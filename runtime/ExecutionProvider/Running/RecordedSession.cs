using GraphPartition.Cuda;
using GraphPartition.ExecutionProvider.Devices;
using GraphPartition.ExecutionProvider.Graphs;

namespace GraphPartition.ExecutionProvider.Running;

/// <summary>
/// A group as an inner session. Its second run records the work on the GPU as a CUDA graph, and later runs launch this graph on the stream
/// of the node. So the host starts one piece of work, and not each kernel. A graph always uses the same addresses. Therefore inputs are
/// copied into memory of this object, and results are copied out of it. There is only one such memory, so runs take turns.
/// </summary>
internal sealed class RecordedSession : IGroupRunner
{
    private readonly OrtHost _ort;
    private readonly Gpu _gpu;
    private readonly CudaStream _stream; // of the session; what is enqueued there can be recorded
    private readonly CudaEvent _end; // of the last run: the next one may have another stream, and it writes the same memory
    private readonly InnerSession _session;
    private readonly BoundSession _plain;
    private readonly RunOptions _enqueues;
    private readonly Action<string> _report;
    private readonly Lock _turn = new();
    private FixedTensors? _inputs, _outputs; // with the shapes of the first run
    private nint _binding;
    private CudaGraph? _recording;
    private bool _isWarm, _isOff, _isRefused;

    /// <summary>Prepares a group whose work never waits for the GPU.</summary>
    /// <param name="ort">The host.</param>
    /// <param name="gpu">The GPU.</param>
    /// <param name="create">Creates the session on a stream. This object disposes the session.</param>
    /// <param name="report">Receives the reason where the work cannot be recorded all the same.</param>
    public RecordedSession(OrtHost ort, Gpu gpu, Func<CudaStream, InnerSession> create, Action<string> report)
    {
        (_ort, _gpu, _report) = (ort, gpu, report);
        _stream = CudaStream.Create(gpu.Device);
        _end = CudaEvent.Create(gpu.Device);
        try
        {
            _session = create(_stream);
        }
        catch
        {
            _end.Dispose();
            _stream.Dispose();
            throw;
        }
        _plain = new(ort, _session, gpu);
        _enqueues = new(ort, ("disable_synchronize_execution_providers", "1"));
    }

    /// <inheritdoc/>
    public void Run(nint context)
    {
        lock (_turn)
            if (_isOff || !TryRun(new KernelCall(_ort, context))) RunPlain(context);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Stop();
        }
        catch (CudaException) { } // the device is lost; its memory went with it
        _ort.Release(ApiSlot.ReleaseIoBinding, _binding);
        _inputs?.Dispose();
        _outputs?.Dispose();
        _plain.Dispose();
        _enqueues.Dispose();
        _end.Dispose();
        _stream.Dispose();
    }

    private bool TryRun(KernelCall call)
    {
        HostTensor[] inputs = new HostTensor[_session.InputCount];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = HostTensor.Of(_ort, call.Input(i));
        if (_binding == 0) Bind(call, inputs);
        if (!_inputs!.Fit(inputs))
        {
            Stop(); // ONNX Runtime keeps cuDNN's plan for the last shape only: the recording is void
            return false;
        }
        if (_isWarm && _recording is null && !TryRecord()) return false;
        CudaStream stream = _gpu.Stream(call.Stream);
        stream.Wait(_end);
        for (int i = 0; i < inputs.Length; i++)
            if (inputs[i].ByteCount > 0) stream.Copy(inputs[i].Data, _inputs.Tensors[i].Data, inputs[i].ByteCount);
        if (_recording is { } recording) recording.Launch(stream);
        else
        {
            stream.Synchronize();
            _ort.Call(ApiSlot.RunWithBinding, _session.Handle, 0, _binding); // allocates, and chooses kernels
            _isWarm = true;
        }
        for (int i = 0; i < _session.Sizes.Length; i++)
        {
            HostTensor from = _outputs!.Tensors[i];
            nint to = call.Output(i, from.Dims.AsSpan());
            if (from.ByteCount > 0) stream.Copy(from.Data, _ort.Get(ApiSlot.GetTensorMutableData, to), from.ByteCount);
        }
        _end.Record(stream);
        if (call.Stream == 0) stream.Synchronize(); // the stream is ours, so ONNX Runtime does not wait for it
        return true;
    }

    /// <summary>
    /// Runs without the recording. CUDA keeps the error of a refused recording, and the next kernel reports it as its own: then the run is
    /// repeated once.
    /// </summary>
    private void RunPlain(nint context)
    {
        bool mayFail = _isRefused;
        _isRefused = false;
        try
        {
            _plain.Run(context);
        }
        catch (OrtException) when (mayFail)
        {
            _plain.Run(context);
        }
    }

    private bool TryRecord()
    {
        string? reason;
        try
        {
            _recording = _stream.Capture(
                () => _ort.Call(ApiSlot.RunWithBinding, _session.Handle, _enqueues.Handle, _binding), stays: _ => false, out reason);
        }
        catch (Exception e) when (e is OrtException or CudaException)
        {
            reason = e.Message;
        }
        if (reason is null) return true;
        Stop();
        _isRefused = true;
        _report(reason);
        return false;
    }

    private void Stop()
    {
        _end.Synchronize();
        _isOff = true;
        _recording?.Dispose();
        _recording = null;
    }

    private void Bind(KernelCall call, HostTensor[] inputs)
    {
        HostTensor[] outputs = new HostTensor[_session.Sizes.Length];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = HostTensor.Of(_ort, call.Output(i, _session.Sizes[i]!.Value.AsSpan()));
        _inputs ??= new(_ort, _gpu, inputs);
        _outputs ??= new(_ort, _gpu, outputs);
        nint binding = _ort.Get(ApiSlot.CreateIoBinding, _session.Handle);
        for (int i = 0; i < inputs.Length; i++) _ort.Call(ApiSlot.BindInput, binding, _session.Input(i), _inputs.Values[i]);
        for (int i = 0; i < outputs.Length; i++) _ort.Call(ApiSlot.BindOutput, binding, _session.Output(i), _outputs.Values[i]);
        _binding = binding;
    }
}
