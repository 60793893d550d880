namespace GraphPartition.Onnx.Reading;

/// <summary>Where nodes of a graph, a body or a function go while they are imported.</summary>
/// <param name="Scope">The names that nodes see and define.</param>
/// <param name="Builder">The graph under construction.</param>
/// <param name="Call">The function whose nodes these are, or null.</param>
/// <param name="Depth">How many bodies and function calls are around.</param>
internal sealed record ImportFrame(NameScope Scope, GraphBuilder Builder, FunctionCall? Call, int Depth)
{
    /// <summary>The types that the file declares, by name.</summary>
    public Dictionary<string, IrType> Declared { get; init; } = [];

    /// <summary>The metadata of values, by name.</summary>
    public Dictionary<string, ValueMetadata> MetadataOf { get; init; } = [];

    /// <summary>An output as the file declares it.</summary>
    public OutputSpec Output(string name, string called) => new(called,
        Declared.Count > 0 ? Declared.GetValueOrDefault(name) : null, MetadataOf.Count > 0 ? MetadataOf.GetValueOrDefault(name) : null);

    /// <summary>For an inlined function: what its outputs are called where it is called.</summary>
    public Dictionary<string, OutputSpec>? OutputNames { get; init; }

    /// <summary>The names of nodes so far.</summary>
    public HashSet<string> NodeNames { get; init; } = [];

    /// <summary>The index of the node under import, in its graph or function.</summary>
    public int Node { get; set; }
}
