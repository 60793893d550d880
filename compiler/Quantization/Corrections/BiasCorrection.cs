using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Quantization.Placement;
using GraphPartition.Quantization.Weights;

namespace GraphPartition.Quantization.Corrections;

/// <summary>
/// The mean error that quantization makes in each channel of a layer, on the FP32 model's own activations (M. Nagel and others, 2019,
/// https://arxiv.org/abs/1906.04721, section 4.2). The bias takes it back.
/// </summary>
internal static class BiasCorrection
{
    private const int LeastNumbers = 128; // a mean of fewer numbers is of these samples, not of the layer

    /// <summary>Whether a layer has a bias, or a place for one.</summary>
    public static bool HasBias(QuantizedLayer layer) => layer.Weight is not null && layer.Node.Op.Type is "Conv" or "ConvTranspose"
        && layer.Node.Input(2) is null or { IsConstant: true };

    /// <summary>The number of channels of a layer's result.</summary>
    public static int ChannelsOf(QuantizedLayer layer) => (int)(layer.Node.Op.Is("ConvTranspose")
        ? layer.Weight!.Data.Dims[1] * layer.Node.Attributes.Int("group", 1) : layer.Weight!.Data.Dims[0]);

    /// <summary>Measures the corrections.</summary>
    /// <returns>For each layer what is added to its bias; null: it has none, or too few numbers tell what.</returns>
    public static float[]?[] Of(Model model, QuantizationPlan plan, IReadOnlyList<bool> allowed, QuantizationOptions options,
        float[] scales, OperatorTable operators, ISampleRunner runner)
    {
        int[] layers = [.. Enumerable.Range(0, plan.Layers.Length).Where(l => allowed[l] && HasBias(plan.Layers[l]))];
        var corrections = new float[]?[plan.Layers.Length];
        if (layers.Length == 0) return corrections;
        using ISampleSession session = runner.Load(OpsetExport.Lowest(Errors(model, plan, layers, options, scales, operators)));
        var sums = new double[layers.Length][];
        var numbers = new long[layers.Length];
        for (int sample = 0; sample < runner.Count; sample++)
        {
            ImmutableArray<TensorData?> results =
                session.Run(sample, [.. Enumerable.Range(0, 2 * layers.Length)], ImmutableDictionary<string, TensorData>.Empty);
            for (int i = 0; i < layers.Length; i++)
            {
                ReadOnlySpan<float> means = results[2 * i]!.As<float>();
                sums[i] ??= new double[means.Length];
                for (int c = 0; c < means.Length; c++) sums[i][c] += means[c];
                numbers[i] += results[2 * i + 1]!.As<long>()[0] / means.Length;
            }
        }
        for (int i = 0; i < layers.Length; i++)
            if (numbers[i] >= LeastNumbers) corrections[layers[i]] = [.. sums[i].Select(sum => (float)(sum / runner.Count))];
        return corrections;
    }

    /// <summary>The FP32 model with two results for each layer: the mean of FP32 minus quantized, and of how many numbers.</summary>
    private static Model Errors(Model model, QuantizationPlan plan, int[] layers, QuantizationOptions options, float[] scales,
        OperatorTable operators)
    {
        var builder = GraphBuilder.For(model.Graph, operators, BuildScope.For(model.Graph));
        foreach (Value constant in model.Graph.Constants) builder.Constant(constant);
        foreach (Node node in model.Graph.Nodes) builder.Append(node);
        Value zero = builder.Constant("gpc_zero", new MemoryTensor(options.Format.Element, [], new byte[1]));
        var results = new List<Value>();
        foreach (int l in layers)
        {
            Node node = plan.Layers[l].Node;
            string name = $"gpc_error_{l}";
            Place place = plan.Layers[l].Places.First(p => p.User == node);
            Value scale = builder.Constant(name + "_scale", TensorData.Scalar(ElementType.Float32, scales[place.Group]));
            var weight = QuantizedWeight.Of(plan.Layers[l].Weight!, options, ElementType.Float32, name);
            Value?[] inputs = [.. node.Inputs];
            inputs[0] = builder.Op("DequantizeLinear", name + "_x", [builder.Op("QuantizeLinear", name + "_q", [place.Value, scale, zero]), scale, zero]);
            inputs[1] = builder.Op("DequantizeLinear", name + "_w", [builder.Constant(name + "_wq", weight.Data),
                builder.Constant(name + "_ws", weight.Scale)], AttributeMap.Of(("axis", (long)weight.Axis)));
            Value quantized = builder.Op(node.Op, name + "_y", inputs, node.Attributes);
            long[] axes = [0, .. Enumerable.Range(2, plan.Layers[l].Weight!.Data.Dims.Length - 2).Select(a => (long)a)];
            Value off = builder.Op("Sub", name + "_off", [node.Outputs[0], quantized]);
            results.Add(builder.Op("ReduceMean", name, [off, builder.Constant(name + "_axes", TensorData.Int64s(axes))],
                AttributeMap.Of(("keepdims", 0L))));
            results.Add(builder.Op("Size", name + "_count", [off]));
        }
        Graph graph = builder.Build([.. results]);
        var errors = model with { Graph = graph, Training = [], SourceOpset = Math.Max(model.SourceOpset, options.Format.Opset) };
        return errors with { Graph = new EliminateDeadNodes().Run(graph, new PassContext(errors, operators)) };
    }

    /// <summary>A bias with its correction, in the type of the layer.</summary>
    public static TensorData Corrected(TensorData? bias, float[] correction, ElementType element)
    {
        float[] numbers = [.. correction.Select((c, i) => c + (bias is null ? 0 : (float)Numbers.At(bias.Element, bias.Bytes.Span, i)))];
        return LowFormat.Of(element) is { } low ? TensorData.Of<ushort>(element, numbers.Select(low.Bits).ToArray(), numbers.Length)
            : TensorData.Floats(numbers, numbers.Length);
    }
}
