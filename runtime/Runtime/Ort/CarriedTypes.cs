using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;

namespace GraphPartition.Runtime.Ort;

/// <summary>
/// Element types that ONNX Runtime's C# API has no values of (1.31: floats of 8 and 4 bits, integers of 4 and 2 bits). Between sessions and
/// at the inputs and outputs of a model, another type that holds the same numbers carries them.
/// </summary>
public static class CarriedTypes
{
    /// <summary>The type that carries a type.</summary>
    /// <returns>The type itself where values of it can be passed; undefined where no other type can carry it on the CPU.</returns>
    public static ElementType CarrierOf(ElementType element) => element switch
    {
        ElementType.Int4 or ElementType.Int2 => ElementType.Int8,
        ElementType.UInt4 or ElementType.UInt2 => ElementType.UInt8,
        ElementType.Float8E4M3FN or ElementType.Float8E4M3FNUZ or ElementType.Float8E5M2 or ElementType.Float8E5M2FNUZ
            or ElementType.Float8E8M0 => ElementType.Float32,
        ElementType.Float4E2M1 => ElementType.Undefined, // no kernel of the CPU casts it
        _ => element,
    };

    /// <summary>Whether values of a type can be passed to ONNX Runtime as they are.</summary>
    public static bool IsDirect(IrType type) => type switch
    {
        TensorType tensor => CarrierOf(tensor.Element) == tensor.Element,
        SequenceType sequence => IsDirect(sequence.Element),
        OptionalType optional => IsDirect(optional.Element),
        _ => true,
    };

    /// <summary>The same numbers in the type that carries them.</summary>
    /// <exception cref="ModelException">No type can carry them (GP5013).</exception>
    public static TensorData Carry(TensorData tensor)
    {
        ElementType carrier = CarrierOf(tensor.Element);
        if (carrier == tensor.Element) return tensor;
        if (carrier == ElementType.Undefined) throw RuntimeCodes.NotCarried.Error("", $"a tensor of {tensor.Element.Keyword()}");
        int count = (int)tensor.ElementCount, width = carrier.Bits() / 8;
        var bytes = new byte[count * width];
        ReadOnlySpan<byte> from = tensor.Bytes.Span;
        for (int i = 0; i < count; i++)
            Numbers.Scalar(carrier, Numbers.At(tensor.Element, from, i))!.Bytes.Span.CopyTo(bytes.AsSpan(i * width));
        return new MemoryTensor(carrier, tensor.Dims, bytes);
    }

    /// <summary>The numbers of a carrier in the type that it carries; the tensor itself if it is no carrier of that type.</summary>
    public static TensorData Restore(TensorData carrier, ElementType element)
    {
        if (element == carrier.Element || CarrierOf(element) != carrier.Element) return carrier;
        int count = (int)carrier.ElementCount, bits = element.Bits(), perByte = 8 / bits;
        var bytes = new byte[element.ByteCount(count)];
        Dictionary<double, int> codes = CodesOf(element);
        ReadOnlySpan<byte> from = carrier.Bytes.Span;
        for (int i = 0; i < count; i++)
            bytes[i / perByte] |= (byte)(codes[Numbers.At(carrier.Element, from, i)] << (i % perByte * bits));
        return new MemoryTensor(element, carrier.Dims, bytes);
    }

    /// <summary>The code of each number, NaN too, of a type of at most 8 bits; the first of two codes for one number.</summary>
    private static Dictionary<double, int> CodesOf(ElementType element)
    {
        var codes = new Dictionary<double, int>();
        for (int code = 0; code < 1 << element.Bits(); code++) codes.TryAdd(Numbers.At(element, [(byte)code], 0), code);
        return codes;
    }
}
