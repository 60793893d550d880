using GraphPartition.Ir.Types;

namespace GraphPartition.MindIr.Primitives;

/// <summary>Adds the nodes that one node of the file becomes. They are named after it; the last takes its output's name and type.</summary>
internal sealed class Emitter(GraphBuilder builder, ImportContext context, NodeProto node)
{
    private readonly ImmutableArray<TensorType?> _types = TypeDecoder.Results(node.Attribute);
    private readonly string _name = node.Domain.Length > 0 ? node.Domain : node.Name;
    private readonly string _output = FileNames.ForUser(FileNames.OutputOf(node));

    /// <summary>The type that the file stores for a result, or null.</summary>
    public TensorType? StoredType(int result) => result < _types.Length ? _types[result] : null;

    /// <summary>Adds a node on the way to the result.</summary>
    public Value Add(OpName op, ReadOnlySpan<Value?> inputs, params ReadOnlySpan<(string, AttributeValue)> attributes) =>
        builder.Add(op, inputs, [""], AttributeMap.Of(attributes), PartName(op)).Outputs[0]!;

    /// <summary>Adds a node with several outputs on the way to the result.</summary>
    public ImmutableArray<Value?> AddMany(OpName op, ReadOnlySpan<Value?> inputs, int outputs,
        params ReadOnlySpan<(string, AttributeValue)> attributes)
    {
        var specs = new OutputSpec[outputs];
        Array.Fill(specs, "");
        return builder.Add(op, inputs, specs, AttributeMap.Of(attributes), PartName(op)).Outputs;
    }

    /// <summary>Adds the node that gives the result.</summary>
    public Operand Result(OpName op, ReadOnlySpan<Value?> inputs, params ReadOnlySpan<(string, AttributeValue)> attributes) =>
        Result(0, op, inputs, attributes);

    /// <summary>Adds the node that gives one of several results.</summary>
    public Operand Result(int index, OpName op, ReadOnlySpan<Value?> inputs, params ReadOnlySpan<(string, AttributeValue)> attributes) =>
        new ComputedOperand(builder.Add(op, inputs, [Spec(index)], AttributeMap.Of(attributes), context.NodeName(_name)).Outputs[0]!);

    /// <summary>Adds one node that gives all results, as a tuple.</summary>
    public Operand Results(OpName op, ReadOnlySpan<Value?> inputs, int count, params ReadOnlySpan<(string, AttributeValue)> attributes)
    {
        var specs = new OutputSpec[count];
        for (int i = 0; i < count; i++) specs[i] = Spec(i, ofMany: true);
        Node added = builder.Add(op, inputs, specs, AttributeMap.Of(attributes), context.NodeName(_name));
        return new TupleOperand([.. added.Outputs.Select(v => new ComputedOperand(v!))]);
    }

    /// <summary>A constant of 64-bit integers.</summary>
    public Value Integers(params ReadOnlySpan<long> values) => Constant(TensorData.Int64s(values));

    /// <summary>A constant.</summary>
    public Value Constant(TensorData data) => context.Constant(data, "");

    /// <summary>A number as a scalar of the given element type.</summary>
    public Value Scalar(ElementType type, double number) => Constant(ScalarData.Of(type, number));

    /// <summary>
    /// The tensor that an operand is, or null where it is none. A tuple of numbers is a vector; one with computed elements is
    /// put together.
    /// </summary>
    public Value? ValueOf(Operand operand)
    {
        switch (operand)
        {
            case ComputedOperand computed: return computed.Value;
            case ConstantOperand constant: return context.Constant(constant.Data, constant.Name);
            case TupleOperand { Vector: { } vector }: return vector;
            case TupleOperand tuple:
                if (IntegersOf(tuple) is { } numbers) return Integers(numbers);
                var parts = new Value?[tuple.Items.Length];
                for (int i = 0; i < parts.Length; i++)
                {
                    if (tuple.Items[i] is TupleOperand || ValueOf(tuple.Items[i]) is not { } part) return null;
                    parts[i] = Add("Reshape", [Add("Cast", [part], ("to", (long)ElementType.Int64)), Integers(1)]);
                }
                return parts.Length == 0 ? Integers() : Add("Concat", parts, ("axis", 0));
            default: return null;
        }
    }

    /// <summary>The integers that an operand holds, where all are known: those of a tuple, of a vector, or a single number.</summary>
    public static long[]? IntegersOf(Operand? operand)
    {
        switch (operand)
        {
            case ConstantOperand { Data.Dims.Length: <= 1 } constant: return constant.Data.ToIntegers();
            case ComputedOperand { Value.Elements: { } elements } when elements.All(e => e.IsKnown):
                return [.. elements.Select(e => e.Size)];
            case TupleOperand tuple:
                var numbers = new long[tuple.Items.Length];
                for (int i = 0; i < numbers.Length; i++)
                {
                    if (tuple.Items[i] is TupleOperand || IntegersOf(tuple.Items[i]) is not [var number]) return null;
                    numbers[i] = number;
                }
                return numbers;
            default: return null;
        }
    }

    private string PartName(OpName op) => context.NodeName($"{_name}/{op.Type}");

    private OutputSpec Spec(int index, bool ofMany = false) =>
        new(ofMany ? $"{_output}.{index}" : _output, StoredType(index));
}
