namespace GraphPartition.MindIr.Evaluate;

/// <summary>A graph of the file: what its names are.</summary>
internal sealed class GraphSource
{
    private readonly Dictionary<string, NodeProto> _nodes = [];
    private readonly Dictionary<string, TensorProto> _parameters = [];
    private readonly HashSet<string> _inputs;

    public GraphSource(GraphProto proto, ImportContext context)
    {
        Proto = proto;
        _inputs = [.. proto.Input.Select(i => i.Name)];
        AddParameters(proto.Parameter);
        foreach (NodeProto node in proto.Node)
        {
            // Up to 1.4 a node's name may differ from its output's; the file may use either.
            if (!_nodes.TryAdd(FileNames.OutputOf(node), node))
                context.Report(ModelCodes.DefinedTwice, $"graph '{Name}'", $"'{FileNames.OutputOf(node)}' is the output of two nodes");
        }
        foreach (NodeProto node in proto.Node) _nodes.TryAdd(node.Name, node);
    }

    public GraphProto Proto { get; }
    public string Name => Proto.Name;

    /// <summary>The node that gives a value, or null.</summary>
    public NodeProto? Node(string name) => _nodes.GetValueOrDefault(name);

    /// <summary>The weight of that name, or null.</summary>
    public TensorProto? Parameter(string name) => _parameters.GetValueOrDefault(name);

    /// <summary>The weight with that reference key, or null.</summary>
    public TensorProto? ParameterByKey(string key)
    {
        foreach (TensorProto p in _parameters.Values)
            if (p.RefKey == key) return p;
        return null;
    }

    /// <summary>Whether the graph itself defines the name.</summary>
    public bool Defines(string name) => _nodes.ContainsKey(name) || _inputs.Contains(name) || _parameters.ContainsKey(name);

    /// <summary>Adds weights; files of 1.3 to 1.5 may hold them apart from the graph.</summary>
    public void AddParameters(IEnumerable<TensorProto> parameters)
    {
        foreach (TensorProto p in parameters) _parameters.TryAdd(p.Name, p);
    }
}
