using GraphPartition.Compiler.Planning;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Explorer;

/// <summary>The values of a graph that are not constants: inputs, and what nodes produce.</summary>
internal sealed class TensorTable
{
    private readonly Graph _graph;
    private readonly int[] _placeOf;
    private readonly int[] _producers;

    /// <summary>Collects the values.</summary>
    public TensorTable(Graph graph)
    {
        _graph = graph;
        GraphUses uses = graph.Uses;
        _placeOf = new int[uses.ValueCount];
        int[] ids = [.. Enumerable.Range(0, uses.ValueCount).Where(id => !uses[id].IsConstant)];
        for (int place = 0; place < ids.Length; place++) _placeOf[ids[place]] = place;
        _producers = [.. ids.Select(uses.ProducerOf)];
        Columns = new()
        {
            Name = [.. ids.Select(id => uses[id].Name)],
            Type = [.. ids.Select(id => uses[id].Type.ToString())],
            Bytes = [.. ids.Select(id => GraphTopology.WeightOf(uses[id].Type))],
            Producer = _producers,
            IsOutput = [.. ids.Select(id => uses.IsOutput(uses[id]))],
        };
    }

    public TensorColumns Columns { get; }

    /// <summary>Which node reads what another one produces; each pair once for each tensor.</summary>
    public List<(int From, int To, int Tensor)> Edges()
    {
        var edges = new List<(int, int, int)>();
        for (int n = 0; n < _graph.Nodes.Length; n++)
        {
            Node node = _graph.Nodes[n];
            foreach (int place in node.Inputs.OfType<Value>().Concat(node.Captures).Where(v => !v.IsConstant)
                .Select(v => _placeOf[_graph.Uses.IdOf(v)]).Distinct())
                if (_producers[place] >= 0) edges.Add((_producers[place], n, place));
        }
        return edges;
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
