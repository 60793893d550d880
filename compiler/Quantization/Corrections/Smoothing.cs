using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Quantization.Placement;
using GraphPartition.Quantization.Weights;

namespace GraphPartition.Quantization.Corrections;

/// <summary>
/// SmoothQuant (G. Xiao and others, 2023, https://arxiv.org/abs/2211.10438): X W = (X / s) (s W) with
/// s[k] = max|X[:,k]|^a / max|W[k,:]|^(1-a) moves channels that are much larger than others from activations into weights. The model
/// computes the same in FP32. The multiplication by 1 / s is pointwise, so an engine computes it together with what is before it.
/// </summary>
internal static class Smoothing
{
    private const double Alpha = 0.5, LeastOutlier = 6;

    /// <summary>Smooths the activations that have outlier channels.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">Its layers.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="runner">Runs the model on samples.</param>
    /// <returns>Null where no activation has outlier channels.</returns>
    public static Model? Of(Model model, QuantizationPlan plan, OperatorTable operators, ISampleRunner runner)
    {
        IGrouping<Value, QuantizedLayer>[] groups = [.. plan.Layers.Where(CanSmooth).GroupBy(l => l.Node.Inputs[0]!)];
        if (groups.Length == 0) return null;
        float[][] largest = Largest(model, groups, operators, runner);
        var context = new PassContext(model, operators);
        var builder = GraphBuilder.For(model.Graph, operators, context.Scope);
        foreach (Value constant in model.Graph.Constants) builder.Constant(constant);
        var smoothed = new Dictionary<Value, (float[] Factors, HashSet<Node> Layers)>();
        for (int g = 0; g < groups.Length; g++)
            if (HasOutliers(largest[g])) smoothed.Add(groups[g].Key, (Factors(largest[g], groups[g]), [.. groups[g].Select(l => l.Node)]));
        if (smoothed.Count == 0) return null;
        var divided = new Dictionary<Value, Value>();
        foreach (Node node in model.Graph.Nodes)
        {
            if (node.Input(0) is not { } x || !smoothed.TryGetValue(x, out var smooth) || !smooth.Layers.Contains(node))
            {
                builder.Append(node);
                continue;
            }
            if (!divided.TryGetValue(x, out Value? input))
            {
                Value inverse = builder.Constant(context.Fresh(x.Name + "_smoothing"),
                    TensorData.Floats(smooth.Factors.Select(s => 1 / s).ToArray(), smooth.Factors.Length));
                string name = context.Fresh(x.Name + "_smooth");
                divided[x] = input = builder.Add("Mul", [x, inverse], [name], AttributeMap.Empty, name).Outputs[0]!;
            }
            Value?[] inputs = [.. node.Inputs];
            inputs[0] = input;
            inputs[1] = builder.Constant(context.Fresh(node.Inputs[1]!.Name + "_smooth"), Scaled(node, smooth.Factors));
            builder.Define(node.Op, inputs, node.Outputs.AsSpan(), node.Attributes, node.Name, node.Version, node.Metadata);
        }
        return model with { Graph = new EliminateDeadNodes().Run(builder.Build([.. model.Graph.Outputs]), context), Training = [] };
    }

    /// <summary>Whether the activation of a layer is its first input, with the sum along the last axis.</summary>
    private static bool CanSmooth(QuantizedLayer layer) => layer.Weight is { Input: 1, Sum: >= 0, Data.Dims.Length: 2 }
        && layer.Places is [{ Input: 0 }] && layer.Node.Attributes.Int("transA") == 0;

    private static bool HasOutliers(float[] largest)
    {
        float[] sorted = [.. largest.Order()];
        return sorted[sorted.Length / 2] is > 0 and var median && sorted[^1] >= LeastOutlier * median;
    }

    private static float[] Factors(float[] largest, IEnumerable<QuantizedLayer> layers)
    {
        var weights = new float[largest.Length];
        foreach (QuantizedLayer layer in layers)
        {
            ReadOnlySpan<float> w = layer.Weight!.Data.As<float>();
            for (int i = 0; i < w.Length; i++)
            {
                ref float most = ref weights[RowOf(i, layer.Weight)];
                most = MathF.Max(most, MathF.Abs(w[i]));
            }
        }
        return [.. largest.Zip(weights, (x, w) => x == 0 || w == 0 ? 1
            : (float)Math.Clamp(Math.Pow(x, Alpha) / Math.Pow(w, 1 - Alpha), 1e-4, 1e4))];
    }

    private static TensorData Scaled(Node node, float[] factors)
    {
        TensorData data = node.Inputs[1]!.Data!;
        int sum = node.Attributes.Int("transB") != 0 ? 1 : 0;
        float[] w = data.As<float>().ToArray();
        var place = new WeightPlace(1, data, 1 - sum, sum);
        for (int i = 0; i < w.Length; i++) w[i] *= factors[RowOf(i, place)];
        return TensorData.Of<float>(ElementType.Float32, w, data.Dims.AsSpan());
    }

    private static int RowOf(int element, WeightPlace weight)
    {
        int columns = (int)weight.Data.Dims[1];
        return weight.Sum == 0 ? element / columns : element % columns;
    }

    /// <summary>For each activation the largest magnitude of each channel on the samples.</summary>
    private static float[][] Largest(
        Model model, IGrouping<Value, QuantizedLayer>[] groups, OperatorTable operators, ISampleRunner runner)
    {
        var builder = GraphBuilder.For(model.Graph, operators, BuildScope.For(model.Graph));
        foreach (Value constant in model.Graph.Constants) builder.Constant(constant);
        foreach (Node node in model.Graph.Nodes) builder.Append(node);
        var outputs = new List<Value>();
        foreach (IGrouping<Value, QuantizedLayer> group in groups)
        {
            WeightPlace weight = group.First().Weight!;
            string name = $"gpc_channels_{outputs.Count}";
            Value rows = builder.Op("Reshape", name + "_rows",
                [group.Key, builder.Constant(name + "_shape", TensorData.Int64s(-1, weight.Data.Dims[weight.Sum]))]);
            outputs.Add(builder.Op("ReduceMax", name, [builder.Op("Abs", name + "_abs", [rows]),
                builder.Constant(name + "_axes", TensorData.Int64s(0))], AttributeMap.Of(("keepdims", 0L))));
        }
        Graph graph = builder.Build([.. outputs]);
        graph = new EliminateDeadNodes().Run(graph, new PassContext(model with { Graph = graph }, operators));
        using ISampleSession session = runner.Load(OpsetExport.Lowest(model with { Graph = graph, Training = [] }));
        float[][] largest = [.. groups.Select(g => new float[g.First().Weight!.Data.Dims[g.First().Weight!.Sum]])];
        for (int sample = 0; sample < runner.Count; sample++)
        {
            ImmutableArray<TensorData?> results =
                session.Run(sample, [.. Enumerable.Range(0, groups.Length)], ImmutableDictionary<string, TensorData>.Empty);
            for (int g = 0; g < groups.Length; g++)
                for (int k = 0; k < largest[g].Length; k++)
                    largest[g][k] = MathF.Max(largest[g][k], results[g]!.As<float>()[k]);
        }
        return largest;
    }
}
