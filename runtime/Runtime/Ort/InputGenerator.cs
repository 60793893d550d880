using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;

namespace GraphPartition.Runtime.Ort;

/// <summary>
/// Generates inputs for a model: the same for the same model, on every machine. Floats are in [-1, 1), integers are 0 or 1 (they are
/// often indices), strings are short words.
/// </summary>
/// <param name="sizes">Sizes of named dimensions. Other open dimensions get 1 if they are the first (the batch), otherwise 16.</param>
public sealed class InputGenerator(IReadOnlyDictionary<string, long> sizes)
{
    /// <summary>A tensor for each input of a graph, by name; inputs with defaults are left out.</summary>
    /// <exception cref="ModelException">An input is not a tensor or has no known element type (GP5004).</exception>
    public IReadOnlyDictionary<string, TensorData> For(Graph graph)
    {
        var random = new Random(20260101);
        var made = new Dictionary<string, TensorData>();
        foreach (Value input in graph.Inputs)
            if (!graph.Defaults.ContainsKey(input)) made.Add(input.Name, Make(input, random));
        return made;
    }

    private TensorData Make(Value input, Random random)
    {
        if (input.Type is not TensorType { Element: not ElementType.Undefined } type)
            throw RuntimeCodes.BadInput.Error(input.Name, $"an input of type {input.Type} cannot be generated; give --test-data");
        long[] dims = [.. (type.Shape?.Dims ?? []).Select(SizeOf)];
        int count = checked((int)TensorData.CountOf([.. dims]));
        if (type.Element == ElementType.String)
            return new StringTensor([.. dims],
                [.. Enumerable.Range(0, count).Select(i => (ReadOnlyMemory<byte>)new[] { (byte)('a' + i % 26) })]);

        var bytes = new byte[type.Element.ByteCount(count)];
        for (int i = 0; i < count; i++) Write(type.Element, bytes, i, random);
        return new MemoryTensor(type.Element, [.. dims], bytes);
    }

    private long SizeOf(Dim dim, int axis) =>
        dim.IsKnown ? dim.Size : dim.Symbol is { } name && sizes.TryGetValue(name, out long size) ? size : axis == 0 ? 1 : 16;

    private static void Write(ElementType element, byte[] bytes, int index, Random random)
    {
        double x = random.NextDouble() * 2 - 1;
        int width = element.Bits() / 8;
        Span<byte> at = bytes.AsSpan(index * width);
        switch (element)
        {
            case ElementType.Float32: BitConverter.TryWriteBytes(at, (float)x); break;
            case ElementType.Float64: BitConverter.TryWriteBytes(at, x); break;
            case ElementType.Float16: BitConverter.TryWriteBytes(at, (Half)x); break;
            case ElementType.BFloat16: BitConverter.TryWriteBytes(at, (ushort)(BitConverter.SingleToUInt32Bits((float)x) >> 16)); break;
            case ElementType.Complex64 or ElementType.Complex128 or ElementType.Undefined or ElementType.String: break; // zeros
            default:
                if (width > 0 && !Numbers.IsFloat(element)) at[0] = (byte)(x < 0 ? 0 : 1); // little-endian 0 or 1 of any width
                break;
        }
    }
}
