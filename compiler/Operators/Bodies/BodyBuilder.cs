using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Bodies;

/// <summary>
/// Adds the nodes that a <see cref="FunctionBody"/> expresses a node with. They are named after that node. The nodes that produce its
/// results take over the names and types of its outputs.
/// </summary>
/// <param name="builder">Takes the nodes.</param>
/// <param name="node">The node to express; its attributes hold.</param>
/// <param name="inputs">Its inputs, as values that the builder knows; null where an optional input is left out.</param>
/// <param name="isUsed">Whether somebody uses an output.</param>
/// <param name="fresh">Makes a name unique in the model.</param>
public sealed class BodyBuilder(
    GraphBuilder builder, Node node, ImmutableArray<Value?> inputs, Func<Value, bool> isUsed, Func<string, string> fresh)
{
    private readonly Value?[] _results = new Value?[node.Outputs.Length];
    private readonly List<Value> _constants = [];

    /// <summary>The node's attributes.</summary>
    public AttributeMap Attributes => node.Attributes;

    /// <summary>The values that stand for the node's outputs; null where the output is left out or nobody uses it.</summary>
    public IReadOnlyList<Value?> Results => _results;

    /// <summary>The constants that were added.</summary>
    public IReadOnlyList<Value> Constants => _constants;

    /// <summary>How many inputs it has, those that are left out among them.</summary>
    public int InputCount => inputs.Length;

    /// <summary>Whether an optional input is present.</summary>
    public bool Has(int index) => index < inputs.Length && inputs[index] is not null;

    /// <summary>An input that the schema demands.</summary>
    public Value Input(int index) => inputs[index]!;

    /// <summary>Whether somebody uses an output.</summary>
    public bool Wants(int output) => output < _results.Length && node.Outputs[output] is not null && isUsed(node.Outputs[output]!);

    /// <summary>The element type of an input; Undefined where it is not known.</summary>
    public ElementType Element(int index) => Has(index) ? Input(index).ElementType : ElementType.Undefined;

    /// <summary>The element type of an output that the node has.</summary>
    public ElementType OutputElement(int output) => node.Outputs[output]!.ElementType;

    /// <summary>The attributes of these names that the node has, for a part.</summary>
    public (string, AttributeValue)[] Own(params ReadOnlySpan<string> names)
    {
        var own = new List<(string, AttributeValue)>();
        foreach (string name in names)
            if (Attributes[name] is { } value) own.Add((name, value));
        return [.. own];
    }

    /// <summary>Adds a node on the way to a result.</summary>
    /// <returns>Its output.</returns>
    public Value Add(OpName op, ReadOnlySpan<Value?> operands, params ReadOnlySpan<(string, AttributeValue)> attributes)
    {
        string name = PartName(op);
        return builder.Add(op, operands, [name], AttributeMap.Of(attributes), name).Outputs[0]!;
    }

    /// <summary>Adds a node of several outputs.</summary>
    /// <returns>Its outputs.</returns>
    public ImmutableArray<Value?> AddMany(
        OpName op, ReadOnlySpan<Value?> operands, int outputs, params ReadOnlySpan<(string, AttributeValue)> attributes)
    {
        string name = PartName(op);
        OutputSpec[] specs = [.. Enumerable.Range(0, outputs).Select(i => new OutputSpec(fresh($"{name}_{i}")))];
        return builder.Add(op, operands, specs, AttributeMap.Of(attributes), name).Outputs;
    }

    /// <summary>Adds the node that produces an output.</summary>
    public Value Result(int output, OpName op, ReadOnlySpan<Value?> operands, params ReadOnlySpan<(string, AttributeValue)> attributes) =>
        _results[output] = builder.Add(op, operands, [OutputSpec.Like(node.Outputs[output])], AttributeMap.Of(attributes),
            output == 0 ? node.Name : PartName(op), 0, output == 0 ? node.Metadata : null).Outputs[0]!;

    /// <summary>A constant of one number, in the element type of the arithmetic that it takes part in. Shape [].</summary>
    public Value Number(ElementType type, double number) => Constant(Numbers.Scalar(type, number)!);

    /// <summary>Whether the arithmetic of bodies has constants of this element type.</summary>
    public static bool HasNumbers(ElementType type) => Numbers.Scalar(type, 0) is not null;

    /// <summary>A constant vector of 64-bit integers: sizes or axes. Shape [n].</summary>
    public Value Integers(params ReadOnlySpan<long> values) => Constant(TensorData.Int64s(values));

    /// <summary>A constant.</summary>
    public Value Constant(TensorData data)
    {
        Value value = builder.Constant(fresh($"{node.DisplayName}/constant"), data);
        _constants.Add(value);
        return value;
    }

    /// <summary>The body of a Loop or Scan.</summary>
    /// <param name="inputs">The types of its inputs.</param>
    /// <param name="build">Adds its nodes; it gets the inputs and returns the outputs.</param>
    public Graph Body(ReadOnlySpan<IrType> inputs, Func<BodyBuilder, Value[], Value[]> build)
    {
        var inner = new GraphBuilder(builder.Rules, builder.Scope) { Name = PartName("body") };
        var values = new Value[inputs.Length];
        for (int i = 0; i < values.Length; i++) values[i] = inner.Input(PartName("input"), inputs[i]);
        return inner.Build(build(new(inner, node, [.. values], isUsed, fresh), values));
    }

    /// <summary>Adds the nodes of a graph, with values in place of its inputs.</summary>
    /// <returns>Its outputs.</returns>
    public Value[] Inline(Graph graph, params ReadOnlySpan<Value> values)
    {
        var map = new Dictionary<Value, Value>();
        for (int i = 0; i < values.Length; i++) map[graph.Inputs[i]] = values[i];
        foreach (Value constant in graph.Constants) map[constant] = Constant(constant.Data!);
        foreach (Node part in graph.Nodes)
        {
            var with = new Substitution(map);
            OutputSpec[] outputs = [.. part.Outputs.Select(v => v is null ? default : new OutputSpec(PartName(part.Op)))];
            Node added = builder.Add(part.Op, [.. part.Inputs.Select(v => v is null ? null : with.Of(v))], outputs,
                part.Attributes.MapBodies(with.In), PartName(part.Op), part.Version);
            for (int i = 0; i < outputs.Length; i++)
                if (part.Outputs[i] is { } output) map[output] = added.Outputs[i]!;
        }
        return [.. graph.Outputs.Select(v => map.GetValueOrDefault(v, v))];
    }

    /// <summary>The value in another element type; itself where it has that type.</summary>
    public Value Cast(Value value, ElementType type) => value.ElementType == type ? value : Add("Cast", [value], ("to", (long)type));

    /// <summary>The value in another shape: 0 keeps the size of that axis, -1 takes what is left.</summary>
    public Value Reshape(Value value, params ReadOnlySpan<long> shape) => Add("Reshape", [value, Integers(shape)]);

    /// <summary>The value with its axes in another order.</summary>
    public Value Transpose(Value value, params ReadOnlySpan<long> order) => Add("Transpose", [value], ("perm", order.ToArray()));

    private string PartName(OpName op) => PartName(op.Type);

    private string PartName(string part) => fresh($"{node.DisplayName}/{part}");
}
