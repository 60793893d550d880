using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Inference;

/// <summary>Reads the numbers of small constant tensors.</summary>
internal static class ConstantNumbers
{
    /// <summary>The elements of a small constant of integers, or of floats that are all whole.</summary>
    /// <returns>The elements, or null for any other constant.</returns>
    public static ImmutableArray<Dim>? Elements(TensorData data)
    {
        if (data.ElementCount > BuildScope.MaxElements) return null;
        if (data.ToIntegers(BuildScope.MaxElements) is { } numbers) return [.. numbers.Select(DimMath.Of)];
        if (Floats(data) is not { } floats) return null;
        foreach (double f in floats)
            if (f != Math.Floor(f) || Math.Abs(f) > 1L << 52) return null;
        return [.. floats.Select(f => DimMath.Of((long)f))];
    }

    /// <summary>
    /// The elements; those that the element type cannot hold exactly become unknown, since the tensor has another number there.
    /// </summary>
    public static ImmutableArray<Dim>? Representable(ImmutableArray<Dim> elements, ElementType type)
    {
        (long least, long most) = Range(type);
        if (most == 0) return null;
        for (int i = 0; i < elements.Length; i++)
            if (DimMath.Number(elements[i]) is { } n && (n < least || n > most)) elements = elements.SetItem(i, Dim.Unknown);
        return elements;
    }

    /// <summary>The whole numbers that a type holds without a gap.</summary>
    private static (long, long) Range(ElementType type) => type switch
    {
        ElementType.Int64 => (long.MinValue, long.MaxValue),
        ElementType.Int32 => (int.MinValue, int.MaxValue),
        ElementType.Int16 => (short.MinValue, short.MaxValue),
        ElementType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        ElementType.UInt64 => (0, long.MaxValue),
        ElementType.UInt32 => (0, uint.MaxValue),
        ElementType.UInt16 => (0, ushort.MaxValue),
        ElementType.UInt8 => (0, byte.MaxValue),
        ElementType.Bool => (0, 1),
        ElementType.Float64 => (-(1L << 53), 1L << 53),
        ElementType.Float32 => (-(1L << 24), 1L << 24),
        ElementType.Float16 => (-(1L << 11), 1L << 11),
        ElementType.BFloat16 => (-(1L << 8), 1L << 8),
        _ => default,
    };

    /// <summary>The elements of a small constant of floats, or null for any other constant.</summary>
    public static double[]? Floats(TensorData? data)
    {
        if (data is null || data.ElementCount > BuildScope.MaxElements) return null;
        var numbers = new double[data.ElementCount];
        switch (data.Element)
        {
            case ElementType.Float32:
                for (int i = 0; i < numbers.Length; i++) numbers[i] = data.As<float>()[i];
                return numbers;
            case ElementType.Float64:
                return data.As<double>().ToArray();
            case ElementType.Float16:
                for (int i = 0; i < numbers.Length; i++) numbers[i] = (double)data.As<Half>()[i];
                return numbers;
            default:
                return null;
        }
    }
}
