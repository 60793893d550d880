using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;

namespace GraphPartition.Runtime.MadeUp;

/// <summary>Makes tensors of random numbers that keep to what their uses demand.</summary>
/// <param name="random">The source of random numbers.</param>
/// <param name="isLeast">Whether integers are the least that their uses allow.</param>
internal sealed class TensorMaker(Random random, bool isLeast)
{
    private const long MostImage = 255;

    /// <summary>Makes a tensor.</summary>
    /// <param name="input">The input.</param>
    /// <param name="dims">Its dimensions.</param>
    /// <param name="demand">What its uses demand.</param>
    /// <param name="fill">A number for all elements; null: they are drawn.</param>
    /// <exception cref="ModelException">It is not a tensor or has no known element type (GP5004).</exception>
    public TensorData Make(Value input, long[] dims, Demand demand, double? fill = null)
    {
        if (input.Type is not TensorType { Element: not ElementType.Undefined and var element })
            throw RuntimeCodes.NotMadeUp.Error(input.Name, $"an input of type {input.Type} cannot be made up");
        int count = checked((int)TensorData.CountOf([.. dims]));
        if (element == ElementType.String)
            return new StringTensor([.. dims],
                [.. Enumerable.Range(0, count).Select(i => (ReadOnlyMemory<byte>)new[] { (byte)('a' + i % 26) })]);
        var bytes = new byte[element.ByteCount(count)];
        if (element.Bits() < 8 || element is ElementType.Complex64 or ElementType.Complex128)
            return new MemoryTensor(element, [.. dims], bytes); // zeros
        int width = element.Bits() / 8;
        bool isWhole = !Numbers.IsFloat(element), isImage = element == ElementType.UInt8 && dims.Length >= 3 && demand.IsNone;
        (long least, long most) = isImage ? (0, MostImage) : demand.Range;
        bool isDrawn = isWhole || demand.Least is not null || demand.Most is not null; // floats that hold ids
        for (int i = 0; i < count; i++)
        {
            double x = random.NextDouble();
            double number = fill is { } same ? same
                : demand.Elements is { IsDefault: false } all && all.Length == count ? all[i]
                : count == 1 && demand.Compared is [var compared, ..] ? compared
                : !isDrawn ? x * 2 - 1
                : isLeast ? least : least + Math.Floor(x * (most - (double)least + 1));
            Write(element, number, bytes.AsSpan(i * width, width));
        }
        return new MemoryTensor(element, [.. dims], bytes);
    }

    /// <summary>Writes an element; those of rare types stay 0.</summary>
    private static void Write(ElementType element, double number, Span<byte> at)
    {
        if (element == ElementType.Float32) BitConverter.TryWriteBytes(at, (float)number);
        else if (element == ElementType.Int64) BitConverter.TryWriteBytes(at, (long)number);
        else if (Numbers.Scalar(element, number) is { } scalar) scalar.Bytes.Span[..at.Length].CopyTo(at);
    }
}
