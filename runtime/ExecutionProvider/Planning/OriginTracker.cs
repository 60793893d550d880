using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Onnx.Reading;

namespace GraphPartition.ExecutionProvider.Planning;

/// <summary>
/// Normalizes nodes as every import does, and remembers for each node of the result from which node of the host it comes: the host takes
/// groups of its own nodes.
/// </summary>
/// <param name="places">The place of each node of the host, by the name of its first output.</param>
internal sealed class OriginTracker(IReadOnlyDictionary<string, int> places) : INodeNormalizer
{
    private readonly Dictionary<Node, int> _origins = new(ReferenceEqualityComparer.Instance);

    /// <summary>The place of the host's node that a node comes from.</summary>
    public int OriginOf(Node node) => _origins[node];

    /// <inheritdoc/>
    public int CanonicalOpset(string domain, int version) => OpsetNormalizer.Instance.CanonicalOpset(domain, version);

    /// <inheritdoc/>
    public void Add(ImportedNode node, GraphBuilder builder, Span<Value?> results)
    {
        int first = builder.NodeCount, origin = -1;
        foreach (OutputSpec output in node.Outputs)
            if (origin < 0 && output.Name is { Length: > 0 } name) origin = places.GetValueOrDefault(name, -1);
        OpsetNormalizer.Instance.Add(node, builder, results);
        for (int n = first; n < builder.NodeCount; n++) _origins[builder.Nodes[n]] = origin;
    }
}
