using GraphPartition.Cuda;
using GraphPartition.ExecutionProvider.Devices;
using GraphPartition.ExecutionProvider.Graphs;

namespace GraphPartition.ExecutionProvider.Running;

/// <summary>
/// A group as an inner session on the GPU on which its inputs and results lie: none of them goes through the host. The session has a
/// stream of its own, so the stream of the node is waited for; the session waits for its own stream when it ends a run.
/// </summary>
/// <param name="ort">The host.</param>
/// <param name="session">The session; this object disposes it.</param>
/// <param name="gpu">The GPU.</param>
internal sealed unsafe class BoundSession(OrtHost ort, InnerSession session, Gpu gpu) : IGroupRunner
{
    /// <inheritdoc/>
    public void Run(nint context)
    {
        var call = new KernelCall(ort, context);
        CudaStream stream = gpu.Stream(call.Stream);
        stream.Synchronize();
        nint binding = ort.Get(ApiSlot.CreateIoBinding, session.Handle);
        try
        {
            for (int i = 0; i < session.InputCount; i++) ort.Call(ApiSlot.BindInput, binding, session.Input(i), call.Input(i));
            for (int i = 0; i < session.Sizes.Length; i++)
                if (session.Sizes[i] is { } sizes) ort.Call(ApiSlot.BindOutput, binding, session.Output(i), call.Output(i, sizes.AsSpan()));
                else ort.Call(ApiSlot.BindOutputToDevice, binding, session.Output(i), gpu.Memory);
            ort.Call(ApiSlot.RunWithBinding, session.Handle, 0, binding);
            if (session.Sizes.Contains(null)) HandOver(call, stream, binding);
        }
        finally
        {
            ort.Release(ApiSlot.ReleaseIoBinding, binding);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();

    /// <summary>Copies the results whose sizes only the run told into outputs of the node.</summary>
    private void HandOver(KernelCall call, CudaStream stream, nint binding)
    {
        nint allocator = ort.Create(ApiSlot.GetAllocatorWithDefaultOptions);
        nint* values;
        nuint count;
        ort.Check(((delegate* unmanaged[Cdecl]<nint, nint, nint**, nuint*, nint>)ort[ApiSlot.GetBoundOutputValues])(
            binding, allocator, &values, &count), nameof(ApiSlot.GetBoundOutputValues));
        try
        {
            for (int i = 0; i < (int)count; i++)
            {
                if (session.Sizes[i] is not null) continue;
                HostTensor from = HostTensor.Of(ort, values[i]);
                nint to = call.Output(i, from.Dims.AsSpan());
                if (from.ByteCount > 0) stream.Copy(from.Data, ort.Get(ApiSlot.GetTensorMutableData, to), from.ByteCount);
            }
            stream.Synchronize();
        }
        finally
        {
            for (nuint i = 0; i < count; i++) ort.Release(ApiSlot.ReleaseValue, values[i]);
            nint status = ((delegate* unmanaged[Cdecl]<nint, nint*, nint>)ort[ApiSlot.AllocatorFree])(allocator, values);
            ort.Release(ApiSlot.ReleaseStatus, status); // the results are there all the same
        }
    }
}
