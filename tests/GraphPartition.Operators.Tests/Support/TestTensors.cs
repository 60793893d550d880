using GraphPartition.Ir;
using GraphPartition.Onnx;

namespace GraphPartition.Tests;

/// <summary>Reads the tensors of an ONNX test data set (<c>input_0.pb</c> and so on).</summary>
internal static class TestTensors
{
    /// <summary>The tensor of a TensorProto, which is read as the initializer of a model made around it.</summary>
    public static TensorData Tensor(ReadOnlySpan<byte> proto)
    {
        byte[] named = [.. proto, .. Field(8, "t"u8)]; // the last name counts
        byte[] graph = [.. Field(2, "g"u8), .. Field(5, named)];
        byte[] model = [8, 8, .. Field(7, graph), .. Field(8, [16, 13])]; // ir_version 8, graph, opset_import { version: 13 }
        return OnnxReader.Read(model).Graph.Constants[0].Data!;
    }

    /// <summary>The type of the value in a file that holds a value of the given declared type; null for a missing optional.</summary>
    public static IrType? TypeOf(ReadOnlySpan<byte> proto, IrType declared) => declared switch
    {
        // The tests' data came through NumPy, which has no bfloat16: such a tensor is stored as uint16.
        TensorType { Element: ElementType.BFloat16 } => Tensor(proto).Type with { Element = ElementType.BFloat16 },
        TensorType => Tensor(proto).Type,
        SequenceType s => new SequenceType(Common([.. Fields(proto, s.Element is SequenceType ? 5 : 3).Select(f => TypeOf(f, s.Element)!)])),
        OptionalType { Element: TensorType e } => Fields(proto, 3) is [var one] ? TypeOf(one, e) : null,
        OptionalType { Element: SequenceType e } => Fields(proto, 5) is [var one] ? TypeOf(one, e) : null,
        _ => IrType.Unknown,
    };

    /// <summary>A type that every element has: equal dimensions stay.</summary>
    private static IrType Common(IrType[] types)
    {
        if (types.Length == 0) return IrType.Unknown;
        IrType first = types[0];
        foreach (IrType type in types.Skip(1))
        {
            if (first is not TensorType { Shape: { } a } x || type is not TensorType { Shape: { } b }) continue;
            first = x with { Shape = a.Rank != b.Rank ? null : new Shape([.. a.Select((d, i) => d == b[i] ? d : Dim.Unknown)]) };
        }
        return first;
    }

    /// <summary>The length-delimited fields of a message that have this number.</summary>
    private static List<byte[]> Fields(ReadOnlySpan<byte> message, int number)
    {
        var found = new List<byte[]>();
        for (int at = 0; at < message.Length;)
        {
            ulong tag = Varint(message, ref at), length = Varint(message, ref at);
            if ((tag & 7) != 2) continue; // a number: the second varint was its value
            if ((int)(tag >> 3) == number) found.Add(message.Slice(at, (int)length).ToArray());
            at += (int)length;
        }
        return found;
    }

    private static byte[] Field(int number, ReadOnlySpan<byte> bytes)
    {
        var field = new List<byte> { (byte)(number << 3 | 2) };
        for (int rest = bytes.Length; ; rest >>= 7)
        {
            field.Add((byte)(rest < 128 ? rest : rest & 127 | 128));
            if (rest < 128) break;
        }
        return [.. field, .. bytes];
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; at < bytes.Length; shift += 7)
        {
            byte b = bytes[at++];
            value |= (ulong)(b & 127) << shift;
            if (b < 128) break;
        }
        return value;
    }
}
