namespace GraphPartition.ExecutionProvider.Abi;

/// <summary>One call of a node (OrtKernelContext): its inputs, and its outputs, which it creates.</summary>
/// <param name="ort">The host.</param>
/// <param name="context">The OrtKernelContext.</param>
internal readonly unsafe ref struct KernelCall(OrtHost ort, nint context)
{
    /// <summary>The stream of the device that the node's work belongs to (CUstream); null where ONNX Runtime has none.</summary>
    public nint Stream => ort.Get(ApiSlot.KernelContext_GetGPUComputeStream, context);

    /// <summary>The OrtValue of an input.</summary>
    public nint Input(int place)
    {
        nint value;
        ort.Check(((delegate* unmanaged[Cdecl]<nint, nuint, nint*, nint>)ort[ApiSlot.KernelContext_GetInput])(
            context, (nuint)place, &value), nameof(ApiSlot.KernelContext_GetInput));
        return value;
    }

    /// <summary>The OrtValue of an output. ONNX Runtime allocates it, where the provider keeps its tensors.</summary>
    public nint Output(int place, ReadOnlySpan<long> sizes)
    {
        nint value;
        fixed (long* first = sizes)
            ort.Check(((delegate* unmanaged[Cdecl]<nint, nuint, long*, nuint, nint*, nint>)ort[ApiSlot.KernelContext_GetOutput])(
                context, (nuint)place, first, (nuint)sizes.Length, &value), nameof(ApiSlot.KernelContext_GetOutput));
        return value;
    }
}
