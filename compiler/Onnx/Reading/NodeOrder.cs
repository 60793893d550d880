namespace GraphPartition.Onnx.Reading;

/// <summary>
/// Puts the nodes of a graph in an order in which each one follows the nodes whose values it uses. It walks in depth from each node in
/// the order of the file, so nodes that are in order stay where they are. Runs only where it is needed; takes O(bytes of the nodes)
/// for each level of bodies.
/// </summary>
internal sealed class NodeOrder
{
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _nodes;
    private readonly Dictionary<string, int> _producers = [];

    public NodeOrder(IReadOnlyList<ReadOnlyMemory<byte>> nodes)
    {
        _nodes = nodes;
        for (int n = 0; n < nodes.Count; n++)
            foreach (string output in Names(nodes[n], Proto.NodeProto.OutputFieldNumber)) _producers.TryAdd(output, n);
    }

    /// <summary>Whether a node of the graph defines a name.</summary>
    public bool Defines(string name) => _producers.ContainsKey(name);

    /// <summary>Sorts the nodes.</summary>
    /// <param name="cycle">The nodes of one cycle, each one before a user of its values; empty where there is none.</param>
    /// <returns>The nodes in order; null where there is a cycle.</returns>
    public List<ReadOnlyMemory<byte>>? Sort(out IReadOnlyList<ReadOnlyMemory<byte>> cycle)
    {
        cycle = [];
        var sorted = new List<ReadOnlyMemory<byte>>(_nodes.Count);
        var isSorted = new bool[_nodes.Count];
        var isOpen = new bool[_nodes.Count];
        var path = new List<(int Node, int[] Producers, int Next)>(); // each node needs the one behind it
        for (int start = 0; start < _nodes.Count; start++)
        {
            if (!isSorted[start]) Open(start);
            while (path.Count > 0)
            {
                (int node, int[] producers, int next) = path[^1];
                if (next == producers.Length)
                {
                    path.RemoveAt(path.Count - 1);
                    (isOpen[node], isSorted[node]) = (false, true);
                    sorted.Add(_nodes[node]);
                    continue;
                }
                path[^1] = (node, producers, next + 1);
                int producer = producers[next];
                if (isOpen[producer])
                {
                    int first = path.FindIndex(p => p.Node == producer);
                    cycle = [.. path.Skip(first).Reverse().Select(p => _nodes[p.Node])];
                    return null;
                }
                if (!isSorted[producer]) Open(producer);
            }
        }
        return sorted;

        void Open(int node)
        {
            isOpen[node] = true;
            var producers = new SortedSet<int>();
            AddProducers(_nodes[node], producers, [], 0);
            path.Add((node, [.. producers], 0));
        }
    }

    /// <summary>The nodes here that a node uses values of, in its bodies too.</summary>
    /// <param name="node">The node.</param>
    /// <param name="to">Receives their places.</param>
    /// <param name="hidden">Names that bodies around the node define themselves: they hide those of the graph.</param>
    /// <param name="depth">How many bodies are around the node.</param>
    private void AddProducers(ReadOnlyMemory<byte> node, SortedSet<int> to, HashSet<string> hidden, int depth)
    {
        foreach (string input in Names(node, Proto.NodeProto.InputFieldNumber))
            if (_producers.TryGetValue(input, out int producer) && !hidden.Contains(input)) to.Add(producer);
        if (depth > ImportContext.MaxDepth) return;
        foreach (ReadOnlyMemory<byte> attribute in Messages(node, Proto.NodeProto.AttributeFieldNumber))
            foreach (int field in (int[])[Proto.AttributeProto.GFieldNumber, Proto.AttributeProto.GraphsFieldNumber])
                foreach (ReadOnlyMemory<byte> body in Messages(attribute, field))
                {
                    List<ReadOnlyMemory<byte>> nodes = GraphFields.Nodes(body);
                    HashSet<string> inside = [.. hidden, .. OwnNames(body),
                        .. nodes.SelectMany(n => Names(n, Proto.NodeProto.OutputFieldNumber))];
                    foreach (ReadOnlyMemory<byte> inner in nodes) AddProducers(inner, to, inside, depth + 1);
                    foreach (ReadOnlyMemory<byte> output in Messages(body, Proto.GraphProto.OutputFieldNumber))
                        foreach (string name in Names(output, Proto.ValueInfoProto.NameFieldNumber))
                            if (_producers.TryGetValue(name, out int producer) && !inside.Contains(name)) to.Add(producer);
                }
    }

    /// <summary>The names of a body's inputs and initializers.</summary>
    private static IEnumerable<string> OwnNames(ReadOnlyMemory<byte> body) =>
        Messages(body, Proto.GraphProto.InputFieldNumber).SelectMany(m => Names(m, Proto.ValueInfoProto.NameFieldNumber))
            .Concat(Messages(body, Proto.GraphProto.InitializerFieldNumber).SelectMany(m => Names(m, Proto.TensorProto.NameFieldNumber)));

    private static IEnumerable<string> Names(ReadOnlyMemory<byte> message, int field) =>
        Messages(message, field).Select(m => WireReader.TextOf(m.Span)).Where(n => n.Length > 0);

    private static List<ReadOnlyMemory<byte>> Messages(ReadOnlyMemory<byte> message, int field)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        var reader = new WireReader(message);
        while (reader.Next())
            if (reader.Field == field) found.Add(reader.Bytes());
            else reader.Skip();
        return found;
    }
}
