using System.Collections.Immutable;
using GraphPartition.Ir;

namespace GraphPartition.Compiler.Operators;

/// <summary>Reads the numbers of small constant tensors.</summary>
internal static class ConstantNumbers
{
    /// <summary>The elements of a small constant of integers, or of floats that are all whole; else null.</summary>
    public static ImmutableArray<Dim>? Elements(TensorData data)
    {
        if (data.ElementCount > BuildScope.MaxElements) return null;
        if (data.ToIntegers(BuildScope.MaxElements) is { } numbers) return [.. numbers.Select(DimMath.Of)];
        if (Floats(data) is not { } floats) return null;
        foreach (double f in floats)
            if (f != Math.Floor(f) || Math.Abs(f) > 1L << 52) return null;
        return [.. floats.Select(f => DimMath.Of((long)f))];
    }

    /// <summary>The elements of a small constant of floats, else null.</summary>
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
