using GraphPartition.Cuda;
using GraphPartition.ExecutionProvider.Devices;
using GraphPartition.ExecutionProvider.Graphs;

namespace GraphPartition.ExecutionProvider.Running;

/// <summary>
/// A group as an inner session whose work on the GPU is recorded in the first run (a CUDA graph) and replayed later, so that the host starts one
/// piece of work instead of one for each kernel. A recording repeats its addresses: inputs are copied into memory of this object, and results
/// out of it. There is one such memory, so runs take turns. ONNX Runtime records once for each thread that runs.
/// </summary>
/// <param name="ort">The host.</param>
/// <param name="session">The session, created so that it may record. This object disposes it.</param>
/// <param name="gpu">The GPU.</param>
internal sealed class RecordedSession(OrtHost ort, InnerSession session, Gpu gpu) : IGroupRunner
{
    private readonly BoundSession _plain = new(ort, session, gpu, records: false);
    private readonly Lock _turn = new();
    private FixedTensors? _inputs, _outputs; // with the shapes of the first run
    private nint _binding;

    /// <inheritdoc/>
    public void Run(nint context)
    {
        lock (_turn)
        {
            var call = new KernelCall(ort, context);
            HostTensor[] inputs = new HostTensor[session.InputCount];
            for (int i = 0; i < inputs.Length; i++) inputs[i] = HostTensor.Of(ort, call.Input(i));
            if (_binding == 0) Prepare(call, inputs);
            if (_inputs!.Fit(inputs)) Replay(call, inputs);
            else _plain.Run(context);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ort.Release(ApiSlot.ReleaseIoBinding, _binding);
        _inputs?.Dispose();
        _outputs?.Dispose();
        _plain.Dispose();
    }

    private void Replay(KernelCall call, HostTensor[] inputs)
    {
        CudaStream stream = gpu.Stream(call.Stream);
        for (int i = 0; i < inputs.Length; i++) Copy(stream, inputs[i].Data, _inputs!.Tensors[i].Data, inputs[i].ByteCount);
        stream.Synchronize(); // the session has a stream of its own
        ort.Call(ApiSlot.RunWithBinding, session.Handle, 0, _binding);
        for (int i = 0; i < session.Sizes.Length; i++)
        {
            HostTensor from = _outputs!.Tensors[i];
            nint to = call.Output(i, from.Dims.AsSpan());
            if (from.ByteCount > 0) Copy(stream, from.Data, ort.Get(ApiSlot.GetTensorMutableData, to), from.ByteCount);
        }
        stream.Synchronize(); // the next run may have another stream, and it writes the same memory
    }

    private void Prepare(KernelCall call, HostTensor[] inputs)
    {
        HostTensor[] outputs = new HostTensor[session.Sizes.Length];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = HostTensor.Of(ort, call.Output(i, session.Sizes[i]!.Value.AsSpan()));
        _inputs = new(ort, gpu, inputs);
        _outputs = new(ort, gpu, outputs);
        _binding = ort.Get(ApiSlot.CreateIoBinding, session.Handle);
        for (int i = 0; i < inputs.Length; i++) ort.Call(ApiSlot.BindInput, _binding, session.Input(i), _inputs.Values[i]);
        for (int i = 0; i < outputs.Length; i++) ort.Call(ApiSlot.BindOutput, _binding, session.Output(i), _outputs.Values[i]);
    }

    private static void Copy(CudaStream stream, nint from, nint to, long bytes)
    {
        if (bytes > 0) stream.Copy(from, to, bytes);
    }
}
