using System.Runtime.InteropServices;

namespace GraphPartition.Operators.Solving;

/// <summary>
/// Numbers the values and the live nodes of a graph and of the bodies in it. A node that no output depends on proves nothing,
/// because a runtime may leave it out.
/// </summary>
internal sealed class ValueTable
{
    private readonly ValueMap<int> _ids = new(); // 1 more than the number; 0: none
    private readonly List<Value> _values;
    private readonly List<int> _places; // for each value the graph that defines it
    private readonly List<(Node Node, int Place)> _nodes;
    private readonly Dictionary<Graph, int> _placeOf = new(ReferenceEqualityComparer.Instance);
    private readonly ValueSet _live = new();

    public ValueTable(Graph graph)
    {
        _values = new(graph.Nodes.Length + graph.Constants.Length + graph.Inputs.Length);
        _places = new(_values.Capacity);
        _nodes = new(graph.Nodes.Length);
        Add(graph);
        _nodes.Reverse();
    }

    /// <summary>The number of values.</summary>
    public int ValueCount => _values.Count;

    /// <summary>The live nodes in the order of execution: a node's bodies come before it.</summary>
    public ReadOnlySpan<(Node Node, int Place)> Nodes => CollectionsMarshal.AsSpan(_nodes);

    /// <summary>Whether a live node has a body.</summary>
    public bool HasBodies => _placeOf.Count > 1;

    /// <summary>The value with this number.</summary>
    public Value this[int id] => _values[id];

    /// <summary>The number of a value; -1 if only dead nodes define it.</summary>
    public int IdOf(Value value) => _ids[value] - 1;

    /// <summary>The number of the graph or body that defines a value.</summary>
    public int PlaceOf(int id) => _places[id];

    /// <summary>The number of a body.</summary>
    public int PlaceOf(Graph body) => _placeOf[body];

    /// <summary>Whether the element type or the rank of some value is not known, in bodies too.</summary>
    public static bool HasOpen(Graph graph)
    {
        foreach (Value v in graph.Inputs)
            if (IsOpen(v.Type)) return true;
        foreach (Node node in graph.Nodes)
        {
            foreach (Value? v in node.Outputs)
                if (v is not null && IsOpen(v.Type)) return true;
            if (node.Attributes.Count == 0) continue;
            foreach (Graph body in node.Attributes.Bodies())
                if (HasOpen(body)) return true;
        }
        return false;
    }

    /// <summary>Whether nothing, or not the element type, or not the rank of a tensor is known.</summary>
    public static bool IsOpen(IrType type) =>
        type is TensorType tensor ? tensor.Element == ElementType.Undefined || tensor.Shape is null : type is UnknownType;

    // Backwards, so that a node's users come before it. A body's captures become live in the graph around it.
    private void Add(Graph graph)
    {
        int place = _placeOf.Count;
        _placeOf.TryAdd(graph, place);
        foreach (Value v in graph.Inputs) Define(v, place);
        foreach (Value v in graph.Constants) Define(v, place);
        foreach (Value v in graph.Outputs) _live.Add(v);
        for (int n = graph.Nodes.Length - 1; n >= 0; n--)
        {
            Node node = graph.Nodes[n];
            if (!IsLive(node)) continue;
            _nodes.Add((node, place));
            foreach (Value? v in node.Outputs)
                if (v is not null) Define(v, place);
            foreach (Value? v in node.Inputs)
                if (v is not null) _live.Add(v);
            if (node.Attributes.Count == 0) continue;
            foreach (Graph body in node.Attributes.Bodies()) Add(body);
        }
    }

    private bool IsLive(Node node)
    {
        foreach (Value? v in node.Outputs)
            if (v is not null && _live.Contains(v)) return true;
        return false;
    }

    private void Define(Value value, int place)
    {
        ref int id = ref _ids.Place(value);
        if (id != 0) return;
        _values.Add(value);
        _places.Add(place);
        id = _values.Count;
    }
}
