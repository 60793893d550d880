using GraphPartition.ExecutionProvider.Graphs;

namespace GraphPartition.ExecutionProvider.Running;

/// <summary>Tensors over memory that others own, as values of the host.</summary>
internal sealed unsafe class BorrowedTensors : IDisposable
{
    private readonly OrtHost _ort;

    /// <summary>Makes the values.</summary>
    /// <param name="ort">The host.</param>
    /// <param name="tensors">The tensors; their memory must stay until this object is disposed.</param>
    /// <param name="memory">Where they lie (OrtMemoryInfo); null: on the host.</param>
    public BorrowedTensors(OrtHost ort, IReadOnlyList<HostTensor> tensors, nint memory = 0)
    {
        _ort = ort;
        Values = new nint[tensors.Count];
        nint own = 0;
        if (memory == 0)
            ort.Check(((delegate* unmanaged[Cdecl]<int, int, nint*, nint>)ort[ApiSlot.CreateCpuMemoryInfo])(0, 0, &own),
                nameof(ApiSlot.CreateCpuMemoryInfo));
        try
        {
            for (int i = 0; i < Values.Length; i++) Values[i] = Make(own == 0 ? memory : own, tensors[i]);
        }
        catch
        {
            Dispose();
            throw;
        }
        finally
        {
            ort.Release(ApiSlot.ReleaseMemoryInfo, own);
        }
    }

    /// <summary>The values (OrtValue).</summary>
    public nint[] Values { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (nint value in Values) _ort.Release(ApiSlot.ReleaseValue, value);
        Array.Clear(Values);
    }

    private nint Make(nint memory, HostTensor tensor)
    {
        nint value;
        fixed (long* dims = tensor.Dims.AsSpan())
            _ort.Check(((delegate* unmanaged[Cdecl]<nint, nint, nuint, long*, nuint, int, nint*, nint>)
                _ort[ApiSlot.CreateTensorWithDataAsOrtValue])(memory, tensor.Data, (nuint)tensor.ByteCount, dims, (nuint)tensor.Dims.Length,
                HostTypes.NumberOf(tensor.Element), &value), nameof(ApiSlot.CreateTensorWithDataAsOrtValue));
        return value;
    }
}
