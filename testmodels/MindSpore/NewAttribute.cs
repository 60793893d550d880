using Google.Protobuf;
using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Proto;
using Kind = GraphPartition.MindIr.Proto.AttributeProto.Types.AttributeType;

namespace GraphPartition.TestModels.MindSpore;

/// <summary>
/// Attributes as MindSpore 1.7 and later write them: the type gives the kind; scalars in sequences are in repeated fields.
/// </summary>
internal static class NewAttribute
{
    public static void Write(AttributeProto to, object? value, bool inSequence)
    {
        switch (value)
        {
            case null: to.Type = Kind.None; break;
            case ElementType type:
                to.Type = Kind.Tensors;
                to.Tensors.Add(new TensorProto { DataType = type == ElementType.Float64 ? 17 : (int)type });
                break;
            case TensorData tensor:
                to.Type = Kind.Tensors;
                to.Tensors.Add(OldAttribute.Tensor(tensor));
                break;
            case Array sequence:
                to.Type = Kind.Tuple;
                foreach (object? item in sequence)
                {
                    var inner = new AttributeProto();
                    Write(inner, item, inSequence: true);
                    to.Values.Add(inner);
                }
                break;
            case bool b:
                to.Type = Kind.Bool;
                if (inSequence) to.Ints.Add(b ? 1 : 0);
                else to.I = b ? 1 : 0;
                break;
            case long i:
                to.Type = Kind.Int64;
                if (inSequence) to.Ints.Add(i);
                else to.I = i;
                break;
            case float f:
                to.Type = Kind.Float;
                if (inSequence) to.Floats.Add(f);
                else to.F = f;
                break;
            case string s:
                to.Type = Kind.String;
                if (inSequence) to.Strings.Add(ByteString.CopyFromUtf8(s));
                else to.S = ByteString.CopyFromUtf8(s);
                break;
            default: throw new NotSupportedException($"a {value.GetType().Name}");
        }
    }
}
