using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Flow;

/// <summary>What ONNX Runtime says of a tensor, asked once for each object: asking allocates, and a value never changes its type, shape or address.</summary>
internal sealed class TensorGlance
{
    private OrtValue? _of;

    public nint Address { get; private set; }

    public long Bytes { get; private set; }

    public long[] Dims { get; private set; } = [];

    public TensorElementType Element { get; private set; }

    /// <summary>The glance at a tensor of numbers.</summary>
    public TensorGlance At(OrtValue tensor)
    {
        if (ReferenceEquals(tensor, _of)) return this;
        OrtTensorTypeAndShapeInfo info = tensor.GetTensorTypeAndShape();
        Dims = info.Shape;
        Element = info.ElementDataType;
        Bytes = tensor.GetTensorSizeInBytes();
        Address = Bytes > 0 ? OrtValues.AddressOf(tensor) : 0;
        _of = tensor;
        return this;
    }
}
