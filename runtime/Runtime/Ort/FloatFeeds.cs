using GraphPartition.Ir.Tensors;

namespace GraphPartition.Runtime.Ort;

/// <summary>Samples of a model for another form of it, whose inputs have another floating-point type.</summary>
public static class FloatFeeds
{
    /// <summary>A value in the type of an input.</summary>
    /// <param name="wanted">The type of the input.</param>
    /// <param name="value">A value for it.</param>
    /// <returns>A copy that the caller disposes, of the same shape, rounded to nearest; null: the value has the type already, or one of
    /// both is not FP32, FP16 or BF16.</returns>
    public static OrtValue? In(ElementType wanted, OrtValue value)
    {
        if (!IsFloat(wanted) || !value.IsTensor) return null;
        var given = (ElementType)value.GetTensorTypeAndShape().ElementDataType;
        if (given == wanted || !IsFloat(given)) return null;
        TensorData data = OrtValues.ToTensor(value);
        int size = wanted == ElementType.Float32 ? 4 : 2;
        byte[] bytes = new byte[data.ElementCount * size];
        ReadOnlySpan<byte> from = data.Bytes.Span;
        for (int i = 0; i < data.ElementCount; i++)
            Numbers.Scalar(wanted, Numbers.At(given, from, i))!.Bytes.Span.CopyTo(bytes.AsSpan(size * i));
        return OrtValues.ToOrt(new MemoryTensor(wanted, data.Dims, bytes));
    }

    private static bool IsFloat(ElementType type) => type is ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16;
}
