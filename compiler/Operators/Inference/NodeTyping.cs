using GraphPartition.Operators.Schemas;

namespace GraphPartition.Operators.Inference;

/// <summary>A node whose output types are being inferred: what shape rules read and set.</summary>
public sealed class NodeTyping
{
    private static readonly TensorType?[] OfOpenRank = new TensorType?[64]; // one for each element type

    private OperatorSchema? _schema;
    private ulong _isSet; // bit i: output i is set; operators with more outputs set all of theirs

    private NodeTyping(NodeInference node) => Node = node;

    /// <summary>The typing of the node that the inference is at.</summary>
    internal static NodeTyping Of(NodeInference node, OperatorSchema? schema)
    {
        if (node.OfRules is not NodeTyping typing) node.OfRules = typing = new(node);
        (typing._schema, typing._isSet) = (schema, 0);
        return typing;
    }

    /// <summary>The node itself.</summary>
    public NodeInference Node { get; }

    /// <summary>The node's attributes.</summary>
    public AttributeMap Attributes => Node.Attributes;

    /// <summary>The number of inputs, left-out ones included.</summary>
    public int InputCount => Node.Inputs.Length;

    /// <summary>The number of outputs, left-out ones included.</summary>
    public int OutputCount => Node.OutputCount;

    /// <summary>Whether the input is given.</summary>
    public bool Has(int input) => Node.Input(input) is not null;

    /// <summary>The shape of an input, or null where it is left out or of unknown rank.</summary>
    public Shape? Shape(int input) => Node.Input(input)?.Shape;

    /// <summary>A dimension of an input; unknown where the input has no such dimension. A negative axis counts from the back.</summary>
    public Dim Dim(int input, int axis)
    {
        if (Shape(input) is not { } shape) return default;
        int at = axis < 0 ? axis + shape.Rank : axis;
        return at >= 0 && at < shape.Rank ? shape[at] : default;
    }

    /// <summary>The element type of an input.</summary>
    public ElementType Element(int input) => Node.Input(input)?.ElementType ?? ElementType.Undefined;

    /// <summary>An integer attribute.</summary>
    public long Int(string name, long otherwise = 0) => Attributes.Int(name, otherwise);

    /// <summary>An integer attribute that is a dimension; unknown, with a diagnostic, where none can have its value.</summary>
    public Dim SizeAttribute(string name, long otherwise = 0)
    {
        Dim size = DimMath.Size(Int(name, otherwise));
        if (size.IsUnknown) Report(ModelCodes.WrongAttribute, $"attribute '{name}' is {Int(name, otherwise)}, expected a size");
        return size;
    }

    /// <summary>An integer attribute that names an element type; undefined where it is missing or 0, and, with a diagnostic, where none has
    /// its number.</summary>
    public ElementType ElementAttribute(string name, ElementType otherwise = ElementType.Undefined)
    {
        long number = Int(name);
        if (number == 0) return otherwise;
        if (number is > 0 and < 64 && ElementTypes.IsKnown((int)number)) return (ElementType)number;
        Report(ModelCodes.WrongAttribute, $"attribute '{name}' is {number}, which is the number of no element type");
        return ElementType.Undefined;
    }

    /// <summary>
    /// The elements of an input of rank 0 or 1, as far as constants and shape arithmetic tell them; null where not even
    /// their number is known or there are too many.
    /// </summary>
    public ImmutableArray<Dim>? Elements(int input) => Shape(input) is { Rank: <= 1 } ? AllElements(input) : null;

    /// <summary>As <see cref="Elements"/>, of an input of any rank, in row-major order: for operators that only move elements.</summary>
    public ImmutableArray<Dim>? AllElements(int input)
    {
        if (Node.Input(input) is not { } value) return null;
        return value.Elements ?? (value.Data is { } data ? ConstantNumbers.Elements(data) : null);
    }

    /// <summary>The numbers of an input where all of them are known, else null.</summary>
    public long[]? Ints(int input)
    {
        if (Elements(input) is not { } elements) return null;
        var numbers = new long[elements.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (DimMath.Number(elements[i]) is not { } n) return null;
            numbers[i] = n;
        }
        return numbers;
    }

    /// <summary>The numbers of an input, or those of the attribute that older opsets have in its place.</summary>
    public long[]? Ints(int input, string attribute) =>
        Has(input) ? Ints(input) : Attributes.Ints(attribute) is { IsDefault: false } list ? [.. list] : null;

