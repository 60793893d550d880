using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Quantization.Corrections;
using GraphPartition.Quantization.Placement;
using GraphPartition.Quantization.Weights;

namespace GraphPartition.Quantization.Measuring;

/// <summary>
/// An FP32 model that computes every choice of quantized layers with any scales: <c>If(on, DQ(Q(x)), x)</c> in front of each place. Inputs
/// choose: a boolean for each layer, a scale for each group, and an addition to each bias. So one session measures all methods and all
/// choices.
/// </summary>
internal sealed class SwitchedLayers
{
    /// <summary>The names of the two inputs.</summary>
    public const string Switches = "gpc_quantized_layers", Scales = "gpc_quantized_scales";

    /// <summary>The name of the input with what is added to the bias of a layer; it exists where the layer has a bias.</summary>
    public static string CorrectionOf(int layer) => $"gpc_correction_{layer}";

    private readonly Model _model;
    private readonly QuantizationOptions _options;
    private readonly GraphBuilder _builder;
    private readonly Value _switches = new(Switches, IrType.Tensor(ElementType.Bool, Shape.OfRank(1)));
    private readonly Value _scales = new(Scales, IrType.Tensor(ElementType.Float32, Shape.OfRank(1)));
    private readonly Dictionary<(Value, int), Value> _picked = [];
    private readonly Dictionary<Node, Dictionary<int, Func<Value>>> _edits = [];
    private readonly List<Value> _corrections = [];
    private int _count;

    private SwitchedLayers(Model model, QuantizationPlan plan, QuantizationOptions options)
    {
        (_model, _options) = (model, options);
        _builder = new(DeclaredTypes.Instance, null, model.Graph.Nodes.Length) { Name = model.Graph.Name };
        for (int l = 0; l < plan.Layers.Length; l++)
        {
            (QuantizedLayer layer, int number) = (plan.Layers[l], l);
            if (BiasCorrection.HasBias(layer))
                _corrections.Add(new(CorrectionOf(l), IrType.Tensor(ElementType.Float32, Shape.Of(BiasCorrection.ChannelsOf(layer)))));
            foreach (Place place in layer.Places) EditsOf(place.User)[place.Input] = () => Switched(place, number);
            if (BiasCorrection.HasBias(layer)) EditsOf(layer.Node)[2] = () => Corrected(layer, number);
            if (layer.Weight is { } weight)
                EditsOf(layer.Node)[weight.Input] = () => Switched(layer.Node.Inputs[weight.Input]!, weight, number);
        }
    }

    /// <summary>Makes the model.</summary>
    public static Model Of(Model model, QuantizationPlan plan, QuantizationOptions options, OperatorTable operators) =>
        new SwitchedLayers(model, plan, options).Build(operators);

    private Model Build(OperatorTable operators)
    {
        Graph graph = _model.Graph;
        foreach (Value input in graph.Inputs) _builder.Input(input, graph.Defaults.GetValueOrDefault(input));
        _builder.Input(_switches);
        _builder.Input(_scales);
        foreach (Value correction in _corrections) _builder.Input(correction);
        foreach (Value constant in graph.Constants) _builder.Constant(constant);
        foreach (Node node in graph.Nodes)
        {
            if (!_edits.TryGetValue(node, out Dictionary<int, Func<Value>>? inputs))
            {
                _builder.Append(node);
                continue;
            }
            Value?[] edited = [.. node.Inputs, .. new Value?[Math.Max(0, inputs.Keys.Max() + 1 - node.Inputs.Length)]];
            foreach ((int input, Func<Value> edit) in inputs.OrderBy(e => e.Key)) edited[input] = edit();
            _builder.Define(node.Op, edited, node.Outputs.AsSpan(), node.Attributes, node.Name, node.Version, node.Metadata);
        }
        Graph built = _builder.Build([.. graph.Outputs]);
        var switched = _model with { Graph = built, Training = [], SourceOpset = Math.Max(_model.SourceOpset, _options.Format.Opset) };
        return switched with { Graph = new EliminateDeadNodes().Run(built, new PassContext(switched, operators)) };
    }

    private Dictionary<int, Func<Value>> EditsOf(Node node)
    {
        if (!_edits.TryGetValue(node, out var inputs)) _edits.Add(node, inputs = []);
        return inputs;
    }

    private Value Switched(Place place, int layer)
    {
        Value value = place.Value, on = Picked(_switches, layer, Shape.Scalar), scale = Picked(_scales, place.Group, Shape.Scalar);
        return Choose(on, value, branch =>
        {
            Value zero = branch.Constant($"zero_{_count}", new MemoryTensor(_options.Format.Element, [], new byte[1]));
            Value low = Define(branch, "QuantizeLinear", [value, scale, zero], IrType.Tensor(_options.Format.Element, value.Shape));
            return Define(branch, "DequantizeLinear", [low, scale, zero], value.Type);
        });
    }

    private Value Corrected(QuantizedLayer layer, int number)
    {
        Value correction = _corrections.First(v => v.Name == CorrectionOf(number));
        return layer.Node.Input(2) is { } bias ? Define(_builder, "Add", [bias, correction], correction.Type) : correction;
    }

    private Value Switched(Value constant, WeightPlace weight, int layer)
    {
        var quantized = QuantizedWeight.Of(weight, _options, ElementType.Float32, constant.Name);
        Value low = _builder.Constant($"{constant.Name}_quantized_{layer}", quantized.Data);
        Value scale = _builder.Constant($"{constant.Name}_scale_{layer}", quantized.Scale);
        AttributeMap attributes = quantized.Block > 0
            ? AttributeMap.Of(("axis", (long)quantized.Axis), ("block_size", (long)quantized.Block))
            : AttributeMap.Of(("axis", (long)quantized.Axis));
        return Choose(Picked(_switches, layer, Shape.Scalar), constant,
            branch => Define(branch, "DequantizeLinear", [low, scale], constant.Type, attributes));
    }

    /// <summary>An element of one of the two inputs.</summary>
    private Value Picked(Value from, int index, Shape shape)
    {
        if (_picked.TryGetValue((from, index), out Value? known)) return known;
        Value at = _builder.Constant($"{from.Name}_{index}", TensorData.Scalar(ElementType.Int64, (long)index));
        var element = new Value($"{from.Name}_of_{index}", IrType.Tensor(from.ElementType, shape));
        _builder.Define("Gather", [from, at], [element], AttributeMap.Empty);
        return _picked[(from, index)] = element;
    }

    private Value Choose(Value on, Value exact, Func<GraphBuilder, Value> rounded)
    {
        var chosen = new Value($"{exact.Name}_switched_{_count++}", exact.Type);
        _builder.Define("If", [on], [chosen], AttributeMap.Of(
            ("then_branch", Branch(rounded)), ("else_branch", Branch(b => Define(b, "Identity", [exact], exact.Type)))));
        return chosen;
    }

    private static Graph Branch(Func<GraphBuilder, Value> result)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "branch" };
        return builder.Build(result(builder));
    }

    private Value Define(GraphBuilder builder, string op, Value[] inputs, IrType type, AttributeMap? attributes = null)
    {
        var result = new Value($"{inputs[0].Name}_{op}_{_count++}", type);
        builder.Define(op, inputs, [result], attributes ?? AttributeMap.Empty);
        return result;
    }
}
