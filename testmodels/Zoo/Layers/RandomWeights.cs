using System.Runtime.InteropServices;
using System.Text;
using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.TestModels.Layers;

/// <summary>
/// Random tensors that depend on nothing but a seed and their name: a layer added elsewhere changes no weight of this one.
/// All are uniform, not normal, since adding and multiplying give the same bits on every machine and a logarithm does not.
/// </summary>
internal static class RandomWeights
{
    /// <summary>The largest quantized weight.</summary>
    public const int MostQuantized = 63;

    private const float Step = 1f / (1 << 24); // 24 random bits: as many as a float's significand

    /// <summary>A tensor of floats from <paramref name="low"/> to <paramref name="high"/>.</summary>
    public static TensorData Floats(ulong seed, string name, float low, float high, params ReadOnlySpan<long> dims)
    {
        Memory<byte> bytes = Allocate(ElementType.Float32, dims);
        Span<float> floats = MemoryMarshal.Cast<byte, float>(bytes.Span);
        var random = new SplitMix(SeedOf(seed, name));
        float scale = (high - low) * Step;
        for (int i = 0; i < floats.Length; i += 2)
        {
            ulong bits = random.NextBits();
            floats[i] = low + scale * (uint)(bits >> 40);
            if (i + 1 < floats.Length) floats[i + 1] = low + scale * (uint)(bits & 0xFFFFFF);
        }
        return new MemoryTensor(ElementType.Float32, [.. dims], bytes);
    }

    /// <summary>
    /// A tensor of signed bytes from -63 to 63: quantized weights. With more than 7 bits, sums of two products with 8-bit
    /// activations exceed 16 bits, where processors without VNNI saturate and others do not.
    /// </summary>
    public static TensorData SignedBytes(ulong seed, string name, params ReadOnlySpan<long> dims)
    {
        Memory<byte> bytes = Allocate(ElementType.Int8, dims);
        var random = new SplitMix(SeedOf(seed, name));
        foreach (ref byte b in bytes.Span) b = (byte)(sbyte)(random.Next(2 * MostQuantized + 1) - MostQuantized);
        return new MemoryTensor(ElementType.Int8, [.. dims], bytes);
    }

    private static Memory<byte> Allocate(ElementType element, ReadOnlySpan<long> dims) =>
        GC.AllocateUninitializedArray<byte>(checked((int)element.ByteCount(TensorData.CountOf([.. dims]))));

    /// <summary>The seed and the name in one number (FNV-1a).</summary>
    private static ulong SeedOf(ulong seed, string name)
    {
        ulong hash = 0xCBF29CE484222325 ^ seed;
        foreach (byte b in Encoding.UTF8.GetBytes(name)) hash = (hash ^ b) * 0x100000001B3;
        return hash;
    }
}
