using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Quantization.Corrections;
using GraphPartition.Quantization.Weights;

namespace GraphPartition.Quantization.Rewriting;

/// <summary>
/// The copy of a graph with pairs of QuantizeLinear and DequantizeLinear. Weights are stored quantized, so a DequantizeLinear alone stands
/// before them. Zero points of activations are written: without one ONNX means uint8, and TensorRT int8.
/// </summary>
internal sealed class QuantizedGraph
{
    private readonly Model _source;
    private readonly Dictionary<Node, Dictionary<int, InputEdit>> _edits;
    private readonly float[] _scales;
    private readonly QuantizationFormat _format;
    private readonly PassContext _context;
    private readonly GraphBuilder _builder;
    private readonly Dictionary<(Value, int), Value> _pairs = [];
    private readonly Dictionary<(int, ElementType), Value> _scaleOf = [];
    private readonly Dictionary<(Value, int), Value> _weights = [];
    private Value? _zero;

    private QuantizedGraph(Model source, OperatorTable operators, Dictionary<Node, Dictionary<int, InputEdit>> edits, float[] scales,
        QuantizationFormat format)
    {
        (_source, _edits, _scales, _format) = (source, edits, scales, format);
        _context = new(source, operators);
        _builder = GraphBuilder.For(source.Graph, operators, _context.Scope);
    }

    /// <summary>Builds the quantized model.</summary>
    /// <param name="source">The model.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="edits">What becomes of the inputs of its nodes.</param>
    /// <param name="scales">The scale of each group.</param>
    /// <param name="format">The format.</param>
    public static Model Of(Model source, OperatorTable operators, Dictionary<Node, Dictionary<int, InputEdit>> edits, float[] scales,
        QuantizationFormat format)
    {
        if (edits.Count == 0) return source;
        var graph = new QuantizedGraph(source, operators, edits, scales, format);
        return source with { Graph = graph.Build(), Training = [], SourceOpset = Math.Max(source.SourceOpset, graph.Opset()) };
    }

    /// <summary>Scales in 16 bits came with opset 19.</summary>
    private int Opset() => _scaleOf.Keys.Any(k => k.Item2 != ElementType.Float32) ? Math.Max(19, _format.Opset) : _format.Opset;

    private Graph Build()
    {
        foreach (Value constant in _source.Graph.Constants) _builder.Constant(constant);
        foreach (Node node in _source.Graph.Nodes)
        {
            if (!_edits.TryGetValue(node, out Dictionary<int, InputEdit>? inputs))
            {
                _builder.Append(node);
                continue;
            }
            Value?[] edited = [.. node.Inputs, .. new Value?[Math.Max(0, inputs.Keys.Max() + 1 - node.Inputs.Length)]];
            foreach ((int input, InputEdit edit) in inputs.OrderBy(e => e.Key))
                edited[input] = edit.Weight is { } weight ? Weight(node.Inputs[input]!, weight)
                    : edit.Correction is { } correction ? Bias(node, correction) : Pair(node.Inputs[input]!, edit);
            _builder.Define(node.Op, edited, node.Outputs.AsSpan(), node.Attributes, node.Name, node.Version, node.Metadata);
        }
        Graph graph = _builder.Build([.. _source.Graph.Outputs]);
        if (_context.Scope.Diagnostics.FirstOrDefault(d => d.Code.Severity == Severity.Error) is { } wrong)
            throw new InternalCompilerException("quantization", wrong.ToString());
        if (GraphVerifier.FindFault(graph) is { } fault) throw new InternalCompilerException("quantization", fault);
        return new EliminateDeadNodes().Run(graph, _context);
    }

    private Value Pair(Value value, InputEdit edit)
    {
        if (_pairs.TryGetValue((value, edit.Pair), out Value? known)) return known;
        Value scale = Scale(edit.Group, value);
        _zero ??= _builder.Constant(_context.Fresh("quantization_zero"), new MemoryTensor(_format.Element, [], new byte[1]));
        Value low = Add("QuantizeLinear", [value, scale, _zero], value.Name + "_quantized", AttributeMap.Empty);
        return _pairs[(value, edit.Pair)] = Add("DequantizeLinear", [low, scale, _zero], value.Name + "_dequantized", AttributeMap.Empty);
    }

    private Value Weight(Value constant, QuantizedWeight weight)
    {
        if (_weights.TryGetValue((constant, weight.Axis), out Value? known)) return known;
        Value low = _builder.Constant(_context.Fresh(constant.Name + "_quantized"), weight.Data);
        Value scale = _builder.Constant(_context.Fresh(constant.Name + "_scale"), weight.Scale);
        AttributeMap attributes = weight.Block > 0
            ? AttributeMap.Of(("axis", (long)weight.Axis), ("block_size", (long)weight.Block))
            : weight.Scale.Dims.IsEmpty ? AttributeMap.Empty : AttributeMap.Of(("axis", (long)weight.Axis));
        return _weights[(constant, weight.Axis)] = Add("DequantizeLinear", [low, scale], constant.Name + "_dequantized", attributes);
    }

    private Value Bias(Node node, float[] correction) => _builder.Constant(_context.Fresh((node.Input(2) ?? node.Outputs[0]!).Name + "_corrected"),
        BiasCorrection.Corrected(node.Input(2)?.Data, correction, node.Inputs[0]!.ElementType));

    /// <summary>The scale of a group, in the type of the numbers: TensorRT wants both equal.</summary>
    private Value Scale(int group, Value value)
    {
        ElementType element = value.ElementType;
        if (_scaleOf.TryGetValue((group, element), out Value? known)) return known;
        float scale = QuantizedWeight.Rounded(_scales[group], element);
        TensorData data = LowFormat.Of(element) is { } low ? TensorData.Scalar(element, low.Bits(scale))
            : TensorData.Scalar(ElementType.Float32, scale);
        return _scaleOf[(group, element)] = _builder.Constant(_context.Fresh(value.Name + "_scale"), data);
    }

    private Value Add(string op, Value?[] inputs, string name, AttributeMap attributes)
    {
        string fresh = _context.Fresh(name);
        return _builder.Add(op, inputs, [fresh], attributes, fresh).Outputs[0]!;
    }
}
