using GraphPartition.Compiler.Planning;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Explorer;

/// <summary>The values of graphs that are not constants: inputs, and what nodes produce.</summary>
internal sealed class TensorTable
{
    private const char Anywhere = '\0'; // a scope that no node has

    private readonly Dictionary<Value, int> _placeOf = [];
    private readonly Dictionary<string, int> _named = [];
    private readonly List<Value> _values = [];
    private readonly List<string> _scopes = [];
    private readonly List<int> _producers = [];
    private readonly List<bool> _isOutput = [];

    public TensorColumns Columns => new()
    {
        Name = [.. _values.Select(v => v.Name)],
        Type = [.. _values.Select(v => v.Type.ToString())],
        Bytes = [.. _values.Select(v => GraphTopology.WeightOf(v.Type))],
        Producer = [.. _producers],
        IsOutput = [.. _isOutput],
    };

    /// <summary>The number of values.</summary>
    public int Count => _values.Count;

    /// <summary>The node that produces a value; -1: an input of the graph.</summary>
    public int ProducerOf(int place) => _producers[place];

    /// <summary>
    /// The value here that has the name of a value of another table: in the same body, or else anywhere, because a pass may have put the
    /// nodes of a body into the graph around it.
    /// </summary>
    /// <returns>Its place, or -1.</returns>
    public int Find(TensorTable other, int place)
    {
        string name = other._values[place].Name;
        return _named.TryGetValue(other._scopes[place] + name, out int same) || _named.TryGetValue(Anywhere + name, out same) ? same : -1;
    }

    /// <summary>Adds the values of a graph, or of a body whose outer graph is there.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="first">The number of its first node.</param>
    /// <param name="scope">The nodes around it, as a path.</param>
    /// <returns>Which node reads what another one produces; each pair once for each tensor.</returns>
    public List<(int From, int To, int Tensor)> Add(Graph graph, int first, string scope)
    {
        foreach (Value v in graph.Inputs) Define(v, -1);
        for (int n = 0; n < graph.Nodes.Length; n++)
            foreach (Value v in graph.Nodes[n].Outputs.OfType<Value>()) Define(v, first + n);
        var edges = new List<(int, int, int)>();
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            Node node = graph.Nodes[n];
            foreach (int place in node.Inputs.OfType<Value>().Concat(node.Captures).Where(v => !v.IsConstant).Select(v => _placeOf[v])
                .Distinct())
                if (_producers[place] >= 0) edges.Add((_producers[place], first + n, place));
        }
        return edges;

        void Define(Value v, int producer)
        {
            _placeOf.Add(v, _values.Count);
            _named.TryAdd(scope + v.Name, _values.Count);
            _named.TryAdd(Anywhere + v.Name, _values.Count);
            _values.Add(v);
            _scopes.Add(scope);
            _producers.Add(producer);
            _isOutput.Add(first == 0 && graph.Uses.IsOutput(v));
        }
    }
}

/// <summary>The values, one entry in each column.</summary>
internal sealed record TensorColumns
{
    public required string[] Name { get; init; }

    /// <summary>Element type and shape, or another type.</summary>
    public required string[] Type { get; init; }

    /// <summary>Bytes; 16 stands for each unknown dimension.</summary>
    public required long[] Bytes { get; init; }

    /// <summary>The node that produces the value; -1: an input of the graph.</summary>
    public required int[] Producer { get; init; }

    /// <summary>Whether the value is an output of the graph.</summary>
    public required bool[] IsOutput { get; init; }
}
