namespace GraphPartition.Onnx.Reading;

/// <summary>
/// Tells why names are missing where nodes were imported in order: defined by a later node, which is an order that can be
/// corrected or a cycle that cannot, or not defined here at all. Runs only when something is missing, so it may be slow.
/// </summary>
internal sealed class OrderFault
{
    private readonly ImportContext _context;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _nodes;
    private readonly Dictionary<string, int> _producers = [];

    public OrderFault(ImportContext context, IReadOnlyList<ReadOnlyMemory<byte>> nodes)
    {
        _context = context;
        _nodes = nodes;
        for (int n = 0; n < nodes.Count; n++)
            foreach (string output in Names(nodes[n], Proto.NodeProto.OutputFieldNumber)) _producers.TryAdd(output, n);
    }

    /// <summary>Reports missing names that a later node defines; returns the rest.</summary>
    public List<(string Name, int Node)> Explain(List<(string Name, int Node)> missing)
    {
        var rest = missing.FindAll(m => !_producers.ContainsKey(m.Name));
        if (rest.Count == missing.Count) return rest;
        int[] order = Sort(out bool[] cyclic);
        if (order.Length < _nodes.Count) ReportCycle(cyclic);
        foreach ((string name, int node) in missing)
            if (_producers.TryGetValue(name, out int producer) && !(node < _nodes.Count && cyclic[node]))
                _context.Report(OnnxCodes.NotSorted, node < _nodes.Count ? NodeLabel.Of(_nodes[node]) : "the graph's outputs",
                    $"uses '{name}', which {NodeLabel.Of(_nodes[producer])} defines only later");
        return rest;
    }

    /// <summary>Kahn's algorithm; nodes that it cannot order are in a cycle or behind one.</summary>
    private int[] Sort(out bool[] left)
    {
        var users = new List<int>[_nodes.Count];
        var waits = new int[_nodes.Count];
        for (int n = 0; n < _nodes.Count; n++)
            foreach (int producer in Producers(n))
            {
                (users[producer] ??= []).Add(n);
                waits[n]++;
            }
        var order = new List<int>();
        for (int n = 0; n < waits.Length; n++)
            if (waits[n] == 0) order.Add(n);
        for (int i = 0; i < order.Count; i++)
            foreach (int user in users[order[i]] ?? [])
                if (--waits[user] == 0) order.Add(user);
        left = [.. waits.Select(w => w > 0)];
        return [.. order];
    }

    /// <summary>Walks back through nodes that could not be ordered until one comes again.</summary>
    private void ReportCycle(bool[] cyclic)
    {
        var path = new List<int>();
        var seen = new HashSet<int>();
        int at = Array.IndexOf(cyclic, true);
        while (seen.Add(at))
        {
            path.Add(at);
            at = Producers(at).First(p => cyclic[p]);
        }
        path.RemoveRange(0, path.IndexOf(at));
        path.Reverse();
        const int Shown = 8;
        string text = string.Join(" -> ", path.Take(Shown).Select(n => NodeLabel.Of(_nodes[n])));
        string more = path.Count > Shown ? $" -> ({path.Count - Shown} more)" : "";
        _context.Report(ModelCodes.Cycle, NodeLabel.Of(_nodes[path[0]]),
            $"{path.Count} nodes need each other: {text}{more} -> back to the first");
    }

    private HashSet<int> Producers(int node)
    {
        var producers = new HashSet<int>();
        AddProducers(_nodes[node], producers, 0);
        return producers;
    }

    /// <summary>
    /// The nodes here that a node uses values of, in its bodies too. A body's own name may hide one, which is
    /// rare and does no harm.
    /// </summary>
    private void AddProducers(ReadOnlyMemory<byte> node, HashSet<int> to, int depth)
    {
        foreach (string input in Names(node, Proto.NodeProto.InputFieldNumber))
            if (_producers.TryGetValue(input, out int producer)) to.Add(producer);
        if (depth > ImportContext.MaxDepth) return;
        foreach (ReadOnlyMemory<byte> attribute in Messages(node, Proto.NodeProto.AttributeFieldNumber))
            foreach (int field in (int[])[Proto.AttributeProto.GFieldNumber, Proto.AttributeProto.GraphsFieldNumber])
                foreach (ReadOnlyMemory<byte> body in Messages(attribute, field))
                    foreach (ReadOnlyMemory<byte> inner in GraphFields.Nodes(body)) AddProducers(inner, to, depth + 1);
    }

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
