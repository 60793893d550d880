namespace GraphPartition.Onnx.Reading;

/// <summary>
/// The names of nodes and of their outputs, in the order of the file. To make a million strings and to look up their types takes a third
/// of an import, and needs no other node: another core does it for the next nodes while the importer adds nodes.
/// </summary>
/// <param name="graph">The GraphProto.</param>
/// <param name="frame">The graph under construction, outside of functions; its declarations and the names of its nodes are used.</param>
internal sealed class NodeTexts(ReadOnlyMemory<byte> graph, ImportFrame frame)
{
    /// <summary>The fewest nodes for which a second core pays, and how many it reads at once.</summary>
    public const int Stretch = 4096;

    private Texts _now = new(), _next = new();
    private Task? _reading; // of the next texts
    private int _at; // where these start in the graph

    /// <summary>The texts of the next node's outputs, one after the other.</summary>
    public OutputSpec NextOutput() => _now.Outputs[_now.Output++];

    /// <summary>The next node's name, and whether an earlier node has it. The outputs come first.</summary>
    public (string Name, bool IsRepeated) NextNode() => _now.Nodes[_now.Node++];

    /// <summary>Has to be called before each node.</summary>
    public void Advance()
    {
        if (_now.Node == _now.Nodes.Count && !_now.IsBroken) Turn();
    }

    // Apart from its caller: the closure would cost an object for each node of the graph.
    private void Turn()
    {
        if (_reading is null) Read(_next);
        else _reading.GetAwaiter().GetResult();
        (_now, _next) = (_next, _now);
        Texts next = _next;
        _reading = Task.Run(() => Read(next));
    }

    private void Read(Texts to)
    {
        to.Clear();
        try
        {
            var reader = new WireReader(graph[_at..]);
            while (to.Nodes.Count < Stretch && reader.Next())
                if (reader.Field == Proto.GraphProto.NodeFieldNumber) Read(reader.Bytes(), to);
                else reader.Skip();
            _at += reader.Position;
        }
        catch (WireException)
        {
            to.IsBroken = true; // the importer comes to the same bytes, and reports them after the faults of the nodes before
        }
    }

    private void Read(ReadOnlyMemory<byte> node, Texts to)
    {
        string name = "";
        var reader = new WireReader(node);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.NodeProto.NameFieldNumber: name = reader.Text(); break;
                case Proto.NodeProto.OutputFieldNumber:
                    string output = reader.Text();
                    to.Outputs.Add(output.Length == 0 ? default : frame.Output(output, output));
                    break;
                default: reader.Skip(); break;
            }
        to.Nodes.Add((name, name.Length > 0 && !frame.NodeNames.Add(name)));
    }

    /// <summary>The texts of a stretch of nodes, up to a fault in the bytes, and how many of them were taken.</summary>
    private sealed class Texts
    {
        public List<OutputSpec> Outputs { get; } = [];
        public List<(string Name, bool IsRepeated)> Nodes { get; } = [];
        public int Output, Node;
        public bool IsBroken;

        public void Clear()
        {
            Outputs.Clear();
            Nodes.Clear();
            (Output, Node, IsBroken) = (0, 0, false);
        }
    }
}
