using System.Globalization;

namespace GraphPartition.MindIr.Decode;

/// <summary>
/// The meaning of a name in a MindIR file while the file is read. Only tensors reach the graph; tuples, types, functions
/// and monads exist at import alone.
/// </summary>
internal abstract class Operand
{
    /// <summary>Its name in messages.</summary>
    public abstract string Kind { get; }

    /// <summary>Its text in messages: a number or a text as the file has it.</summary>
    public override string ToString() => Kind;
}

/// <summary>A tensor known at import: a weight, or a constant of the file. It enters the graph when a node uses it.</summary>
/// <param name="data">The elements.</param>
/// <param name="name">Its name for users; may be empty.</param>
/// <param name="isNumber">Whether it is a number of Python, which takes on the type of the tensor that it meets.</param>
internal sealed class ConstantOperand(TensorData data, string name = "", bool isNumber = false) : Operand
{
    public TensorData Data { get; } = data;
    public string Name { get; } = name;
    public bool IsNumber { get; } = isNumber;
    public override string Kind => IsNumber ? "a number" : $"a constant {Data.Type}";

    public override string ToString() => IsNumber
        ? Numbers.At(Data.Element, Data.Bytes.Span, 0).ToString(CultureInfo.InvariantCulture) : Kind;

    /// <summary>The same constant by another name.</summary>
    public ConstantOperand Named(string name) => new(Data, name, IsNumber);

    public static ConstantOperand Number<T>(ElementType type, T value) where T : unmanaged =>
        new(TensorData.Scalar(type, value), isNumber: true);
}

/// <summary>A tensor of the graph.</summary>
internal sealed class ComputedOperand(Value value) : Operand
{
    public Value Value { get; } = value;
    public override string Kind => $"a tensor {Value.Type}";
}

/// <summary>A tuple or list.</summary>
/// <param name="items">Its elements.</param>
/// <param name="vector">The elements as one tensor of rank 1, where the graph has that; null elsewhere.</param>
internal sealed class TupleOperand(ImmutableArray<Operand> items, Value? vector = null) : Operand
{
    private const int MaxShown = 8;

    private readonly int _depth = Nesting.Of(items.Select(i => (i as TupleOperand)?._depth ?? 0));

    public ImmutableArray<Operand> Items { get; } = items;
    public Value? Vector { get; } = vector;
    public override string Kind => $"a tuple of {Items.Length}";

    public override string ToString() => Items.Length <= MaxShown ? $"({string.Join(", ", Items)})" : Kind;
}

/// <summary>A string.</summary>
internal sealed class TextOperand(string text) : Operand
{
    public string Text { get; } = text;
    public override string Kind => $"the string '{Text}'";

    public override string ToString() => $"'{Text}'";
}

/// <summary>An element type.</summary>
internal sealed class TypeOperand(ElementType type) : Operand
{
    public ElementType Type { get; } = type;
    public override string Kind => $"the type {Type.Keyword()}";
}

/// <summary>Python's None.</summary>
internal sealed class NoneOperand : Operand
{
    private NoneOperand() { }

    public static NoneOperand Instance { get; } = new();
    public override string Kind => "None";
}

/// <summary>A monad: it orders side effects, of which an inference network has none.</summary>
internal sealed class MonadOperand : Operand
{
    private MonadOperand() { }

    public static MonadOperand Instance { get; } = new();
    public override string Kind => "a monad";
}

/// <summary>A function of the file.</summary>
internal abstract class FunctionOperand : Operand
{
    /// <summary>The function with its next arguments given.</summary>
    public abstract FunctionOperand Bind(ImmutableArray<Operand> arguments);
}

/// <summary>One of two functions: what Switch gives, and a call then executes.</summary>
internal sealed class ChoiceOperand(Operand condition, Operand then, Operand otherwise) : Operand
{
    private readonly int _depth = Nesting.Of([(then as ChoiceOperand)?._depth ?? 0, (otherwise as ChoiceOperand)?._depth ?? 0]);

    public Operand Condition { get; } = condition;
    public Operand Then { get; } = then;
    public Operand Otherwise { get; } = otherwise;
    public override string Kind => "a choice between functions";
}

/// <summary>A value without counterpart in ONNX; a fault only where it is used.</summary>
internal sealed class OpaqueOperand(DiagnosticCode code, string what) : Operand
{
    public DiagnosticCode Code { get; } = code;
    public override string Kind => what;
}

/// <summary>The result of a node with a reported fault. Nodes that use it fail without a further report.</summary>
internal sealed class FailedOperand : Operand
{
    private FailedOperand() { }

    public static FailedOperand Instance { get; } = new();
    public override string Kind => "a fault";
}

/// <summary>Operands are walked by recursion, so how deep they nest is bounded when they are made.</summary>
internal static class Nesting
{
    /// <summary>The depth of what holds parts of these depths. Throws <see cref="ImportFault"/> past the bound.</summary>
    public static int Of(IEnumerable<int> parts)
    {
        int depth = 1 + parts.DefaultIfEmpty().Max();
        return depth <= ImportContext.MaxDepth * 2 ? depth
            : throw new ImportFault(ModelCodes.TooDeep, "tuples or branches are nested too deep");
    }
}
