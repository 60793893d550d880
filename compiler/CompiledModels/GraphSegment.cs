using System.Runtime.InteropServices;

namespace GraphPartition.CompiledModels;

/// <summary>
/// Nodes of a graph that execute together: an engine group or a fallback segment. Segments stand in an executable order,
/// so a segment needs only results of segments before it.
/// </summary>
/// <param name="Index">The place in the order, from 0.</param>
/// <param name="IsEngine">Whether the nodes form an engine group; else they are left to the fallback executor.</param>
/// <param name="Nodes">Indices of the graph's nodes, ascending (so in topological order).</param>
/// <param name="Inputs">Inputs and computed values from outside, in order of first use; captures of bodies too.</param>
/// <param name="Weights">Constants that the nodes use, in order of first use.</param>
/// <param name="Outputs">Values that other segments use or the graph returns, in order of definition.</param>
public sealed record GraphSegment(
    int Index, bool IsEngine, ImmutableArray<int> Nodes,
    ImmutableArray<Value> Inputs, ImmutableArray<Value> Weights, ImmutableArray<Value> Outputs)
{
    /// <summary>Cuts a graph into segments, in O(nodes + edges).</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="segmentOf">The segment of each node, numbered so that no edge leads to a lower number.</param>
    /// <param name="isEngine">For each segment number whether it is an engine group. Numbers without nodes are left out.</param>
    /// <exception cref="InternalCompilerException">An edge leads to a lower number: the order cannot be executed.</exception>
    public static ImmutableArray<GraphSegment> Cut(Graph graph, ReadOnlySpan<int> segmentOf, ReadOnlySpan<bool> isEngine)
    {
        int[] numbers = segmentOf.ToArray();
        var usedIn = new int[graph.Uses.ValueCount]; // 1 more than the last segment that used the value
        int[][] nodes = NodesBySegment(segmentOf, isEngine.Length);
        var segments = ImmutableArray.CreateBuilder<GraphSegment>();
        var found = new Boundary();
        for (int s = 0; s < nodes.Length; s++)
        {
            if (nodes[s].Length == 0) continue;
            ImmutableArray<int> inside = ImmutableCollectionsMarshal.AsImmutableArray(nodes[s]);
            GraphSegment segment = Of(graph, inside, isEngine[s], found, n => numbers[n].CompareTo(s), v =>
            {
                if (usedIn[v] == s + 1) return false;
                usedIn[v] = s + 1;
                return true;
            });
            segments.Add(segment with { Index = segments.Count });
        }
        return segments.ToImmutable();
    }

    /// <summary>Some nodes of a graph as a segment with index 0; the order of execution is not checked.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="nodes">Indices of its nodes, ascending.</param>
    /// <param name="isEngine">Whether they form an engine group.</param>
    public static GraphSegment Of(Graph graph, ImmutableArray<int> nodes, bool isEngine)
    {
        HashSet<int> inside = [.. nodes];
        return Of(graph, nodes, isEngine, new(), n => inside.Contains(n) ? 0 : -1, new HashSet<int>().Add);
    }

    /// <summary>
    /// The boundary of some nodes. The side of a node is 0 inside, negative before and positive after the segment. <c>isFirst</c> tells the
    /// first use of a value, by its number, from later ones.
    /// </summary>
    private static GraphSegment Of(
        Graph graph, ImmutableArray<int> nodes, bool isEngine, Boundary found, Func<int, int> side, Func<int, bool> isFirst)
    {
        GraphUses uses = graph.Uses;
        foreach (int n in nodes)
        {
            foreach (Value? v in graph.Nodes[n].Inputs)
                if (v is not null) Use(v, n);
            foreach (Value v in graph.Nodes[n].Captures) Use(v, n);
            foreach (Value? v in graph.Nodes[n].Outputs)
                if (v is not null && (uses.IsOutput(v) || IsUsedOutside(v))) found.Outputs.Add(v);
        }
        return new(0, isEngine, nodes, Taken(found.Inputs), Taken(found.Weights), Taken(found.Outputs));

        void Use(Value v, int node)
        {
            int id = uses.IdOf(v);
            if (!isFirst(id)) return;
            int producer = uses.ProducerOf(id), from = producer < 0 ? -1 : side(producer);
            if (from == 0) return;
            if (from > 0)
                throw new InternalCompilerException("segments",
                    $"a segment needs {v} of a later segment\n{GraphVerifier.Excerpt(graph, node)}");
            (v.IsConstant ? found.Weights : found.Inputs).Add(v);
        }

        bool IsUsedOutside(Value v)
        {
            foreach (int user in uses.UsersOf(v))
                if (side(user) != 0) return true;
            return false;
        }
    }

    private static ImmutableArray<Value> Taken(List<Value> values)
    {
        ImmutableArray<Value> taken = [.. values];
        values.Clear();
        return taken;
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

    /// <summary>The boundary of the segment that is being made: the lists serve one segment after the other.</summary>
    private sealed class Boundary
    {
        public List<Value> Inputs { get; } = [];
        public List<Value> Weights { get; } = [];
        public List<Value> Outputs { get; } = [];
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
