using System.Collections.Immutable;
using GraphPartition.Ir;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime;

/// <summary>Tensors between the IR and ONNX Runtime. Element types have the same numbers on both sides (those of ONNX).</summary>
public static class OrtTensors
{
    /// <summary>A new value in host memory with a copy of <paramref name="tensor"/>; the caller disposes it.</summary>
    public static OrtValue ToOrt(TensorData tensor)
    {
        OrtAllocator allocator = OrtAllocator.DefaultInstance;
        long[] dims = [.. tensor.Dims];
        if (tensor is StringTensor strings)
        {
            OrtValue text = OrtValue.CreateTensorWithEmptyStrings(allocator, dims);
            for (int i = 0; i < strings.Values.Length; i++) text.StringTensorSetElementAt(strings.Values[i].Span, i);
            return text;
        }
        OrtValue value = OrtValue.CreateAllocatedTensorValue(allocator, (TensorElementType)tensor.Element, dims);
        tensor.Bytes.Span.CopyTo(value.GetTensorMutableRawData());
        return value;
    }

    /// <summary>A copy of a tensor in host memory.</summary>
    public static TensorData ToTensor(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        ImmutableArray<long> dims = [.. info.Shape];
        if (info.ElementDataType != TensorElementType.String)
            return new MemoryTensor((ElementType)info.ElementDataType, dims, value.GetTensorMutableRawData().ToArray());
        var strings = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        for (int i = 0; i < info.ElementCount; i++) strings.Add(value.GetStringElementAsSpan(i).ToArray());
        return new StringTensor(dims, strings.ToImmutable());
    }
}
