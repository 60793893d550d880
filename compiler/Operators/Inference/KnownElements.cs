using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Inference;

/// <summary>Small tensors of integers that shape arithmetic knows.</summary>
public static class KnownElements
{
    /// <summary>The tensor that a value is in every run.</summary>
    /// <param name="value">A value.</param>
    /// <returns>The tensor; null for a constant, another type, or where an element is not known.</returns>
    public static TensorData? Of(Value value)
    {
        if (value is not { IsConstant: false, Elements: { } elements, Shape: { IsStatic: true } shape }) return null;
        if (value.ElementType is not (ElementType.Int64 or ElementType.Int32) || shape.ElementCount != elements.Length) return null;
        var numbers = new long[elements.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (DimMath.Number(elements[i]) is not { } number) return null;
            numbers[i] = number;
        }
        long[] dims = [.. shape.Dims.Select(d => d.Size)];
        return value.ElementType == ElementType.Int64 ? TensorData.Of<long>(ElementType.Int64, numbers, dims)
            : TensorData.Of<int>(ElementType.Int32, [.. numbers.Select(n => (int)n)], dims);
    }
}
