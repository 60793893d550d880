using Kind = GraphPartition.MindIr.Proto.AttributeProto.Types.AttributeType;

namespace GraphPartition.MindIr.Decode;

/// <summary>
/// The value of an attribute or of a Constant node. Files up to 1.6 give its form by a text (<c>ref_attr_name</c>), later ones
/// by its type. Throws <see cref="ImportFault"/>.
/// </summary>
internal sealed class ConstantDecoder(TensorDecoder tensors)
{
    public TensorDecoder Tensors { get; } = tensors;

    public Operand Decode(AttributeProto a) => a.HasRefAttrName ? ByText(a) : ByType(a);

    /// <summary>"scalar:value0", "scalar:Tuple[value1,value2,],", "tensor:value0", "type:value0", "none", "Monad:UMonad".</summary>
    private Operand ByText(AttributeProto a)
    {
        int colon = a.RefAttrName.IndexOf(':');
        string form = colon < 0 ? a.RefAttrName : a.RefAttrName[..colon];
        switch (form)
        {
            case "none": return NoneOperand.Instance;
            case "Monad": return MonadOperand.Instance;
            case "type" when a.Tensors.Count > 0: return new TypeOperand(ElementNumbers.OfDataType(a.Tensors[0].DataType));
        }
        string structure = a.RefAttrName[(colon + 1)..].TrimEnd(',');
        return structure.EndsWith(']') ? StructureText.Parse(structure, Leaves(a)) : a.Tensors.Count > 0 ? Tensor(a.Tensors[0]) : Leaf(a);
    }

    /// <summary>The values of a sequence: the file has one type for all, so each field that has any is taken in turn.</summary>
    private List<Operand> Leaves(AttributeProto a)
    {
        var leaves = new List<Operand>();
        foreach (long i in a.Ints) leaves.Add(Integer(a.Type is >= Kind.Uint8 and <= Kind.Uint64 ? a.Type : Kind.Int64, i));
        foreach (float f in a.Floats) leaves.Add(ConstantOperand.Number(ElementType.Float32, f));
        foreach (double d in a.Doubles) leaves.Add(ConstantOperand.Number(ElementType.Float64, d));
        foreach (var s in a.Strings) leaves.Add(new TextOperand(s.ToStringUtf8()));
        foreach (TensorProto t in a.Tensors) leaves.Add(Tensor(t));
        return leaves;
    }

    private Operand ByType(AttributeProto a)
    {
        switch (a.Type)
        {
            case Kind.Tensor when a.T is not null: return Tensor(a.T);
            case Kind.Tensor or Kind.Tensors when a.Tensors.Count == 1: return Tensor(a.Tensors[0]);
            case Kind.Tensors: return new TupleOperand([.. a.Tensors.Select(Tensor)]);
            case Kind.Tuple or Kind.List: return new TupleOperand([.. a.Values.Select(Decode)]); // nesting is bounded by the parser
            case Kind.None or Kind.TypeNull: return NoneOperand.Instance;
            case Kind.Umonad or Kind.Iomonad: return MonadOperand.Instance;
            case Kind.ClassType or Kind.NameSpace or Kind.Symbol:
                return new OpaqueOperand(MindIrCodes.TrainingConstruct, $"the Python object '{FileNames.Excerpt(a.S.Span)}'");
            case Kind.Functor or Kind.ScalarGraphHolder:
                return new OpaqueOperand(MindIrCodes.UnsupportedUse, $"a computation of shapes ({a.Type})");
            case Kind.Dict or Kind.Graph or Kind.MapTensor or Kind.CsrTensor or Kind.CooTensor or Kind.RowTensor:
                return new OpaqueOperand(MindIrCodes.UnsupportedUse, $"a value of kind {a.Type}");
            default: return Leaf(a);
        }
    }

    /// <summary>A scalar. Alone it is in the singular field, in a sequence it is the one element of the repeated field.</summary>
    private static Operand Leaf(AttributeProto a)
    {
        switch (a.Type)
        {
            case Kind.Float when a.HasF || a.Floats.Count == 1:
                return ConstantOperand.Number(ElementType.Float32, a.HasF ? a.F : a.Floats[0]);
            case Kind.Double when a.HasD || a.Doubles.Count == 1:
                return ConstantOperand.Number(ElementType.Float64, a.HasD ? a.D : a.Doubles[0]);
            case Kind.String when a.HasS || a.Strings.Count == 1:
                return new TextOperand((a.HasS ? a.S : a.Strings[0]).ToStringUtf8());
            case Kind.Bool or (>= Kind.Uint8 and <= Kind.Int64) or Kind.Uint32 or Kind.Uint64 when a.HasI || a.Ints.Count == 1:
                return Integer(a.Type, a.HasI ? a.I : a.Ints[0]);
            default:
                throw new ImportFault(ModelCodes.BadConstruct, $"the value '{a.Name}' of kind {a.Type} has no data of that kind");
        }
    }

    private static ConstantOperand Integer(Kind type, long value) => type switch
    {
        Kind.Bool => ConstantOperand.Number(ElementType.Bool, value != 0),
        Kind.Uint8 => ConstantOperand.Number(ElementType.UInt8, (byte)value),
        Kind.Int8 => ConstantOperand.Number(ElementType.Int8, (sbyte)value),
        Kind.Uint16 => ConstantOperand.Number(ElementType.UInt16, (ushort)value),
        Kind.Int16 => ConstantOperand.Number(ElementType.Int16, (short)value),
        Kind.Int32 => ConstantOperand.Number(ElementType.Int32, (int)value),
        Kind.Uint32 => ConstantOperand.Number(ElementType.UInt32, (uint)value),
        Kind.Uint64 => ConstantOperand.Number(ElementType.UInt64, (ulong)value),
        _ => ConstantOperand.Number(ElementType.Int64, value),
    };

    private Operand Tensor(TensorProto tensor) => TensorDecoder.HasData(tensor)
        ? new ConstantOperand(Tensors.Decode(tensor)) : new TypeOperand(ElementNumbers.OfDataType(tensor.DataType));
}
