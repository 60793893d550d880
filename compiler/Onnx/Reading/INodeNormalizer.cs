namespace GraphPartition.Onnx.Reading;

/// <summary>Knows how operators changed between versions, and converts a node of any version to one canonical version.</summary>
public interface INodeNormalizer
{
    /// <summary>The version of a domain's operators after normalizing; <paramref name="version"/> itself where nothing is known.</summary>
    int CanonicalOpset(string domain, int version);

    /// <summary>
    /// Adds what the node means to the builder (several nodes, if need be, or none), and sets the value of each of its outputs.
    /// A node that the canonical version cannot express keeps its own (<see cref="Node.Version"/>).
    /// </summary>
    void Add(ImportedNode node, GraphBuilder builder, Span<Value?> results);
}

/// <summary>A node of a file, before it is added to a graph.</summary>
public readonly ref struct ImportedNode
{
    /// <summary>What the node computes.</summary>
    public required OpName Op { get; init; }

    /// <summary>The version of its domain's operators that it is meant in.</summary>
    public required int Opset { get; init; }

    /// <summary>The node's name, for people.</summary>
    public required string Name { get; init; }

    /// <summary>The inputs; null where an optional one is left out.</summary>
    public required ReadOnlySpan<Value?> Inputs { get; init; }

    /// <summary>The outputs' names and declared types.</summary>
    public required ReadOnlySpan<OutputSpec> Outputs { get; init; }

    /// <summary>The attributes; bodies are imported.</summary>
    public required AttributeMap Attributes { get; init; }

    /// <summary>Documentation and metadata, or null.</summary>
    public required Metadata? Metadata { get; init; }

    /// <summary>The input at <paramref name="index"/>, or null where it is left out.</summary>
    public Value? Input(int index) => index < Inputs.Length ? Inputs[index] : null;

    /// <summary>Adds the node as it is; <paramref name="version"/> as <see cref="Node.Version"/>.</summary>
    public Node AddTo(GraphBuilder builder, Span<Value?> results, int version = 0)
    {
        Node node = builder.Add(Op, Inputs, Outputs, Attributes, Name, version, Metadata);
        node.Outputs.CopyTo(results);
        return node;
    }
}
