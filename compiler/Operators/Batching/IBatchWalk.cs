namespace GraphPartition.Operators.Batching;

/// <summary>
/// Follows the rows of a batch through a node: what is known of each output, or why rows may meet in it. The node computes the part of
/// each request from that request's parts alone.
/// </summary>
public delegate BatchAnswer BatchRule(BatchNode node);

/// <summary>The walk through a graph that a rule is part of.</summary>
public interface IBatchWalk
{
    /// <summary>What is known of a value.</summary>
    BatchFact this[Value value] { get; }

    /// <summary>A size of which nothing is known but that it is the same for every batch.</summary>
    Extent Fresh();

    /// <summary>The facts of a body's outputs, or why rows may meet in it.</summary>
    /// <param name="body">The body; what it captures is known already.</param>
    /// <param name="inputs">The facts of its inputs.</param>
    BatchAnswer Follow(Graph body, ReadOnlySpan<BatchFact> inputs);
}
