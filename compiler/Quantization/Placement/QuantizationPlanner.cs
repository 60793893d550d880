using GraphPartition.Compiler.Diagnostics;

namespace GraphPartition.Quantization.Placement;

/// <summary>Finds the layers of a graph, the places of their pairs, and the tensors that share scales.</summary>
public static class QuantizationPlanner
{
    /// <summary>Plans the main graph. Bodies stay as they are: each layer in one has that as its reason.</summary>
    /// <param name="graph">The graph after the passes, so that BatchNormalization is part of the weights.</param>
    /// <param name="options">What to quantize.</param>
    /// <param name="accepts">Why the target does not take a layer quantized; null: it does.</param>
    /// <exception cref="ModelException">GP3005: a selector matches no node.</exception>
    public static QuantizationPlan Plan(Graph graph, QuantizationOptions options, Func<Node, string?>? accepts = null)
    {
        Diagnostic[] unknown = [.. options.Keep.Where(s => !graph.Nodes.Any(s.Matches))
            .Select(s => CompilerCodes.UnknownNode.At(s.Origin, s.Mismatch(graph)))];
        if (unknown.Length > 0) throw new ModelException(unknown);
        var rules = new LayerRules(graph, options);
        var scales = new ScaleGroups(graph);
        var groups = new Dictionary<Value, int>();
        var members = new List<List<Value>>();
        ILookup<Node, (Node Add, Node Layer, int Skip)> skips = new SkipInputs(graph).Find().ToLookup(s => s.Layer);
        var layers = ImmutableArray.CreateBuilder<QuantizedLayer>();
        var kept = ImmutableArray.CreateBuilder<KeptLayer>();
        foreach (Node node in graph.Nodes)
        {
            foreach (Node inner in node.Attributes.Bodies().SelectMany(LayersOf))
                kept.Add(new(inner, $"it is in a body of {node.Label}, where tensors are not calibrated"));
            if (!LayerRules.IsLayer(node)) continue;
            string reason = options.Keep.FirstOrDefault(s => s.Matches(node)) is { } selector ? selector.Origin
                : accepts?.Invoke(node) ?? "";
            if (reason.Length == 0 && rules.Parts(node, out reason) is { } parts)
            {
                var places = parts.Activations.Select(i => PlaceOf(node, i)).ToList();
                if (options.Format == QuantizationFormat.Int8) places.AddRange(skips[node].Select(s => PlaceOf(s.Add, s.Skip)));
                layers.Add(new(node, [.. places], parts.Weight));
            }
            else kept.Add(new(node, reason));
        }
        if (options.Format == QuantizationFormat.Int8)
        {
            ILookup<Node, Node> pools = new PooledInputs(graph, layers).Find().ToLookup(p => p.Layer, p => p.Pool);
            for (int l = 0; l < layers.Count; l++)
                layers[l] = layers[l] with { Places = [.. layers[l].Places, .. pools[layers[l].Node].Select(pool => PlaceOf(pool, 0))] };
        }
        return new(layers.ToImmutable(), kept.ToImmutable(), [.. members.Select(m => m.ToImmutableArray())]);

        Place PlaceOf(Node user, int input)
        {
            Value value = user.Inputs[input]!, root = scales.Root(value);
            if (!groups.TryGetValue(root, out int group))
            {
                groups.Add(root, group = members.Count);
                members.Add([]);
            }
            if (!members[group].Contains(value)) members[group].Add(value);
            return new(user, input, group);
        }
    }

    /// <summary>The layers of a body, those of bodies in it too.</summary>
    private static IEnumerable<Node> LayersOf(Graph body) =>
        body.Nodes.SelectMany(n => n.Attributes.Bodies().SelectMany(LayersOf).Concat(LayerRules.IsLayer(n) ? [n] : Array.Empty<Node>()));
}
