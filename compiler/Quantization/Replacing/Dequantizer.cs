using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Quantization.Placement;

namespace GraphPartition.Quantization.Replacing;

/// <summary>
/// Takes the quantization out of a model: DequantizeLinear of a constant becomes an FP32 constant, a QuantizeLinear with its
/// DequantizeLinear nodes goes. For dynamic quantization, x with the scale 1 stands for the integers of x: then MatMulInteger is a MatMul,
/// and the multiplication by both scales behind it still holds. The weights keep the rounding that they have.
/// </summary>
public sealed class Dequantizer
{
    private readonly Graph _source;
    private readonly PassContext _context;
    private readonly GraphBuilder _builder;
    private readonly Dictionary<Value, Value> _map = [];
    private readonly Dictionary<Value, (Value Float, Value Scale)> _twins = []; // of integers: the floats, and their scale
    private readonly Dictionary<(Value, Value, Value?), Value> _weights = [];
    private bool _isChanged;

    private Dequantizer(Model model, OperatorTable operators)
    {
        (_source, _context) = (model.Graph, new(model, operators));
        _builder = GraphBuilder.For(model.Graph, operators, _context.Scope);
    }

    /// <summary>The model without quantization, as far as it can be taken out.</summary>
    /// <returns>The model itself where nothing changes.</returns>
    public static Model Run(Model model, OperatorTable operators)
    {
        Model pairs = PairForms.Of(model, operators);
        var dequantizer = new Dequantizer(pairs, operators);
        Graph graph = dequantizer.Build();
        return dequantizer._isChanged ? model with { Graph = graph, Training = [] } : model;
    }

    /// <summary>The first node of a model that is quantized; null: there is none.</summary>
    public static string? Rest(Graph graph) => graph.Nodes.FirstOrDefault(n => IsQuantized(n.Op))?.Label;

    private static bool IsQuantized(OpName op) => op.Type.Contains("Quantize", StringComparison.OrdinalIgnoreCase)
        || op.Type.Contains("Integer", StringComparison.Ordinal) || op.Type.EndsWith("NBits", StringComparison.Ordinal)
        || op.Type is ['Q', >= 'A' and <= 'Z', ..]; // QLinearConv, QGemm, QAttention, QMoE

    private Graph Build()
    {
        foreach (Value constant in _source.Constants) _builder.Constant(constant);
        foreach (Node node in _source.Nodes)
            if (Replaced(node)) _isChanged = true;
            else Copy(node, node.Op, [.. node.Inputs.Select(Map)]);
        Graph graph = _builder.Build([.. _source.Outputs.Select(v => Map(v)!)]);
        return new EliminateDeadNodes().Run(graph, _context);
    }

    private bool Replaced(Node node)
    {
        if (node.Input(0) is not { } x || node.Output(0) is not { } y) return false;
        switch (node.Op.Type)
        {
            case "QuantizeLinear" when IsInside(y, n => n.Op.Type == "DequantizeLinear" && IsSameScale(node.Inputs[1]!, n.Inputs[1]!)
                && IsSameZero(node.Input(2), n.Input(2)) && n.Outputs[0]!.ElementType == x.ElementType):
                _twins[y] = (Map(x)!, node.Inputs[1]!);
                return true;
            case "DynamicQuantizeLinear" when IsInside(y, n => IsIntegerLayer(n) && n.Input(0) == y && n.Input(1) is { IsConstant: true }):
                Value one = _builder.Constant(_context.Fresh(y.Name + "_scale"), TensorData.Floats([1f], []));
                _twins[y] = (Map(x)!, one);
                if (node.Output(1) is { } scale) _map[scale] = one;
                return true;
            case "DequantizeLinear" when x.IsConstant && node.Input(1) is { Data: not null } factor:
                _map[y] = Weight(x, factor, node.Input(2), node);
                return true;
            case "DequantizeLinear" when _twins.TryGetValue(x, out var twin) && IsSameScale(twin.Scale, node.Inputs[1]!):
                if (_source.Uses.IsOutput(y)) _builder.Define("Identity", [twin.Float], [y], AttributeMap.Empty);
                else _map[y] = twin.Float;
                return true;
            case var _ when IsIntegerLayer(node) && _twins.TryGetValue(x, out var twin) && node.Input(1) is { IsConstant: true } w:
                Value one1 = _builder.Constant(_context.Fresh(w.Name + "_one"), TensorData.Floats([1f], []));
                var result = new Value(y.Name, IrType.Tensor(ElementType.Float32, y.Shape));
                _builder.Define(node.Op.Type == "MatMulInteger" ? "MatMul" : "Conv", [twin.Float, Weight(w, one1, node.Input(3), node)],
                    [result], node.Attributes, node.Name, 0, node.Metadata);
                _map[y] = result;
                return true;
            default:
                return MovesTwins(node, y);
        }
    }

