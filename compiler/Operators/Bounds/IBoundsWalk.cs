namespace GraphPartition.Operators.Bounds;

/// <summary>
/// Finds ranges for the sizes of a node's outputs, and for the elements of small ones. What it does not set has no bound, unless a symbol
/// has one. It must hold for every run in which the node computes something.
/// </summary>
public delegate void SizeRule(BoundsNode node);

/// <summary>The walk through a graph that a rule is part of.</summary>
public interface IBoundsWalk
{
    /// <summary>What is known of a value.</summary>
    ValueBounds this[Value value] { get; }

    /// <summary>Infers the outputs of a node from other inputs.</summary>
    /// <returns>The types and the known elements of the outputs; null where the shape rule cannot compute with such inputs.</returns>
    NodeInference? Infer(Node node, ImmutableArray<Value?> inputs);

    /// <summary>What the operator's range rule proves of the elements of an output.</summary>
    IntegerRange? Compute(Node node, int output, Func<int, NumberFact> input);

    /// <summary>Walks through a body. What it captures is known already.</summary>
    /// <param name="body">The body.</param>
    /// <param name="inputs">What holds of its inputs.</param>
    void Follow(Graph body, IReadOnlyList<ValueBounds> inputs);

    /// <summary>Whether a body may be walked through once more: the walk stays linear in the nodes of the graph.</summary>
    bool MayRepeat(Graph body);
}
