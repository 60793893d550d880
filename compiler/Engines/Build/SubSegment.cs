using System.Collections.Immutable;
using GraphPartition.Emit;
using GraphPartition.Ir;

namespace GraphPartition.Engines.Build;

/// <summary>A part of a group as a group of its own.</summary>
internal static class SubSegment
{
    /// <summary>The segment of some nodes of a graph, with what they take from others and give to them.</summary>
    public static GraphSegment Of(Graph graph, ImmutableArray<int> nodes)
    {
        GraphUses uses = graph.Uses;
        HashSet<int> inside = [.. nodes];
        HashSet<Value> results = new(graph.Outputs, ReferenceEqualityComparer.Instance);
        OrderedDictionary<Value, bool> inputs = [], weights = [];
        List<Value> outputs = [];
        foreach (int n in nodes)
        {
            foreach (Value v in graph.Nodes[n].Inputs.OfType<Value>().Concat(graph.Nodes[n].Captures))
            {
                if (v.IsConstant) weights.TryAdd(v, true);
                else if (!inside.Contains(uses.ProducerOf(uses.IdOf(v)))) inputs.TryAdd(v, true);
            }
            foreach (Value? v in graph.Nodes[n].Outputs)
                if (v is not null && (results.Contains(v) || HasUserOutside(uses, v, inside))) outputs.Add(v);
        }
        return new GraphSegment(0, true, nodes, [.. inputs.Keys], [.. weights.Keys], [.. outputs]);
    }

    private static bool HasUserOutside(GraphUses uses, Value value, HashSet<int> inside)
    {
        foreach (int user in uses.UsersOf(uses.IdOf(value)))
            if (!inside.Contains(user)) return true;
        return false;
    }
}
