namespace GraphPartition.Operators.TensorRt;

/// <summary>A node's graph, and which of its nodes an engine may take so far.</summary>
/// <param name="graph">The graph.</param>
/// <param name="verdicts">The verdict on each node.</param>
internal sealed class Surroundings(Graph graph, Verdict[] verdicts)
{
    private readonly GraphUses _uses = graph.Uses;

    /// <summary>The node that computes a value, or null for a constant, an input of the graph and a captured value.</summary>
    public Node? ProducerOf(Value value) => _uses.ProducerOf(value) is >= 0 and int n ? graph.Nodes[n] : null;

    /// <summary>Whether a node that an engine may take computes the value.</summary>
    public bool IsInside(Value value) => _uses.ProducerOf(value) is >= 0 and int n && verdicts[n].IsYes;

    /// <summary>Whether only nodes that an engine may take read the value, at least one does, and it is no result of the graph.</summary>
    public bool IsReadInside(Value value)
    {
        ReadOnlySpan<int> users = _uses.UsersOf(value);
        if (users.IsEmpty || graph.Outputs.Contains(value)) return false;
        foreach (int n in users)
            if (!verdicts[n].IsYes) return false;
        return true;
    }
}
