using GraphPartition.Ir.Types;

namespace GraphPartition.Runtime.Ort;

/// <summary>
/// A graph that computes in float32 what another computes in bfloat16 or 8-bit floats, for a CPU on which ONNX Runtime has no kernels for
/// them. Inputs and outputs keep their types, with a Cast behind each input and before each output. A node that rounds to a narrow type on
/// purpose (Cast, QuantizeLinear) still does; later nodes use its result in float32. So every number is at least as precise as before.
/// </summary>
internal sealed class WideFloats
{
    private readonly Dictionary<Value, Value> _wide = []; // of each narrow value
    private readonly Dictionary<Value, Value> _narrow = []; // of each value that has its narrow form too

    private WideFloats() { }

    /// <summary>The graph in float32.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="narrow">A narrow type that it has; undefined where it has none.</param>
    /// <returns>Null where it has no narrow floats.</returns>
    public static Graph? Of(Graph graph, out ElementType narrow)
    {
        narrow = NarrowIn(graph);
        return narrow == ElementType.Undefined ? null : new WideFloats().Whole(graph);
    }

    private static ElementType NarrowIn(Graph graph)
    {
        foreach (Node node in graph.Nodes)
        {
            foreach (Value? value in node.Outputs.Concat(node.Inputs))
                if (value is not null && IsNarrow(value.ElementType)) return value.ElementType;
            foreach (Graph body in node.Attributes.Bodies())
                if (NarrowIn(body) is not ElementType.Undefined and var inside) return inside;
        }
        return ElementType.Undefined;
    }

    private static bool IsNarrow(ElementType element) =>
        element is ElementType.BFloat16 or (>= ElementType.Float8E4M3FN and <= ElementType.Float8E5M2FNUZ);

    private Graph Whole(Graph graph)
    {
        GraphBuilder builder = GraphBuilder.For(graph, DeclaredTypes.Instance);
        foreach (Value constant in graph.Constants) builder.Constant(constant);
        foreach (Value value in graph.Inputs.Concat(graph.Constants))
            if (IsNarrow(value.ElementType)) Widen(builder, value);
        foreach (Node node in graph.Nodes) Add(builder, node);
        return builder.Build([.. graph.Outputs.Select(v => IsNarrow(v.ElementType) && !v.IsConstant ? Narrow(builder, v) : v)]);
    }

    private Graph Body(Graph body)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = body.Name, Metadata = body.Metadata };
        foreach (Value input in body.Inputs) builder.Input(IsNarrow(input.ElementType) ? _wide[input] = Wide(input, input.Name) : input);
        foreach (Value constant in body.Constants)
        {
            builder.Constant(constant);
            if (IsNarrow(constant.ElementType)) Widen(builder, constant);
        }
        foreach (Node node in body.Nodes) Add(builder, node);
        return builder.Build([.. body.Outputs.Select(v => _wide.GetValueOrDefault(v, v))]);
    }

    private void Add(GraphBuilder builder, Node node)
    {
        bool rounds = node.Op.Is("Cast") || node.Op.Is("QuantizeLinear");
        bool takesNarrow = node.Op.Is("DequantizeLinear") || node.Op.Is("QuantizeLinear"); // their first input or zero point is of the type
        var inputs = new Value?[node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
            inputs[i] = node.Inputs[i] is not { } input ? null
                : takesNarrow && IsByte(input) ? _narrow.GetValueOrDefault(input) ?? NarrowAgain(builder, input)
                : _wide.GetValueOrDefault(input, input);
        var outputs = new Value?[node.Outputs.Length];
        var rounded = new List<Value>();
        for (int i = 0; i < outputs.Length; i++)
        {
            outputs[i] = node.Outputs[i];
            if (node.Outputs[i] is not { } output || !IsNarrow(output.ElementType)) continue;
            if (rounds) rounded.Add(output);
            else outputs[i] = _wide[output] = Wide(output, output.Name);
        }
        AttributeMap attributes = node.Attributes.Count == 0 ? node.Attributes : node.Attributes.MapBodies(Body);
        if (!rounds) attributes = WideTensors.Of(attributes, IsNarrow);
        builder.Define(node.Op, inputs, Renamed(outputs, rounded), attributes, node.Name, node.Version, node.Metadata);
        foreach (Value output in rounded) Widen(builder, output);
    }

    /// <summary>A rounded result gets a new name, because its wide form takes its place.</summary>
    private Value?[] Renamed(Value?[] outputs, List<Value> rounded)
    {
        for (int i = 0; i < outputs.Length; i++)
            if (outputs[i] is { } output && rounded.Contains(output))
                outputs[i] = _narrow[output] = new Value(output.Name + "_narrow", output.Type);
        return outputs;
    }

    private static bool IsByte(Value value) => IsNarrow(value.ElementType) && value.ElementType != ElementType.BFloat16;

    private void Widen(GraphBuilder builder, Value value)
    {
        Value from = _narrow.GetValueOrDefault(value, value);
        Value wide = Wide(value, value.Name + "_wide");
        builder.Define("Cast", [from], [wide], AttributeMap.Of(("to", (long)ElementType.Float32)));
        _wide[value] = wide;
        _narrow[value] = from;
    }

    private Value Narrow(GraphBuilder builder, Value output)
    {
        var narrow = new Value(output.Name, output.Type, metadata: output.Metadata);
        builder.Define("Cast", [_wide[output]], [narrow], CastTo(output.ElementType));
        return narrow;
    }

    private Value NarrowAgain(GraphBuilder builder, Value value)
    {
        var narrow = new Value(value.Name + "_narrow", value.Type);
        builder.Define("Cast", [_wide.GetValueOrDefault(value, value)], [narrow], CastTo(value.ElementType));
        return _narrow[value] = narrow;
    }

    private static AttributeMap CastTo(ElementType element)
    {
        AttributeMap to = AttributeMap.Of(("to", (long)element));
        return element == ElementType.BFloat16 ? to : to.With("saturate", new IntAttribute(0));
    }

    private static Value Wide(Value value, string name) =>
        new(name, value.Type is TensorType tensor ? tensor with { Element = ElementType.Float32 } : value.Type, null, value.Elements);
}
