using GraphPartition.Ir.Tensors;

namespace GraphPartition.Runtime.Ort;

/// <summary>Tensors and attributes of narrow floats in float32.</summary>
internal static class WideTensors
{
    /// <summary>The numbers of a tensor of any float type.</summary>
    public static TensorData Of(TensorData tensor)
    {
        var numbers = new float[tensor.ElementCount];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = (float)Numbers.At(tensor.Element, tensor.Bytes.Span, i);
        return TensorData.Of<float>(ElementType.Float32, numbers, tensor.Dims.AsSpan());
    }

    /// <summary>Attributes that name a narrow type, or hold a tensor of one, in float32.</summary>
    /// <param name="attributes">The attributes.</param>
    /// <param name="isNarrow">The types that become float32.</param>
    public static AttributeMap Of(AttributeMap attributes, Func<ElementType, bool> isNarrow)
    {
        AttributeMap all = attributes;
        foreach ((string name, AttributeValue value) in attributes)
            all = (name, value) switch
            {
                ("dtype" or "to" or "output_dtype" or "stash_type" or "softmax_precision", IntAttribute { Value: > 0 and < 64 } type)
                    when isNarrow((ElementType)type.Value) => all.With(name, new IntAttribute((long)ElementType.Float32)),
                (_, TensorAttribute { Value: var tensor }) when isNarrow(tensor.Element) => all.With(name, new TensorAttribute(Of(tensor))),
                _ => all,
            };
        return all;
    }
}