    /// <summary>Whether the numbers are given at all, known or not, as input or as attribute.</summary>
    public bool HasInts(int input, string attribute) => Has(input) || !Attributes.Ints(attribute).IsDefault;

    /// <summary>The one number of an input, or null.</summary>
    public long? Number(int input) => Ints(input) is [var n] ? n : null;

    /// <summary>An axis attribute counted from the front; null, with a diagnostic, where the rank does not have it.</summary>
    public int? Axis(string attribute, long otherwise, int rank) => Axis(Int(attribute, otherwise), rank);

    /// <summary>An axis counted from the front; null, with a diagnostic, where the rank does not have it.</summary>
    public int? Axis(long axis, int rank)
    {
        if (axis >= -rank && axis < rank) return (int)(axis < 0 ? axis + rank : axis);
        Report(ModelCodes.WrongAttribute, $"axis {axis} is given, expected one from {-rank} to {rank - 1}");
        return null;
    }

    /// <summary>Marks the axes of a list; null, with a diagnostic, where the rank does not have one of them.</summary>
    public bool[]? Axes(ReadOnlySpan<long> axes, int rank)
    {
        var marks = new bool[rank];
        foreach (long axis in axes)
        {
            if (Axis(axis, rank) is not { } at) return null;
            marks[at] = true;
        }
        return marks;
    }

    /// <summary>The element type of an output as the schema's type variables tell it.</summary>
    public ElementType OutputElement(int output)
    {
        if (_schema?.Output(output) is not { } formal) return ElementType.Undefined;
        if (formal.Types.OnlyElement != ElementType.Undefined) return formal.Types.OnlyElement;
        for (int i = 0; i < Node.Inputs.Length && _schema.Input(i) is { } input; i++)
            if (input.Type == formal.Type && !input.MayDiffer && Element(i) is not ElementType.Undefined and var element)
                return element;
        return ElementType.Undefined;
    }

    /// <summary>Sets an output's shape; its element type follows from the schema.</summary>
    public void Set(int output, Shape? shape, ImmutableArray<Dim>? elements = null) =>
        Set(output, OutputElement(output), shape, elements);

    /// <summary>Sets an output's element type and shape.</summary>
    public void Set(int output, ElementType element, Shape? shape, ImmutableArray<Dim>? elements = null) =>
        SetType(output, TypeOf(element, shape), elements);

    /// <summary>Sets an output's type.</summary>
    public void SetType(int output, IrType type, ImmutableArray<Dim>? elements = null)
    {
        if (output < 64) _isSet |= 1ul << output;
        Node.Set(output, type, elements is { } e && type is TensorType t ? ConstantNumbers.Representable(e, t.Element) : null);
    }

    /// <summary>A symbol for a dimension that depends on the data.</summary>
    public Dim FreshSymbol() => Node.FreshSymbol();

    /// <summary>Notes that the node is wrong; inference goes on.</summary>
    public void Report(DiagnosticCode code, string message) => Node.Report(code, message);

    /// <summary>Notes that shapes contradict each other.</summary>
    public void Contradiction(string message) => Report(ModelCodes.ShapesContradict, message);

    /// <summary>The one dimension that two descriptions are of; where they contradict each other, a diagnostic and the first.</summary>
    public Dim Same(Dim a, Dim b, string what)
    {
        if (a.IsKnown && b.IsKnown && a != b) Contradiction($"{what} must be equal, found {a} and {b}");
        return GraphPartition.Ir.Types.Dim.Merge(a, b);
    }

    /// <summary>Sets the element type of outputs that the rule did not set, where the schema allows only tensors.</summary>
    internal void SetRest()
    {
        for (int i = 0; i < OutputCount; i++)
            if ((i >= 64 || (_isSet >> i & 1) == 0) && _schema?.Output(i) is { } formal && formal.Types.HasOnlyTensors)
                Node.Set(i, TypeOf(OutputElement(i), null));
    }

    /// <summary>Whether the input may take part in shape arithmetic and its result has rank 0 or 1.</summary>
    internal static bool HoldsElements(Shape? shape) => shape is { Rank: <= 1 };

    private IrType TypeOf(ElementType element, Shape? shape)
    {
        if (shape is not null) // most outputs have the very type of an input: share it
            foreach (Value? input in Node.Inputs)
                if (input?.Type is TensorType t && t.Element == element && ReferenceEquals(t.Shape, shape)) return t;
        if (shape is not null) return new TensorType(element, shape);
        return element == ElementType.Undefined ? IrType.Unknown : OfOpenRank[(int)element] ??= new(element, null);
    }
}
