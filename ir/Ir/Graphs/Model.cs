namespace GraphPartition.Ir.Graphs;

/// <summary>A model: its graph, its functions and the header of its file.</summary>
/// <param name="Graph">The main graph.</param>
public sealed record Model(Graph Graph)
{
    /// <summary>Model-local functions, in the order of the file.</summary>
    public ImmutableArray<Function> Functions { get; init; } = [];

    /// <summary>Operator-set version by domain; the standard domain is the empty string.</summary>
    public ImmutableSortedDictionary<string, int> Opsets { get; init; } = OpsetVersions.None;

    /// <summary>The version of the standard operators that the model was written in; 0 where it came from no file.</summary>
    public int SourceOpset { get; init; }

    /// <summary>The version of the file format (ONNX IR version), or 0 where the model came from no file.</summary>
    public int FormatVersion { get; init; }

    /// <summary>The name of the tool that made the file.</summary>
    public string ProducerName { get; init; } = "";

    /// <summary>The version of the tool that made the file.</summary>
    public string ProducerVersion { get; init; } = "";

    /// <summary>The model's name space.</summary>
    public string Domain { get; init; } = "";

    /// <summary>The model's own version number.</summary>
    public long ModelVersion { get; init; }

    /// <summary>Documentation and metadata of the file.</summary>
    public Metadata Metadata { get; init; } = new("", []);

    /// <summary>
    /// How the model is trained, in operators of <see cref="SourceOpset"/> (ONNX TrainingInfoProto): bytes
    /// that are passed on where a model is written in that opset again. Code that changes the graph drops it.
    /// </summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Training { get; init; } = [];

    /// <summary>The file that the model was read from, or null.</summary>
    public string? Path { get; init; }

    /// <summary>The folder of <see cref="Path"/>, which references to other files are relative to; null where there is none.</summary>
    public string? Folder => Path is null ? null : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path));

    /// <summary>Warnings from reading the file.</summary>
    public ImmutableArray<Diagnostic> Warnings { get; init; } = [];

    /// <summary>The value of a metadata key, or null.</summary>
    public string? Property(string key)
    {
        foreach (var item in Metadata.Properties)
            if (item.Key == key) return item.Value;
        return null;
    }

    /// <summary>
    /// This model with a metadata key set, or removed where <paramref name="value"/> is null; other keys keep their place.
    /// </summary>
    public Model WithProperty(string key, string? value)
    {
        var rest = Metadata.Properties.RemoveAll(item => item.Key == key);
        return this with { Metadata = Metadata with { Properties = value is null ? rest : rest.Add(new(key, value)) } };
    }

    /// <summary>
    /// The model with other outputs, without its training. An input becomes one through an Identity, since a name cannot be both.
    /// </summary>
    /// <param name="values">Values of the main graph.</param>
    public Model WithOutputs(IEnumerable<Value> values)
    {
        GraphBuilder builder = GraphBuilder.For(Graph, DeclaredTypes.Instance);
        foreach (Value constant in Graph.Constants) builder.Constant(constant);
        foreach (Node node in Graph.Nodes) builder.Append(node);
        var outputs = new List<Value>();
        foreach (Value value in values)
            if (!Graph.Inputs.Contains(value)) outputs.Add(value);
            else
            {
                var copy = new Value(value.Name + "_seen", value.Type);
                builder.Define("Identity", [value], [copy], AttributeMap.Empty);
                outputs.Add(copy);
            }
        return this with { Graph = builder.Build([.. outputs]), Training = [] };
    }
}

/// <summary>A model-local function. Its body's inputs have no types: a call gives them.</summary>
/// <param name="Name">What a node that calls the function has as its operator.</param>
/// <param name="Body">Inputs, nodes and outputs; no constants of its own and no captures.</param>
public sealed record Function(OpName Name, Graph Body)
{
    /// <summary>Attributes that a call must or may give.</summary>
    public ImmutableArray<string> Attributes { get; init; } = [];

    /// <summary>Attributes that a call may give, with their defaults.</summary>
    public AttributeMap Defaults { get; init; } = AttributeMap.Empty;

    /// <summary>Operator-set version by domain that the body's nodes are meant in.</summary>
    public ImmutableSortedDictionary<string, int> Opsets { get; init; } = OpsetVersions.None;

    /// <summary>Documentation and metadata of the file.</summary>
    public Metadata? Metadata { get; init; }
}
