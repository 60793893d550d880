namespace GraphPartition.MixedPrecision.Choice;

/// <summary>The precision of each node of a graph, and the types in which each of its FP32 values is needed.</summary>
internal sealed class GraphPlan(Graph graph, bool convertsInterface)
{
    /// <summary>The graph.</summary>
    public Graph Graph { get; } = graph;

    /// <summary>Whether inputs and outputs of the graph get the format.</summary>
    public bool ConvertsInterface { get; } = convertsInterface;

    /// <summary>What each node is.</summary>
    public NodeChoice[] Choices { get; } = new NodeChoice[graph.Nodes.Length];

    /// <summary>Which nodes compute in the format.</summary>
    public bool[] IsLow { get; } = new bool[graph.Nodes.Length];

    /// <summary>For each value by number: whether its FP32 form is needed.</summary>
    public bool[] NeedsFull { get; } = new bool[graph.Uses.ValueCount];

    /// <summary>For each value by number: whether its 16-bit form is needed.</summary>
    public bool[] NeedsLow { get; } = new bool[graph.Uses.ValueCount];

    /// <summary>Masks that are made smaller.</summary>
    public Dictionary<Value, TensorData> Masks { get; set; } = [];

    /// <summary>Inputs of FP32 that get the format.</summary>
    public HashSet<Value> LowInputs { get; } = [];

    /// <summary>The plans of the bodies in this graph.</summary>
    public Dictionary<Graph, GraphPlan> Bodies { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether a graph output of FP32 gets the format: a constant keeps its type.</summary>
    public bool IsLowOutput(Value value) => ConvertsInterface && value.ElementType == ElementType.Float32 && !value.IsConstant;

    /// <summary>How a node uses a value.</summary>
    public Use UseOf(int n, Value value)
    {
        Node node = Graph.Nodes[n];
        NodeChoice choice = Choices[n];
        switch (choice.Role)
        {
            case NodeRole.Neutral: return Use.None;
            case NodeRole.CastToLow: return Use.Low;
            case NodeRole.KeepsTypes: return UseInBodies(node, value);
            case NodeRole.Full or NodeRole.CastFromOther or NodeRole.CastFromLow: return Use.Full;
        }
        Use use = Use.None;
        for (int i = 0; i < node.Inputs.Length; i++)
            if (ReferenceEquals(node.Inputs[i], value)) use |= choice.Form!.Inputs[i] ? Use.AsNode : Use.Full;
        return use;
    }

    private Use UseInBodies(Node node, Value value)
    {
        Use use = node.Inputs.Contains(value) ? Use.Full : Use.None;
        foreach (Graph body in node.Attributes.Bodies())
            if (body.Uses.IdOf(value) is >= 0 and var id)
                use |= (Bodies[body].NeedsFull[id] ? Use.Full : Use.None) | (Bodies[body].NeedsLow[id] ? Use.Low : Use.None);
        return use;
    }
}

/// <summary>The forms of a value that a node uses.</summary>
[Flags]
internal enum Use
{
    /// <summary>None, or any.</summary>
    None = 0,
    /// <summary>FP32.</summary>
    Full = 1,
    /// <summary>16 bits.</summary>
    Low = 2,
    /// <summary>That of the node itself.</summary>
    AsNode = 4,
}
