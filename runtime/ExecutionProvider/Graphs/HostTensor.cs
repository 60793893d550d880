using System.Buffers;

namespace GraphPartition.ExecutionProvider.Graphs;

/// <summary>A tensor of ONNX Runtime (OrtValue).</summary>
/// <param name="Element">The element type.</param>
/// <param name="Dims">The dimensions.</param>
/// <param name="Data">The first byte, in memory of the host or of a device.</param>
internal sealed record HostTensor(ElementType Element, ImmutableArray<long> Dims, nint Data)
{
    /// <summary>The number of bytes; strings have none.</summary>
    public long ByteCount => Element == ElementType.String ? 0 : Element.ByteCount(Ir.Tensors.TensorData.CountOf(Dims));

    /// <summary>The bytes of a tensor on the host, which are not copied. A tensor has at most 2 GiB here.</summary>
    public ReadOnlyMemory<byte> Bytes => new NativeBytes(Data, checked((int)ByteCount)).Memory;

    /// <summary>Reads what an OrtValue has.</summary>
    public static HostTensor Of(OrtHost ort, nint value)
    {
        nint info = ort.Get(ApiSlot.GetTensorTypeAndShape, value);
        try
        {
            ElementType element = HostTypes.ElementOf((int)ort.Get(ApiSlot.GetTensorElementType, info));
            nint data = element == ElementType.String ? 0 : ort.Get(ApiSlot.GetTensorMutableData, value);
            return new(element, HostTypes.DimsOf(ort, info), data);
        }
        finally
        {
            ort.Release(ApiSlot.ReleaseTensorTypeAndShapeInfo, info);
        }
    }

    /// <summary>Memory that the host owns.</summary>
    private sealed unsafe class NativeBytes(nint first, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new((void*)first, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)first + elementIndex);

        public override void Unpin() { }

        protected override void Dispose(bool disposing) { }
    }
}
