using System.Numerics;
using System.Runtime.InteropServices;
using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>Tensors of floats as doubles and back; for types whose arithmetic is that of IEEE 754.</summary>
internal static class RealNumbers
{
    /// <summary>Whether weights of this type can be computed with.</summary>
    public static bool Holds(ElementType type) => type is ElementType.Float32 or ElementType.Float64 or ElementType.Float16;

    /// <summary>The elements; null where there are none to read or they are no floats.</summary>
    public static double[]? Of(TensorData? data)
    {
        if (data is null || !Holds(data.Element) || data.ElementCount > 1 << 28) return null;
        var numbers = new double[data.ElementCount];
        switch (data.Element)
        {
            case ElementType.Float32:
                ReadOnlySpan<float> floats = data.As<float>();
                for (int i = 0; i < numbers.Length; i++) numbers[i] = floats[i];
                break;
            case ElementType.Float64:
                data.As<double>().CopyTo(numbers);
                break;
            default:
                ReadOnlySpan<Half> halves = data.As<Half>();
                for (int i = 0; i < numbers.Length; i++) numbers[i] = (double)halves[i];
                break;
        }
        return numbers;
    }

    /// <summary>A tensor of numbers, rounded to the type.</summary>
    public static TensorData ToTensor(ElementType type, double[] numbers, params ReadOnlySpan<long> dims)
    {
        switch (type)
        {
            case ElementType.Float32:
                var floats = new float[numbers.Length];
                for (int i = 0; i < floats.Length; i++) floats[i] = (float)numbers[i];
                return Owned(type, floats, dims);
            case ElementType.Float64: return Owned(type, numbers, dims);
            default:
                var halves = new Half[numbers.Length];
                for (int i = 0; i < halves.Length; i++) halves[i] = (Half)numbers[i];
                return Owned(type, halves, dims);
        }
    }

    /// <summary>Whether no element is infinite or no number: what a type is too narrow for, or a weight that was spoilt before.</summary>
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

    private static TensorData Owned<T>(ElementType type, T[] numbers, ReadOnlySpan<long> dims) where T : unmanaged => TensorData.Of<T>(type, numbers, dims);
}
