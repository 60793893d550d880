namespace GraphPartition.MixedPrecision;

/// <summary>A converted model.</summary>
/// <param name="Model">The model.</param>
/// <param name="Report">What was done.</param>
public sealed record ConvertedModel(Model Model, PrecisionReport Report)
{
    /// <summary>The Casts that were added, those of bodies too.</summary>
    public ImmutableHashSet<Node> Casts { get; init; } = [];

    /// <summary>For each node that became 16 bits what took its place, by the node before; nodes in FP32 are not listed.</summary>
    public IReadOnlyDictionary<Node, Node> Copies { get; init; } = ImmutableDictionary<Node, Node>.Empty;

    /// <summary>For each node that became another one, in 16 bits or in FP32, what took its place; other nodes are the same.</summary>
    public IReadOnlyDictionary<Node, Node> Placed { get; init; } = ImmutableDictionary<Node, Node>.Empty;

    /// <summary>For each 16-bit constant of the main graph the FP32 constant that it was made from.</summary>
    public IReadOnlyDictionary<Value, Value> Originals { get; init; } = ImmutableDictionary<Value, Value>.Empty;
}
