namespace GraphPartition.Operators.TensorRt;

/// <summary>A node's graph, which of its nodes an engine may take so far, and in which engines they are, where that is known.</summary>
/// <param name="graph">The graph.</param>
/// <param name="verdicts">The verdict on each node.</param>
/// <param name="segmentOf">The segment of each node; empty: one engine may take all nodes that engines may take.</param>
internal sealed class Surroundings(Graph graph, Verdict[] verdicts, ReadOnlyMemory<int> segmentOf)
{
    private readonly GraphUses _uses = graph.Uses;

    /// <summary>The index of the node that is judged.</summary>
    public int Judged { get; set; }

    /// <summary>The node that computes a value, or null for a constant, an input of the graph and a captured value.</summary>
    public Node? ProducerOf(Value value) => _uses.ProducerOf(value) is >= 0 and int n ? graph.Nodes[n] : null;

    /// <summary>Whether the engine of the node that is judged computes the value.</summary>
    public bool IsInside(Value value) => _uses.ProducerOf(value) is >= 0 and int n && IsTogether(n);

    /// <summary>Whether all that reads the value is in the engine of the node that is judged, and something does.</summary>
    public bool IsReadInside(Value value)
    {
        ReadOnlySpan<int> users = _uses.UsersOf(value);
        if (users.IsEmpty || graph.Outputs.Contains(value)) return false;
        foreach (int n in users)
            if (!IsTogether(n)) return false;
        return true;
    }

    private bool IsTogether(int node) =>
        verdicts[node].IsYes && (segmentOf.IsEmpty || segmentOf.Span[node] == segmentOf.Span[Judged]);
}
