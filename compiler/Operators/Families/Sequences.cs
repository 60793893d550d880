namespace GraphPartition.Operators.Families;

/// <summary>Sequences and optionals: https://onnx.ai/onnx/operators/onnx__SequenceConstruct.html and its relatives.</summary>
internal static class Sequences
{
    public static OperatorFamily Family => new()
    {
        ["SequenceConstruct"] = Pure with { Types = Construct },
        ["SequenceEmpty"] = Pure with
        {
            Types = n => n.SetType(0, new SequenceType(new TensorType(n.ElementAttribute("dtype", ElementType.Float32), null))),
        },
        ["SequenceAt"] = Pure with { Types = n => n.SetType(0, ElementOf(n, 0)) },
        ["SequenceErase"] = Pure with { Types = n => n.SetType(0, TypeOf(n, 0)) },
        ["SequenceInsert"] = Pure with { Types = Insert },
        ["SequenceLength OptionalHasElement"] = Pure with { Types = n => n.Set(0, Shape.Scalar) },
        ["SequenceMap"] = Pure with { Types = Map },
        ["SplitToSequence"] = Pure with { Types = Split },
        ["ConcatFromSequence"] = Pure with { Types = Concat },
        ["Optional"] = Pure with { Types = Optional },
        ["OptionalGetElement"] = Pure with { Types = n => n.SetType(0, TypeOf(n, 0) is OptionalType o ? o.Element : TypeOf(n, 0)) },
    };

    private static IrType TypeOf(NodeTyping n, int input) => n.Node.Input(input)?.Type ?? IrType.Unknown;

    private static IrType ElementOf(NodeTyping n, int input) => TypeOf(n, input) is SequenceType s ? s.Element : IrType.Unknown;

    private static void Construct(NodeTyping n)
    {
        IrType element = TypeOf(n, 0);
        for (int i = 1; i < n.InputCount; i++) element = ControlFlow.Either(element, TypeOf(n, i));
        n.SetType(0, new SequenceType(element));
    }

    private static void Insert(NodeTyping n)
    {
        IrType element = ElementOf(n, 0), added = TypeOf(n, 1);
        n.SetType(0, new SequenceType(element is UnknownType ? Loose(added) : ControlFlow.Either(element, added)));
    }

    private static IrType Loose(IrType type) => type is TensorType t ? t with { Shape = null } : type;

    /// <summary>The body runs once for each element; its outputs are collected.</summary>
    private static void Map(NodeTyping n)
    {
        IrType[] fed = [.. Enumerable.Range(0, n.InputCount).Select(i => TypeOf(n, i) is SequenceType s ? s.Element : TypeOf(n, i))];
        if (BodyTyping.Of(n, fed) is not { } body) return;
        for (int i = 0; i < n.OutputCount && i < body.Outputs.Length; i++) n.SetType(i, new SequenceType(body.Outputs[i].Type));
    }

    private static void Split(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape || n.Axis("axis", 0, shape.Rank) is not { } axis)
        {
            n.SetType(0, new SequenceType(new TensorType(n.Element(0), null)));
            return;
        }
        // Without sizes the pieces have length 1, and only then keepdims counts.
        Shape piece = n.Has(1) ? shape.With(axis, n.Shape(1) is { Rank: 0 } ? Even(n, shape[axis]) : Equal(n.Ints(1)))
            : n.Int("keepdims", 1) != 0 ? shape.With(axis, 1) : new Shape(shape.Dims.RemoveAt(axis));
        n.SetType(0, new SequenceType(new TensorType(n.Element(0), piece)));
    }

    /// <summary>One size for all pieces; the last is smaller where it does not divide the dimension.</summary>
    private static Dim Even(NodeTyping n, Dim size) =>
        n.Number(1) is > 0 and var piece && size.IsKnown && size.Size % piece == 0 ? piece : Dim.Unknown;

    private static Dim Equal(long[]? sizes) =>
        sizes is [>= 0 and var first, ..] && Array.TrueForAll(sizes, s => s == first) ? first : Dim.Unknown;

    private static void Concat(NodeTyping n)
    {
        if (ElementOf(n, 0) is not TensorType element) return;
        bool isNew = n.Int("new_axis") != 0;
        if (element.Shape is not { } shape || n.Axis("axis", 0, shape.Rank + (isNew ? 1 : 0)) is not { } axis)
            n.SetType(0, element with { Shape = null });
        else
        {
            Shape joined = isNew ? new(shape.Dims.Insert(axis, n.FreshSymbol())) : shape.With(axis, n.FreshSymbol());
            n.SetType(0, element with { Shape = joined });
        }
    }

    private static void Optional(NodeTyping n)
    {
        IrType element = n.Has(0) ? TypeOf(n, 0) : (n.Attributes["type"] as TypeAttribute)?.Value ?? IrType.Unknown;
        n.SetType(0, element is OptionalType ? element : new OptionalType(element));
    }
}
