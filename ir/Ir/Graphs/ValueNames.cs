namespace GraphPartition.Ir.Graphs;

/// <summary>
/// Unique names for all values of a graph and its bodies, the same every time: the printer's and the exporters' source of
/// names. A value keeps its own name unless that is empty or taken by a value that came first: an input, an output, then
/// constants and results of nodes in order, those of bodies last. No two bodies share a name either: TensorRT's parser does not take two
/// branches of an If whose results have one name.
/// </summary>
public sealed class ValueNames
{
    private readonly Dictionary<Value, string> _given = []; // only values whose name is not their own
    private readonly Graph _graph;
    private HashSet<string>? _all; // when first needed

    /// <summary>Names the values of a main graph, or of a function's body.</summary>
    public ValueNames(Graph graph)
    {
        var taken = new HashSet<string>(graph.Nodes.Length * 5 / 4 + graph.Inputs.Length + graph.Constants.Length);
        _graph = graph;
        Name(graph, taken);
    }

    /// <summary>The name of a value of the graph or of one of its bodies.</summary>
    public string this[Value value] => _given.Count > 0 && _given.TryGetValue(value, out string? name) ? name : value.Name;

    /// <summary>Whether a value is called by another name than its own.</summary>
    public bool GivesOthers => _given.Count > 0;

    /// <summary>Whether a value of the graph or its bodies has this name.</summary>
    public bool Has(string name) => All.Contains(name);

    /// <summary>A name that no value of the graph or its bodies has, made from <paramref name="stem"/>.</summary>
    public string Fresh(string stem)
    {
        int number = 0;
        string name;
        do name = $"{stem}_{number++}"; while (!All.Add(name));
        return name;
    }

    private HashSet<string> All
    {
        get
        {
            if (_all is null) Collect(_graph, _all = []);
            return _all;
        }
    }

    private void Collect(Graph graph, HashSet<string> all)
    {
        foreach (Value v in graph.Inputs) all.Add(this[v]);
        foreach (Value v in graph.Constants) all.Add(this[v]);
        foreach (Node node in graph.Nodes)
        {
            foreach (Value? v in node.Outputs)
                if (v is not null) all.Add(this[v]);
            foreach (Graph body in node.Attributes.Bodies()) Collect(body, all);
        }
    }

    private void Name(Graph graph, HashSet<string> taken)
    {
        var later = new List<Value>();
        HashSet<Value>? early = null; // outputs are named ahead of their turn

        foreach (Value v in graph.Inputs) Keep(v);
        foreach (Value v in graph.Outputs)
            if (!graph.Captures.Contains(v) && !graph.Inputs.Contains(v) && (early ??= []).Add(v)) Keep(v);
        foreach (Value v in graph.Constants)
            if (early?.Contains(v) != true) Keep(v);
        foreach (Node node in graph.Nodes)
            foreach (Value? v in node.Outputs)
                if (v is not null && early?.Contains(v) != true) Keep(v);

        int number = 0;
        foreach (Value v in later)
        {
            string stem = v.Name.Length > 0 ? v.Name + "_" : "v";
            string name;
            do name = stem + number++; while (!taken.Add(name));
            _given[v] = name;
        }
        foreach (Node node in graph.Nodes)
            if (node.Attributes.Count > 0)
                foreach (Graph body in node.Attributes.Bodies()) Name(body, taken);

        void Keep(Value v)
        {
            if (v.Name.Length == 0 || !taken.Add(v.Name)) later.Add(v);
        }
    }
}
