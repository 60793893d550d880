namespace GraphPartition.Ir.Graphs;

/// <summary>Who defines and who uses each value of one graph, as arrays over dense value numbers. Computed in O(nodes + edges).</summary>
public sealed class GraphUses
{
    private readonly ValueMap<int> _ids = new(); // 1 more than the number, since 0 is nothing
    private readonly List<Value> _values;
    private readonly List<int> _producer;
    private readonly int[] _userStart; // users of value i: _users[_userStart[i] .. _userStart[i + 1]]
    private readonly int[] _users = [];
    private readonly ValueSet _outputs;

    internal GraphUses(Graph graph)
    {
        int capacity = graph.Inputs.Length + graph.Constants.Length + graph.Captures.Length + graph.Nodes.Length * 5 / 4;
        _values = new(capacity);
        _producer = new(capacity);
        foreach (Value v in graph.Captures) Define(v, -1);
        foreach (Value v in graph.Inputs) Define(v, -1);
        foreach (Value v in graph.Constants) Define(v, -1);
        for (int n = 0; n < graph.Nodes.Length; n++)
            foreach (Value? v in graph.Nodes[n].Outputs)
                if (v is not null) Define(v, n);

        // Counting sort of (value, node) pairs; a node that uses a value twice is listed once.
        _userStart = new int[_values.Count + 1];
        var last = new int[_values.Count];
        for (int pass = 0; pass < 2; pass++)
        {
            Array.Fill(last, -1);
            for (int n = 0; n < graph.Nodes.Length; n++)
            {
                foreach (Value? v in graph.Nodes[n].Inputs)
                    if (v is not null) Use(v, n);
                foreach (Value v in graph.Nodes[n].Captures) Use(v, n);
            }
            if (pass == 0)
            {
                for (int i = 0; i < _values.Count; i++) _userStart[i + 1] += _userStart[i];
                _users = new int[_userStart[^1]];
            }
            else
            {
                for (int i = _values.Count; i > 0; i--) _userStart[i] = _userStart[i - 1];
                _userStart[0] = 0;
            }

            void Use(Value v, int node)
            {
                int id = Known(v);
                if (last[id] == node) return;
                last[id] = node;
                if (pass == 0) _userStart[id + 1]++;
                else _users[_userStart[id]++] = node;
            }
        }
        _outputs = ValueSet.Of(graph.Outputs);
    }

    /// <summary>The number of values; numbers run from 0: captures, inputs, constants, then outputs of nodes in order.</summary>
    public int ValueCount => _values.Count;

    /// <summary>The number of pairs of a value and a node that uses it.</summary>
    public int UseCount => _users.Length;

    /// <summary>The value with this number.</summary>
    public Value this[int id] => _values[id];

    /// <summary>The number of a value of the graph, or -1 where it is none.</summary>
    public int IdOf(Value value) => _ids[value] - 1;

    /// <summary>The index of the node that defines the value, or -1 where it is an input, a constant or a capture.</summary>
    public int ProducerOf(Value value) => _producer[Known(value)];

    /// <summary>The index of the node that defines the value with this number, or -1.</summary>
    public int ProducerOf(int id) => _producer[id];

    /// <summary>The indices of the nodes that use the value (in their bodies too), ascending, each once.</summary>
    public ReadOnlySpan<int> UsersOf(Value value) => UsersOf(Known(value));

    /// <summary>The indices of the nodes that use the value with this number, ascending, each once.</summary>
    public ReadOnlySpan<int> UsersOf(int id) => _users.AsSpan(_userStart[id].._userStart[id + 1]);

    /// <summary>Whether the value is a result of the graph.</summary>
    public bool IsOutput(Value value) => _outputs.Contains(value);

    /// <summary>Whether exactly one node uses the value and the graph does not return it.</summary>
    public bool HasSingleUse(Value value) => UsersOf(value).Length == 1 && !IsOutput(value);

    private void Define(Value value, int producer)
    {
        ref int id = ref _ids.Place(value);
        if (id != 0) return;
        _values.Add(value);
        id = _values.Count;
        _producer.Add(producer);
    }

    private int Known(Value value) => IdOf(value) is >= 0 and var id ? id
        : throw new ArgumentException($"{value} is not of this graph", nameof(value));
}
