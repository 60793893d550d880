using Google.Protobuf;
using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Proto;
using Kind = GraphPartition.MindIr.Proto.AttributeProto.Types.AttributeType;

namespace GraphPartition.TestModels.MindSpore;

/// <summary>Attributes as MindSpore 1.1 to 1.6 wrote them: flat values, and a text that gives their nesting.</summary>
internal static class OldAttribute
{
    public static void Write(AttributeProto to, object? value)
    {
        switch (value)
        {
            case null:
                to.RefAttrName = "none";
                break;
            case ElementType type:
                to.RefAttrName = "type:value0";
                to.Tensors.Add(MindIrBuilder.TypeOf(type));
                break;
            case TensorData tensor:
                to.RefAttrName = "tensor:value0";
                to.Tensors.Add(Tensor(tensor));
                break;
            case Array sequence:
                int leaves = 0;
                to.RefAttrName = "scalar:" + Sequence(to, sequence, ref leaves) + ",";
                break;
            default:
                to.RefAttrName = "scalar:value0";
                Scalar(to, value);
                break;
        }
    }

    public static TensorProto Tensor(TensorData tensor)
    {
        TensorProto proto = MindIrBuilder.TypeOf(tensor.Element, [.. tensor.Dims]);
        proto.RawData = ByteString.CopyFrom(tensor.Bytes.Span);
        return proto;
    }

    private static string Sequence(AttributeProto to, Array sequence, ref int leaves)
    {
        string text = "Tuple[";
        foreach (object? item in sequence)
        {
            if (item is Array inner) text += Sequence(to, inner, ref leaves);
            else
            {
                text += $"value{++leaves}";
                Leaf(to, item!);
            }
            text += ",";
        }
        return text + "]";
    }

    private static void Leaf(AttributeProto to, object item)
    {
        switch (item)
        {
            case long i: (to.Type, _) = (Kind.Int64, Add(to.Ints, i)); break;
            case float f: (to.Type, _) = (Kind.Float, Add(to.Floats, f)); break;
            case string s: (to.Type, _) = (Kind.String, Add(to.Strings, ByteString.CopyFromUtf8(s))); break;
            default: throw new NotSupportedException($"a {item.GetType().Name} in a sequence");
        }
    }

    private static bool Add<T>(ICollection<T> to, T item)
    {
        to.Add(item);
        return true;
    }

    private static void Scalar(AttributeProto to, object value)
    {
        switch (value)
        {
            case bool b: (to.Type, to.I) = (Kind.Bool, b ? 1 : 0); break;
            case long i: (to.Type, to.I) = (Kind.Int64, i); break;
            case float f: (to.Type, to.F) = (Kind.Float, f); break;
            case string s: (to.Type, to.S) = (Kind.String, ByteString.CopyFromUtf8(s)); break;
            default: throw new NotSupportedException($"a {value.GetType().Name}");
        }
    }
}
