using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GraphPartition.Cuda;
using GraphPartition.ExecutionProvider.Graphs;
using GraphPartition.ExecutionProvider.Options;

namespace GraphPartition.ExecutionProvider.Devices;

/// <summary>
/// The kernels of the nodes that ONNX Runtime inserts where a tensor of a GPU meets a node of the processor (MemcpyFromHost and
/// MemcpyToHost). It takes them from the first provider whose tensors lie on a GPU.
/// </summary>
internal sealed unsafe class CopyKernels : IDisposable
{
    private const int Last = (int)KernelSlot.SetSharedPrePackedWeight;
    private const int HostInput = -2, HostOutput = -1; // OrtMemType: OrtMemTypeCPUInput, OrtMemTypeCPUOutput

    private static readonly ImmutableArray<ElementType> Types = // all but strings: a group has none
        [.. Enum.GetValues<ElementType>().Where(t => t is not (ElementType.Undefined or ElementType.String))];

    private readonly OrtHost _ort;
    private readonly Gpu _gpu;
    private readonly GCHandle _self;

    /// <summary>Makes the registry.</summary>
    public CopyKernels(OrtHost ort, Gpu gpu)
    {
        (_ort, _gpu) = (ort, gpu);
        _self = GCHandle.Alloc(this);
        try
        {
            Registry = ort.Create(EpApiSlot.CreateKernelRegistry);
            Add("MemcpyFromHost", EpApiSlot.KernelDefBuilder_SetInputMemType, HostInput);
            Add("MemcpyToHost", EpApiSlot.KernelDefBuilder_SetOutputMemType, HostOutput);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The OrtKernelRegistry.</summary>
    public nint Registry { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ort.Release(EpApiSlot.ReleaseKernelRegistry, Registry);
        _self.Free();
    }

    private void Add(string op, EpApiSlot setMemory, int memory)
    {
        nint builder = _ort.Create(EpApiSlot.CreateKernelDefBuilder), definition = 0;
        try
        {
            using Utf8Text type = new(op), domain = new(""), provider = new(ProviderIdentity.Name), constraint = new("T");
            Text(EpApiSlot.KernelDefBuilder_SetOperatorType, type);
            Text(EpApiSlot.KernelDefBuilder_SetDomain, domain);
            Text(EpApiSlot.KernelDefBuilder_SetExecutionProvider, provider);
            _ort.Check(((delegate* unmanaged[Cdecl]<nint, int, int, nint>)_ort[EpApiSlot.KernelDefBuilder_SetSinceVersion])(
                builder, 1, int.MaxValue), nameof(EpApiSlot.KernelDefBuilder_SetSinceVersion));
            _ort.Check(((delegate* unmanaged[Cdecl]<nint, nuint, int, nint>)_ort[setMemory])(builder, 0, memory), setMemory.ToString());
            nint[] types = [.. Types.Select(TypeOf).Where(t => t != 0)];
            fixed (nint* first = types)
                _ort.Check(((delegate* unmanaged[Cdecl]<nint, nint, nint*, nuint, nint>)_ort[EpApiSlot.KernelDefBuilder_AddTypeConstraint])(
                    builder, constraint.Pointer, first, (nuint)types.Length), nameof(EpApiSlot.KernelDefBuilder_AddTypeConstraint));
            definition = _ort.Get(EpApiSlot.KernelDefBuilder_Build, builder);
            _ort.Check(((delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint>)_ort[EpApiSlot.KernelRegistry_AddKernel])(
                Registry, definition, (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint*, nint>)&CreateKernel, GCHandle.ToIntPtr(_self)),
                nameof(EpApiSlot.KernelRegistry_AddKernel));
        }
        finally
        {
            _ort.Release(EpApiSlot.ReleaseKernelDef, definition);
            _ort.Release(EpApiSlot.ReleaseKernelDefBuilder, builder);
        }

        void Text(EpApiSlot slot, Utf8Text text) =>
            _ort.Check(((delegate* unmanaged[Cdecl]<nint, nint, nint>)_ort[slot])(builder, text.Pointer), slot.ToString());
    }

    /// <summary>The OrtDataType of an element type; 0 where the host does not have it.</summary>
    private nint TypeOf(ElementType type)
    {
        nint result;
        nint status = ((delegate* unmanaged[Cdecl]<int, nint*, nint>)_ort[EpApiSlot.GetTensorDataType])(HostTypes.NumberOf(type), &result);
        if (status == 0) return result;
        _ort.Release(ApiSlot.ReleaseStatus, status);
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint CreateKernel(nint state, nint info, nint* kernel)
    {
        var kernels = (CopyKernels)GCHandle.FromIntPtr(state).Target!;
        nint* table = CallbackTable.Allocate(kernels._ort.Version, Last, kernels);
        table[(int)KernelSlot.Compute] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint>)&Compute;
        table[(int)KernelSlot.Release] = (nint)(delegate* unmanaged[Cdecl]<nint, void>)&ReleaseKernel;
        *kernel = (nint)table;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Compute(nint self, nint context)
    {
        CopyKernels kernels = CallbackTable.Owner<CopyKernels>(self, Last);
        return Boundary.Guard(kernels._ort, () => kernels.Copy(context));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReleaseKernel(nint self) => CallbackTable.Free(self, Last);

    /// <summary>Copies and waits for the copy: ONNX Runtime may read or reuse the host's memory as soon as this returns.</summary>
    private void Copy(nint context)
    {
        var call = new KernelCall(_ort, context);
        HostTensor from = HostTensor.Of(_ort, call.Input(0));
        nint to = call.Output(0, from.Dims.AsSpan());
        if (from.ByteCount == 0) return;
        CudaStream stream = _gpu.Stream(call.Stream);
        stream.Copy(from.Data, _ort.Get(ApiSlot.GetTensorMutableData, to), from.ByteCount);
        stream.Synchronize();
    }
}
