using GraphPartition.Partitioning.Constraints;

namespace GraphPartition.Compiler.Planning.Constraints;

/// <summary>
/// The units of a quantized model: a node with the DequantizeLinear nodes that only it reads, their QuantizeLinear nodes, and the
/// QuantizeLinear that alone reads it. TensorRT computes such a unit in integers, and only where it sees all of it. Values inside a unit
/// are read only inside, so no path leaves it and comes back: it is convex.
/// </summary>
internal static class QuantizedUnits
{
    /// <summary>The units of a graph; nodes in <paramref name="taken"/> belong to a unit already and are left there.</summary>
    public static IEnumerable<AtomicUnit> Of(Graph graph, IReadOnlySet<int> taken)
    {
        GraphUses uses = graph.Uses;
        var behind = new HashSet<int>(); // QuantizeLinear nodes behind the node of a unit
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            Node node = graph.Nodes[n];
            if (taken.Contains(n) || IsDequantize(node) || IsQuantize(node)) continue;
            var unit = new List<int>();
            foreach (Value? input in node.Inputs)
                if (input is not null && uses.ProducerOf(input) is >= 0 and int p && IsDequantize(graph.Nodes[p])
                    && uses.HasSingleUse(input) && !taken.Contains(p))
                {
                    unit.Add(p);
                    if (graph.Nodes[p].Input(0) is { } quantized && uses.ProducerOf(quantized) is >= 0 and int before
                        && IsQuantize(graph.Nodes[before]) && uses.HasSingleUse(quantized) && !taken.Contains(before)
                        && !behind.Contains(before)) unit.Add(before);
                }
            if (unit.Count == 0) continue;
            unit.Add(n);
            if (node.Outputs is [{ } output] && uses.HasSingleUse(output) && uses.UsersOf(output)[0] is var q && IsQuantize(graph.Nodes[q])
                && graph.Nodes[q].Inputs[0] == output && !taken.Contains(q))
            {
                unit.Add(q);
                behind.Add(q);
            }
            yield return new($"Q/DQ around {node.DisplayName}", [.. unit.Distinct()]);
        }
    }

    /// <summary>The units of nodes that engines take; none where a partition keeps all of them whole.</summary>
    public static AtomicUnit[] Split(Graph graph, IReadOnlyList<bool> supported, ReadOnlySpan<int> segmentOf)
    {
        if (!graph.HasAnyOf("DequantizeLinear")) return [];
        AtomicUnit[] units = [.. Of(graph, ImmutableHashSet<int>.Empty).Where(u => u.Nodes.All(n => supported[n]))];
        foreach (AtomicUnit unit in units)
            foreach (int n in unit.Nodes)
                if (segmentOf[n] != segmentOf[unit.Nodes[0]]) return units;
        return [];
    }

    private static bool IsDequantize(Node node) => node.Op.Type == "DequantizeLinear";

    private static bool IsQuantize(Node node) => node.Op.Type is "QuantizeLinear" or "DynamicQuantizeLinear";
}
