using System.Numerics;
using System.Runtime.InteropServices;

namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>Converts tensors of floats to doubles and back, for the types with IEEE 754 arithmetic.</summary>
internal static class RealNumbers
{
    /// <summary>Whether weights of this type can be converted.</summary>
    public static bool Holds(ElementType type) => type is ElementType.Float32 or ElementType.Float64 or ElementType.Float16;

    /// <summary>The elements as doubles.</summary>
    /// <returns>The elements, or null where they cannot be read or are not floats.</returns>
    public static double[]? Of(TensorData? data)
    {
        if (data is null || !Holds(data.Element) || data.ElementCount > 1 << 28) return null;
        return data.Element switch
        {
            ElementType.Float32 => Converted<float, double>(data.As<float>()),
            ElementType.Float64 => data.As<double>().ToArray(),
            _ => Converted<Half, double>(data.As<Half>()),
        };
    }

    /// <summary>A tensor of numbers, rounded to the type.</summary>
    public static TensorData ToTensor(ElementType type, double[] numbers, params ReadOnlySpan<long> dims) => type switch
    {
        ElementType.Float32 => TensorData.Of<float>(type, Converted<double, float>(numbers), dims),
        ElementType.Float64 => TensorData.Of<double>(type, numbers, dims),
        _ => TensorData.Of<Half>(type, Converted<double, Half>(numbers), dims),
    };

    /// <summary>Whether no element is infinite or NaN, as when the type is too narrow or the weight was broken before.</summary>
    public static bool AreFinite(TensorData data) => data.Element switch
    {
        ElementType.Float32 => AreFinite<float>(data),
        ElementType.Float64 => AreFinite<double>(data),
        _ => AreFinite<Half>(data),
    };

    private static bool AreFinite<T>(TensorData data) where T : unmanaged, INumberBase<T>
    {
        foreach (T element in data.As<T>())
            if (!T.IsFinite(element)) return false;
        return true;
    }

    /// <summary>A weight times the scale of each channel.</summary>
    public static TensorData Scaled(TensorData weight, WeightView view, double[] scale)
    {
        byte[] bytes = weight.Bytes.ToArray();
        switch (weight.Element)
        {
            case ElementType.Float32: view.Scale<float>(MemoryMarshal.Cast<byte, float>(bytes.AsSpan()), scale); break;
            case ElementType.Float64: view.Scale<double>(MemoryMarshal.Cast<byte, double>(bytes.AsSpan()), scale); break;
            default: view.Scale<Half>(MemoryMarshal.Cast<byte, Half>(bytes.AsSpan()), scale); break;
        }
        return new MemoryTensor(weight.Element, weight.Dims, bytes);
    }

    private static TTo[] Converted<TFrom, TTo>(ReadOnlySpan<TFrom> from) where TFrom : INumberBase<TFrom> where TTo : INumberBase<TTo>
    {
        var to = new TTo[from.Length];
        for (int i = 0; i < to.Length; i++) to[i] = TTo.CreateTruncating(from[i]);
        return to;
    }
}
