using GraphPartition.Operators.Analysis;

namespace GraphPartition.Quantization.Placement;

/// <summary>
/// Pooling by average at the edge of a layer: with a pair in front of it, the layer before it writes 8 bits and the pooling reads them. A
/// tensor that other nodes use as floats gets none, because it would be written twice.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="layers">The layers that can be quantized.</param>
internal sealed class PooledInputs(Graph graph, IReadOnlyCollection<QuantizedLayer> layers)
{
    private readonly Dictionary<(Node, int), QuantizedLayer> _places = Places(layers);
    private readonly Dictionary<Node, QuantizedLayer> _layers = layers.ToDictionary(l => l.Node);

    /// <summary>The pooling nodes, each with the layer that it is quantized with: the one behind it, or else the one before it.</summary>
    public IEnumerable<(Node Pool, Node Layer)> Find()
    {
        foreach (Node pool in graph.Nodes)
            if (IsPool(pool) && pool.Input(0) is { ElementType: ElementType.Float32 } x && IsQuantizedByAll(x)
                && (Behind(pool.Outputs[0]!) ?? Before(x)) is { } layer)
                yield return (pool, layer.Node);
    }

    private static bool IsPool(Node node) => node.Op.Domain.Length == 0 && node.Version == 0
        && node.Op.Type is "AveragePool" or "GlobalAveragePool";

    private bool IsQuantizedByAll(Value x)
    {
        if (graph.Uses.IsOutput(x)) return false;
        foreach (int user in graph.Uses.UsersOf(x))
        {
            Node node = graph.Nodes[user];
            for (int i = 0; i < node.Inputs.Length && !IsPool(node); i++)
                if (node.Inputs[i] == x && !_places.ContainsKey((node, i))) return false;
        }
        return true;
    }

    private QuantizedLayer? Behind(Value value)
    {
        foreach (int user in graph.Uses.UsersOf(value))
        {
            Node node = graph.Nodes[user];
            for (int i = 0; i < node.Inputs.Length; i++)
                if (node.Inputs[i] == value && _places.GetValueOrDefault((node, i)) is { } layer) return layer;
            if (ScaleGroups.KeepsScale(node) && Behind(node.Outputs[0]!) is { } further) return further;
        }
        return null;
    }

    private QuantizedLayer? Before(Value value)
    {
        while (graph.Uses.ProducerOf(value) is >= 0 and var n)
        {
            Node node = graph.Nodes[n];
            if (_layers.GetValueOrDefault(node) is { } layer) return layer;
            if (NodeWork.Of(node).Kind != WorkKind.Pointwise || node.Inputs.Count(v => v is { IsConstant: false }) != 1) return null;
            value = node.Inputs.First(v => v is { IsConstant: false })!;
        }
        return null;
    }

    private static Dictionary<(Node, int), QuantizedLayer> Places(IEnumerable<QuantizedLayer> layers)
    {
        var places = new Dictionary<(Node, int), QuantizedLayer>();
        foreach (QuantizedLayer layer in layers)
            foreach (Place place in layer.Places) places.TryAdd((place.User, place.Input), layer);
        return places;
    }
}
