using GraphPartition.Operators;

namespace GraphPartition.Compiler;

/// <summary>Gives the nodes of a graph other types, behind all passes.</summary>
public interface IPrecisionConversion
{
    /// <summary>Converts a model.</summary>
    /// <param name="model">The model in the canonical opset.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="support">Which nodes of a graph engines may take. A node that they take only as it is keeps its types.</param>
    ConvertedGraph Convert(Model model, OperatorTable operators, Func<Graph, Verdict[]> support);
}

/// <summary>A graph in other types.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="Casts">The Casts that were added, those of bodies too: each is where a neighbor of it is, in an engine or not.</param>
/// <param name="SourceOpset">The lowest opset that the model may be written in.</param>
public sealed record ConvertedGraph(Graph Graph, ImmutableHashSet<Node> Casts, int SourceOpset)
{
    /// <summary>The constants that constants in other types were made from.</summary>
    public IReadOnlyDictionary<Value, Value> Originals { get; init; } = ImmutableDictionary<Value, Value>.Empty;
}
