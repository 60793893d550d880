using System.Collections.Frozen;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Ir.Graphs;

/// <summary>An immutable graph: inputs, constants, and nodes in topological order. Made only by <see cref="GraphBuilder"/>.</summary>
/// <remarks>
/// Invariants (<see cref="GraphVerifier"/>): each value is defined once, by an input, a constant or a node; a node uses only
/// values that are inputs, constants, captures of an outer graph, or outputs of nodes before it. So the list of nodes is
/// itself the proof that the graph has no cycle.
/// </remarks>
public sealed class Graph
{
    private GraphUses? _uses;
    private FrozenSet<OpName>? _operators;

    internal Graph(
        string name, ImmutableArray<Value> inputs, ImmutableArray<Value> constants, ImmutableArray<Node> nodes,
        ImmutableArray<Value> outputs, ImmutableArray<Value> captures, ImmutableDictionary<Value, TensorData> defaults, Metadata? metadata)
    {
        Name = name;
        Inputs = inputs;
        Constants = constants;
        Nodes = nodes;
        Outputs = outputs;
        Captures = captures;
        Defaults = defaults;
        Metadata = metadata;
    }

    /// <summary>The name in the file.</summary>
    public string Name { get; }

    /// <summary>The inputs, in order.</summary>
    public ImmutableArray<Value> Inputs { get; }

    /// <summary>The constants (initializers) that this graph defines.</summary>
    public ImmutableArray<Value> Constants { get; }

    /// <summary>The nodes in topological order.</summary>
    public ImmutableArray<Node> Nodes { get; }

    /// <summary>The results, in order; a value may occur twice, and may be an input, a constant or a capture.</summary>
    public ImmutableArray<Value> Outputs { get; }

    /// <summary>For a body: values of the graphs around it that it uses (constants too); each once, in order of first use.</summary>
    public ImmutableArray<Value> Captures { get; }

    /// <summary>Defaults of inputs (initializers with the name of an input).</summary>
    public ImmutableDictionary<Value, TensorData> Defaults { get; }

    /// <summary>Documentation and metadata of the file, or null.</summary>
    public Metadata? Metadata { get; }

    /// <summary>Producers and users of every value, computed once.</summary>
    public GraphUses Uses => _uses ??= new GraphUses(this);

    /// <summary>The operators that nodes have, in bodies too; computed once.</summary>
    public IReadOnlySet<OpName> Operators => _operators ??= CollectOperators();

    /// <summary>Whether a node, in a body too, is one of these standard operators.</summary>
    public bool HasAnyOf(params ReadOnlySpan<string> types)
    {
        foreach (string type in types)
            if (Operators.Contains(type)) return true;
        return false;
    }

    private FrozenSet<OpName> CollectOperators()
    {
        var found = new HashSet<OpName>();
        foreach (Node node in Nodes)
        {
            found.Add(node.Op);
            if (node.Attributes.Count == 0) continue;
            foreach (Graph body in node.Attributes.Bodies()) found.UnionWith(body.Operators);
        }
        return found.ToFrozenSet();
    }
}