    /// <summary>Operators that move elements do it with the floats.</summary>
    private bool MovesTwins(Node node, Value y)
    {
        if (!(ScaleGroups.KeepsScale(node) || node.Op.Is("Gather")) || TwinOf(node, y) is not { } first) return false;
        Value?[] inputs = [first.Float, .. node.Inputs.Skip(1)
            .Select(v => v is not null && _twins.TryGetValue(v, out var t) ? t.Float : Map(v))];
        var result = new Value(_context.Fresh(y.Name + "_float"), IrType.Tensor(first.Float.ElementType, y.Shape));
        _builder.Define(node.Op, inputs, [result], node.Attributes, node.Name, node.Version, node.Metadata);
        _twins[y] = (result, first.Scale);
        return true;
    }

    /// <summary>
    /// The floats that a node moves. Those of a constant have the scale behind it, which must be one for all elements: embeddings.
    /// </summary>
    private (Value Float, Value Scale)? TwinOf(Node node, Value y)
    {
        Value x = node.Inputs[0]!;
        if (_twins.TryGetValue(x, out var twin)) return twin;
        if (!x.IsConstant || node.Op.Is("Concat") || _source.Uses.UsersOf(y) is not [var user, ..]
            || _source.Nodes[user] is not { Op.Type: "DequantizeLinear" } end
            || end.Input(1) is not { Data.ElementCount: 1 } scale) return null;
        bool isOne = IsInside(y, n => n.Op.Type == "DequantizeLinear" && IsSameScale(scale, n.Inputs[1]!)
            && IsSameZero(end.Input(2), n.Input(2)) && n.Outputs[0]!.ElementType == end.Outputs[0]!.ElementType);
        return isOne ? (Weight(x, scale, end.Input(2), end), scale) : null;
    }

    private static bool IsIntegerLayer(Node node) => node.Op.Type is "MatMulInteger" or "ConvInteger";

    /// <summary>Whether integers end in such nodes only, through nodes that move the elements of one tensor.</summary>
    private bool IsInside(Value value, Func<Node, bool> isEnd)
    {
        if (_source.Uses.IsOutput(value)) return false;
        foreach (int user in _source.Uses.UsersOf(value))
        {
            Node node = _source.Nodes[user];
            if (isEnd(node)) continue;
            if (!ScaleGroups.KeepsScale(node) || node.Op.Is("Concat") || node.Inputs[0] != value || !IsInside(node.Outputs[0]!, isEnd))
                return false;
        }
        return true;
    }

    private static bool IsSameScale(Value a, Value b) => a == b
        || (a.Data is { } x && b.Data is { } y && x.Element == y.Element && x.Bytes.Span.SequenceEqual(y.Bytes.Span));

    /// <summary>Without a zero point it is 0.</summary>
    private static bool IsSameZero(Value? a, Value? b) => a == b || (IsZero(a) && IsZero(b))
        || (a is not null && b is not null && a.ElementType == b.ElementType && IsSameScale(a, b));

    private static bool IsZero(Value? zero) => zero is null || (zero.Data is { } data && !data.Bytes.Span.ContainsAnyExcept((byte)0));

    /// <summary>(q - zero) * scale, for one scale, one for each place of an axis, or one for each block.</summary>
    private Value Weight(Value q, Value scale, Value? zero, Node node)
    {
        if (_weights.TryGetValue((q, scale, zero), out Value? known)) return known;
        (TensorData data, TensorData scales) = (q.Data!, scale.Data!);
        long[] dims = [.. data.Dims];
        int axis = (int)node.Attributes.Int("axis", node.Op.Is("DequantizeLinear") ? 1 : dims.Length - 1);
        if (axis < 0) axis += dims.Length;
        long block = node.Attributes.Int("block_size"), inner = 1;
        for (int i = axis + 1; i < dims.Length; i++) inner *= dims[i];
        var numbers = new float[data.ElementCount];
        for (int i = 0; i < numbers.Length; i++)
        {
            long at = axis < dims.Length ? i / inner % dims[axis] : 0;
            double z = zero?.Data is { } zeros ? NumberAt(zeros, At(zeros)) : 0;
            numbers[i] = (float)(NumberAt(data, i) - z) * (float)NumberAt(scales, At(scales));

            int At(TensorData t) => t.ElementCount == 1 ? 0 : block == 0 ? (int)at
                : (int)((i / (inner * dims[axis]) * t.Dims[axis] + at / block) * inner + i % inner);
        }
        TensorData floats = LowFormat.Of(node.Outputs[0]!.ElementType) is { } low
            ? TensorData.Of<ushort>(low.Element, numbers.Select(low.Bits).ToArray(), dims)
            : TensorData.Of<float>(ElementType.Float32, numbers, dims);
        return _weights[(q, scale, zero)] = _builder.Constant(_context.Fresh(q.Name + "_float"), floats);
    }

    private static double NumberAt(TensorData data, int index) => Numbers.At(data.Element, data.Bytes.Span, index);

    private void Copy(Node node, OpName op, Value?[] inputs)
    {
        if (inputs.AsSpan().SequenceEqual(node.Inputs.AsSpan())) _builder.Append(node);
        else _builder.Define(op, inputs, node.Outputs.AsSpan(), node.Attributes, node.Name, node.Version, node.Metadata);
    }

    private Value? Map(Value? value) => value is null ? null : _map.GetValueOrDefault(value, value);
}
