using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Memory;

/// <summary>
/// Caches type, shape and address of a tensor. ONNX Runtime allocates memory to return them, and they never change for one object.
/// </summary>
internal sealed class TensorInfo
{
    private OrtValue? _of;

    public nint Address { get; private set; }
    public long Bytes { get; private set; }
    public long[] Dims { get; private set; } = [];
    public TensorElementType Element { get; private set; }

    /// <summary>Reads type, shape and address of a tensor of numbers, unless it is the object of the last call.</summary>
    public TensorInfo Of(OrtValue tensor)
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
