using System.Collections.Immutable;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.CompiledModels;

/// <summary>
/// Nodes of a graph that execute together: an engine group or a fallback segment. Segments stand in an executable order,
/// so a segment needs only results of segments before it.
/// </summary>
/// <param name="Index">The place in the order, from 0.</param>
/// <param name="IsEngine">Whether the nodes form an engine group; else they are left to the fallback executor.</param>
/// <param name="Nodes">Indices of the graph's nodes, ascending (so in topological order).</param>
/// <param name="Inputs">Values from outside that are fed or computed, in order of first use; captures of bodies too.</param>
/// <param name="Weights">Constants that the nodes use, in order of first use.</param>
/// <param name="Outputs">Values that other segments use or the graph returns, in order of definition.</param>
public sealed record GraphSegment(
    int Index, bool IsEngine, ImmutableArray<int> Nodes,
    ImmutableArray<Value> Inputs, ImmutableArray<Value> Weights, ImmutableArray<Value> Outputs)
{
    /// <summary>
    /// Cuts a graph into segments, in O(nodes + edges).
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="segmentOf">The segment of each node, numbered so that no edge leads to a lower number.</param>
    /// <param name="isEngine">For each segment number whether it is an engine group. Numbers without nodes are left out.</param>
    /// <exception cref="InternalCompilerException">An edge leads to a lower number: the order cannot be executed.</exception>
    public static ImmutableArray<GraphSegment> Cut(Graph graph, ReadOnlySpan<int> segmentOf, ReadOnlySpan<bool> isEngine)
    {
        GraphUses uses = graph.Uses;
        int[][] nodes = NodesBySegment(segmentOf, isEngine.Length);
        var leaves = new bool[uses.ValueCount]; // used by another segment, or a result of the graph
        foreach (Value v in graph.Outputs) leaves[uses.IdOf(v)] = true;

        var inputs = new List<Value>?[nodes.Length];
        var weights = new List<Value>?[nodes.Length];
        var seenBy = new int[uses.ValueCount]; // 1 + the segment that used the value last
        for (int s = 0; s < nodes.Length; s++)
            foreach (int n in nodes[s])
            {
                Node node = graph.Nodes[n];
                foreach (Value? v in node.Inputs)
                    if (v is not null) Use(v, n, s, segmentOf);
                foreach (Value v in node.Captures) Use(v, n, s, segmentOf);
            }

        var segments = ImmutableArray.CreateBuilder<GraphSegment>();
        for (int s = 0; s < nodes.Length; s++)
        {
            if (nodes[s].Length == 0) continue;
            var outputs = ImmutableArray.CreateBuilder<Value>();
            foreach (int n in nodes[s])
                foreach (Value? v in graph.Nodes[n].Outputs)
                    if (v is not null && leaves[uses.IdOf(v)]) outputs.Add(v);
            segments.Add(new(segments.Count, isEngine[s], [.. nodes[s]], [.. inputs[s] ?? []], [.. weights[s] ?? []], outputs.ToImmutable()));
        }
        return segments.ToImmutable();

        void Use(Value v, int node, int segment, ReadOnlySpan<int> segmentOf)
        {
            int id = uses.IdOf(v);
            if (seenBy[id] == segment + 1) return;
            seenBy[id] = segment + 1;
            int producer = uses.ProducerOf(id), from = producer < 0 ? -1 : segmentOf[producer];
            if (from == segment) return;
            if (from > segment)
                throw new InternalCompilerException("segments",
                    $"segment {segment} needs {v} of the later segment {from}\n{GraphVerifier.Excerpt(graph, node)}");
            if (producer >= 0) leaves[id] = true;
            (v.IsConstant ? weights[segment] ??= [] : inputs[segment] ??= []).Add(v);
        }
    }

    /// <summary>Some nodes of a graph as a segment, with what they take from others and give to them; the order of execution is not looked at.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="nodes">Indices of its nodes, ascending.</param>
    /// <param name="isEngine">Whether they form an engine group.</param>
    public static GraphSegment Of(Graph graph, ImmutableArray<int> nodes, bool isEngine)
    {
        GraphUses uses = graph.Uses;
        HashSet<int> inside = [.. nodes];
        OrderedDictionary<Value, bool> inputs = [], weights = [];
        List<Value> outputs = [];
        foreach (int n in nodes)
        {
            foreach (Value v in graph.Nodes[n].Inputs.OfType<Value>().Concat(graph.Nodes[n].Captures))
            {
                if (v.IsConstant) weights.TryAdd(v, true);
                else if (!inside.Contains(uses.ProducerOf(v))) inputs.TryAdd(v, true);
            }
            foreach (Value? v in graph.Nodes[n].Outputs)
                if (v is not null && (uses.IsOutput(v) || HasUserOutside(uses, v, inside))) outputs.Add(v);
        }
        return new(0, isEngine, nodes, [.. inputs.Keys], [.. weights.Keys], [.. outputs]);
    }

    /// <summary>The segment as a graph of its own: it shares nodes and values with <paramref name="graph"/>.</summary>
    /// <param name="graph">The graph that was cut.</param>
    /// <param name="weightsAsInputs">Whether weights become inputs behind the others, as the body of a function needs them.</param>
    /// <param name="name">The name of the new graph.</param>
    public Graph Extract(Graph graph, bool weightsAsInputs, string name)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = name };
        foreach (Value v in Inputs) builder.Input(v);
        foreach (Value v in Weights)
        {
            if (weightsAsInputs) builder.Input(v);
            else builder.Constant(v);
        }
        foreach (int n in Nodes) builder.Append(graph.Nodes[n]);
        return builder.Build(Outputs.AsSpan());
    }

    private static bool HasUserOutside(GraphUses uses, Value value, HashSet<int> inside)
    {
        foreach (int user in uses.UsersOf(value))
            if (!inside.Contains(user)) return true;
        return false;
    }

    private static int[][] NodesBySegment(ReadOnlySpan<int> segmentOf, int count)
    {
        var size = new int[count];
        foreach (int s in segmentOf) size[s]++;
        int[][] nodes = [.. size.Select(n => new int[n])];
        Array.Clear(size);
        for (int n = 0; n < segmentOf.Length; n++) nodes[segmentOf[n]][size[segmentOf[n]]++] = n;
        return nodes;
    }
}
