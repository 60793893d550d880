namespace GraphPartition.MindIr.Primitives;

/// <summary>
/// One use of a primitive: its arguments by name, whether the file has them as inputs or as attributes, and the place where
/// its nodes go. Arguments of the wrong kind throw <see cref="ImportFault"/>.
/// </summary>
internal sealed class PrimitiveCall(Primitive primitive, ImmutableArray<Operand> inputs, AttributeSet attributes, Emitter emit)
{
    /// <summary>The primitive's name.</summary>
    public string Name => primitive.Name;

    /// <summary>Takes the nodes.</summary>
    public Emitter Emit { get; } = emit;

    /// <summary>The inputs, for primitives that take any number of them.</summary>
    public ImmutableArray<Operand> Inputs { get; } = inputs;

    /// <summary>Converts the primitive.</summary>
    public Operand Convert()
    {
        if (!primitive.IsVariadic && Inputs.Length > primitive.ArgumentCount)
            throw new ImportFault(ModelCodes.BadConstruct, $"{Name} has {Inputs.Length} inputs, {primitive.ArgumentCount} are known");
        return primitive.Convert(this);
    }

    /// <summary>An argument, or null where it is missing or None.</summary>
    public Operand? Find(string name)
    {
        int at = primitive.IndexOf(name);
        Operand? found = at >= 0 && at < Inputs.Length ? Inputs[at] : attributes[name];
        if (found is OpaqueOperand opaque) throw new ImportFault(opaque.Code, $"argument '{name}' of {Name} is {opaque.Kind}");
        return found is NoneOperand ? null : found;
    }

    /// <summary>An argument that must be there.</summary>
    public Operand Get(string name) => Find(name)
        ?? throw new ImportFault(ModelCodes.BadConstruct, $"{Name} lacks its argument '{name}'");

    /// <summary>An argument that is a tensor.</summary>
    public Value Tensor(string name) => TensorOf(Get(name), name);

    /// <summary>An argument that is a tensor, or null where it is missing.</summary>
    public Value? OptionalTensor(string name) => Find(name) is { } operand ? TensorOf(operand, name) : null;

    /// <summary>Whether the file has the argument.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>The elements of a tuple, each a tensor.</summary>
    public Value[] Tensors(string name) => Get(name) is TupleOperand tuple
        ? [.. tuple.Items.Select(item => TensorOf(item, name))] : [Tensor(name)];

    /// <summary>An integer that is known; a tuple of one counts as its element.</summary>
    public long Int(string name, long? otherwise = null)
    {
        if (Find(name) is not { } operand) return otherwise ?? throw Wrong(name, "is missing");
        return Emitter.IntegersOf(operand) is [var number] ? number
            : throw Wrong(name, $"is {operand.Kind}; a known integer is needed");
    }

    /// <summary>A flag.</summary>
    public bool Flag(string name, bool otherwise = false) => Int(name, otherwise ? 1 : 0) != 0;

    /// <summary>A number that is known.</summary>
    public float Float(string name, float? otherwise = null)
    {
        if (Find(name) is not { } operand) return otherwise ?? throw Wrong(name, "is missing");
        if (operand is TupleOperand { Items: [var only] }) operand = only;
        return operand is ConstantOperand { Data.ElementCount: 1 } constant && Numbers.IsReal(constant.Data.Element)
            ? (float)Numbers.At(constant.Data.Element, constant.Data.Bytes.Span, 0)
            : throw Wrong(name, $"is {operand.Kind}; a known number is needed");
    }

    /// <summary>A text in upper case; primitive functions have a number in its place, which <paramref name="names"/> maps.</summary>
    public string Text(string name, string otherwise, params ReadOnlySpan<(long Number, string Text)> names)
    {
        if (Find(name) is not { } operand) return otherwise;
        if (operand is TextOperand text) return text.Text.ToUpperInvariant();
        if (Emitter.IntegersOf(operand) is [var number])
            foreach (var entry in names)
                if (entry.Number == number) return entry.Text;
        throw Wrong(name, $"is {operand.Kind}; a name such as {otherwise} is needed");
    }

    /// <summary>Integers that are known, or null where the argument is missing. A single number is a list of one.</summary>
    public long[]? OptionalInts(string name)
    {
        if (Find(name) is not { } operand) return null;
        return Emitter.IntegersOf(operand) ?? throw Wrong(name, $"is {operand.Kind}; known integers are needed");
    }

    /// <summary>Integers that are known.</summary>
    public long[] Ints(string name) => OptionalInts(name) ?? throw Wrong(name, "is missing");

    /// <summary>Numbers that are known, or null where the argument is missing.</summary>
    public float[]? OptionalFloats(string name)
    {
        if (Find(name) is not { } operand) return null;
        ImmutableArray<Operand> items = operand is TupleOperand tuple ? tuple.Items : [operand];
        return [.. items.Select(item => item is ConstantOperand { Data.ElementCount: 1 } c && Numbers.IsReal(c.Data.Element)
            ? (float)Numbers.At(c.Data.Element, c.Data.Bytes.Span, 0)
            : throw Wrong(name, $"is {operand.Kind}; known numbers are needed"))];
    }

    /// <summary>An element type; primitive functions have a number in its place.</summary>
    public ElementType Type(string name, ElementType? otherwise = null) => Find(name) switch
    {
        TypeOperand type => type.Type,
        ConstantOperand number when Emitter.IntegersOf(number) is [var id] => ElementNumbers.OfTypeId(id),
        null when otherwise is { } type => type,
        var operand => throw Wrong(name, $"is {operand?.Kind ?? "missing"}; an element type is needed"),
    };

    /// <summary>The rank of a tensor.</summary>
    public int Rank(Value value) => value.Shape?.Rank
        ?? throw new ImportFault(MindIrCodes.UntypedValue, $"{Name} needs the rank of its input '{value.Name}', which is not known");

    /// <summary>The element type of a tensor.</summary>
    public ElementType ElementOf(Value value) => value.ElementType != ElementType.Undefined ? value.ElementType
        : throw new ImportFault(MindIrCodes.UntypedValue, $"{Name} needs the element type of its input '{value.Name}', which is not known");

    /// <summary>An axis counted from the front.</summary>
    public long Axis(long axis, int rank)
    {
        if (axis < -rank || axis >= rank)
            throw new ImportFault(ModelCodes.BadConstruct, $"{Name} has the axis {axis}, its input has rank {rank}");
        return axis < 0 ? axis + rank : axis;
    }

    /// <summary>The use that is not supported, as a fault to throw.</summary>
    public ImportFault Unsupported(string what) => new(MindIrCodes.UnsupportedUse, $"{Name} {what}");

    /// <summary>A result that is not a fault as long as nobody uses it.</summary>
    public Operand Unusable(string what) =>
        new OpaqueOperand(MindIrCodes.UnsupportedUse, $"{what} of {Name}, which has no counterpart in ONNX");

    private Value TensorOf(Operand operand, string name)
    {
        if (operand is OpaqueOperand opaque) throw new ImportFault(opaque.Code, $"argument '{name}' of {Name} is {opaque.Kind}");
        return Emit.ValueOf(operand) ?? throw Wrong(name, $"is {operand.Kind}; a tensor is needed");
    }

    private ImportFault Wrong(string name, string what) => new(MindIrCodes.UnsupportedUse, $"the argument '{name}' of {Name} {what}");
}
