namespace GraphPartition.Onnx.Reading;

/// <summary>GraphProto to <see cref="Graph"/>: first everything but the nodes, since files have nodes first; then the nodes.</summary>
internal sealed class GraphImporter
{
    private readonly ImportContext _context;
    private readonly NodeImporter _nodes;
    private readonly Dictionary<ReadOnlyMemory<byte>, List<ReadOnlyMemory<byte>>> _sorted = []; // nodes of graphs that were not sorted

    public GraphImporter(ImportContext context)
    {
        _context = context;
        _nodes = new NodeImporter(context, this);
    }

    /// <summary>Whether initializers without an input are allowed (IR version 4 and later), and those with one are defaults.</summary>
    public bool FreeInitializers { get; set; } = true;

    /// <summary>The main graph.</summary>
    public Graph ImportMain(ReadOnlyMemory<byte> graph) => Import(graph, null);

    /// <summary>The body of a node; null where bodies are nested too deep, which is reported.</summary>
    public Graph? ImportBody(ReadOnlyMemory<byte> body, ImportFrame outer, ReadOnlyMemory<byte> node)
    {
        if (outer.Depth < ImportContext.MaxDepth)
        {
            _context.Scope.BodyDepth++;
            Graph imported = Import(body, outer);
            _context.Scope.BodyDepth--;
            return imported;
        }
        _context.Report(ModelCodes.TooDeep, NodeLabel.Of(node), $"bodies are nested more than {ImportContext.MaxDepth} deep");
        return null;
    }

    /// <summary>The opsets that nodes have after import.</summary>
    public ImmutableSortedDictionary<string, int> Canonical(ImmutableSortedDictionary<string, int> opsets) => _nodes.Canonical(opsets);

    /// <summary>A function that stays a function.</summary>
    public Function ImportFunction(FunctionSource source)
    {
        var call = new FunctionCall(source, null, source.Name.ToString(), null);
        var frame = new ImportFrame(new NameScope(null), NewBuilder(), call, 1) { Declared = source.Types, MetadataOf = source.MetadataOf };
        foreach (string input in source.Inputs)
            Define(frame, input, frame.Builder.Input(input, source.Types.GetValueOrDefault(input, IrType.Unknown), null,
                source.MetadataOf.GetValueOrDefault(input)));
        _nodes.AddAll(OrderedNodes(source), frame);
        var outputs = new List<Value>();
        foreach (string output in source.Outputs) AddOutput(output, frame, outputs);
        ReportMissing(frame.Scope, source.Nodes, null);

        var defaults = new List<KeyValuePair<string, AttributeValue>>();
        foreach (ReadOnlyMemory<byte> attribute in source.Defaults)
            if (_nodes.Attributes.Decode(attribute, frame, default) is (var name, { } value)) defaults.Add(new(name, value));
        return new(source.Name, frame.Builder.Build([.. outputs]))
        {
            Attributes = [.. source.Attributes],
            Defaults = AttributeMap.Of([.. defaults.DistinctBy(d => d.Key)]),
            Opsets = Canonical(source.Opsets),
            Metadata = source.Metadata,
        };
    }

    /// <summary>The nodes of a function, sorted where they are not; as they are where they cannot be, which is reported.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> OrderedNodes(FunctionSource function)
    {
        if (function.IsSorted) return function.Nodes;
        function.IsSorted = true;
        if (new NodeOrder(function.Nodes).Sort(out var cycle) is not { } sorted) ReportCycle(cycle);
        else if (!sorted.SequenceEqual(function.Nodes))
        {
            _context.SortedGraphs++;
            function.Nodes = sorted;
        }
        return function.Nodes;
    }

    /// <summary>Reports the names that nothing defined, unless <paramref name="outer"/> may define them.</summary>
    public void ReportMissing(NameScope scope, IReadOnlyList<ReadOnlyMemory<byte>> nodes, ImportFrame? outer)
    {
        foreach ((string name, int node) in scope.Missing)
        {
            string user = node < nodes.Count ? NodeLabel.Of(nodes[node]) : "the graph's outputs";
            if (outer is not null) outer.Scope.Miss(name, outer.Node);
            else _context.Report(ModelCodes.UndefinedValue, user, $"'{name}' is used, but nothing defines it");
        }
    }

    public GraphBuilder NewBuilder(int capacity = 0) => new(_context.Options.Rules, _context.Scope, capacity);

    /// <summary>
    /// Imports a graph in the order of the file. If a node needs a later one, the nodes are sorted and imported again: files that are
    /// sorted, as ONNX requires, cost nothing more.
    /// </summary>
    private Graph Import(ReadOnlyMemory<byte> graph, ImportFrame? outer)
    {
        ImportMark start = _context.Mark();
        bool isSorted = _sorted.TryGetValue(graph, out List<ReadOnlyMemory<byte>>? nodes);
        (Graph built, NameScope scope) = Import(graph, outer, nodes);
        if (scope.Missing.Count == 0) return built;
        nodes ??= GraphFields.Nodes(graph);
        if (!isSorted && new NodeOrder(nodes) is var order && scope.Missing.Exists(m => order.Defines(m.Name)))
        {
            if (order.Sort(out var cycle) is not { } sorted)
            {
                ReportCycle(cycle);
                return built;
            }
            _sorted.Add(graph, nodes = sorted);
            _context.SortedGraphs++;
            _context.Return(start);
            if (outer is null) _nodes.Restart();
            (built, scope) = Import(graph, outer, nodes);
        }
        ReportMissing(scope, nodes, outer);
        return built;
    }

    private void ReportCycle(IReadOnlyList<ReadOnlyMemory<byte>> cycle)
    {
        const int Shown = 8;
        string text = string.Join(" -> ", cycle.Take(Shown).Select(NodeLabel.Of));
        string more = cycle.Count > Shown ? $" -> ({cycle.Count - Shown} more)" : "";
        _context.Report(ModelCodes.Cycle, NodeLabel.Of(cycle[0]), cycle.Count == 1 ? "the node needs its own result"
            : $"{cycle.Count} nodes need each other: {text}{more} -> back to the first");
    }

    /// <param name="graph">The GraphProto.</param>
    /// <param name="outer">Where the node with this body is; null for the main graph.</param>
    /// <param name="nodes">The nodes in order; null: as they are in the file.</param>
    private (Graph Graph, NameScope Scope) Import(ReadOnlyMemory<byte> graph, ImportFrame? outer, List<ReadOnlyMemory<byte>>? nodes)
    {
        GraphFields fields = GraphFields.Decode(graph);
        // A node takes some 16 bytes at least, whatever a hostile count of empty ones says.
        int capacity = Math.Min(fields.NodeCount, graph.Length / 16);
        var scope = new NameScope(outer?.Scope, capacity + fields.Initializers.Count);
        GraphBuilder builder = NewBuilder(capacity);
        var frame = new ImportFrame(scope, builder, outer?.Call, (outer?.Depth ?? 0) + 1)
        {
            NodeNames = new(capacity),
            Declared = fields.Declared,
            MetadataOf = fields.MetadataOf,
        };
        builder.Name = fields.Name;
        builder.Metadata = fields.Metadata;

        AddInputs(fields, frame);
        foreach (ReadOnlyMemory<byte> sparse in fields.SparseInitializers) AddSparse(sparse, frame);
        if (nodes is null) _nodes.AddAll(graph, fields.NodeCount, frame);
        else _nodes.AddAll(nodes, frame);
        var outputs = new List<Value>(fields.Outputs.Count);
        frame.Node = fields.NodeCount;
        foreach (string output in fields.Outputs) AddOutput(output, frame, outputs);
        return (builder.Build([.. outputs]), scope);
    }

    private void AddInputs(GraphFields fields, ImportFrame frame)
    {
        var initializers = new Dictionary<string, (TensorData Data, Metadata? Metadata)>(fields.Initializers.Count);
        var order = new List<string>(fields.Initializers.Count);
        var unreadable = new List<string>();
        foreach (ReadOnlyMemory<byte> initializer in fields.Initializers)
        {
            if (_context.Tensors.Decode(initializer, "", out string name, out Metadata? metadata) is not { } data)
            {
                unreadable.Add(name);
                continue;
            }
            if (initializers.TryAdd(name, (data, metadata))) order.Add(name);
            else _context.Report(ModelCodes.DefinedTwice, $"initializer '{name}'", "the name is that of an earlier initializer");
        }
        foreach ((string name, IrType type, ValueMetadata? ofValue) in fields.Inputs)
        {
            (TensorData? data, Metadata? metadata) = initializers.GetValueOrDefault(name);
            ValueMetadata? all = ValueMetadata.Merge(ofValue, OfNamed(name, metadata));
            if (data is not null && !FreeInitializers) // before IR version 4 every initializer had to be an input
            {
                if (all is not null) fields.MetadataOf[name] = all;
                continue;
            }
            Define(frame, name, frame.Builder.Input(name, type, data, all));
            if (data is not null) initializers.Remove(name);
        }
        foreach (string name in order)
            if (initializers.TryGetValue(name, out (TensorData Data, Metadata? Metadata) constant) && name.Length > 0)
                Define(frame, name, frame.Builder.Constant(name, constant.Data, OfNamed(name, constant.Metadata)));
        // Their fault is reported. That nothing defines them is no second one.
        foreach (string name in unreadable) frame.Scope.Define(name, new Value(name, IrType.Unknown));

        ValueMetadata? OfNamed(string name, Metadata? tensor) =>
            ValueMetadata.With(fields.MetadataOf.GetValueOrDefault(name), tensor);
    }

    /// <summary>A sparse initializer is a constant with all its elements; for a plain reader a Constant node with a sparse value.</summary>
    private void AddSparse(ReadOnlyMemory<byte> sparse, ImportFrame frame)
    {
        if (_nodes.Attributes.DecodeSparse(sparse, "", out string name) is not { } data) return;
        if (_nodes.Dense(data) is { } dense)
        {
            Define(frame, name, frame.Builder.Constant(name, dense, frame.MetadataOf.GetValueOrDefault(name)));
            return;
        }
        var type = new TensorType(data.Values.Element, Shape.Of(data.Dims.AsSpan()));
        AttributeMap attributes = AttributeMap.Of(("sparse_value", new SparseTensorAttribute(data)));
        Define(frame, name, frame.Builder.Add("Constant", [], [new OutputSpec(name, type, frame.MetadataOf.GetValueOrDefault(name))],
            attributes).Outputs[0]!);
    }

    private static void AddOutput(string name, ImportFrame frame, List<Value> outputs)
    {
        if (frame.Scope.Find(name.AsSpan()) is not { } value) frame.Scope.Miss(name, frame.Node);
        // The interface keeps its names, also where a function or a normalizer answers with a value that has another.
        else outputs.Add(value.Name == name ? value : frame.Builder.Add("Identity", [value], [frame.Output(name, name)]).Outputs[0]!);
    }

    private void Define(ImportFrame frame, string name, Value value)
    {
        if (!frame.Scope.Define(name, value))
            _context.Report(ModelCodes.DefinedTwice, $"value '{name}'", "an input or initializer has the name of another");
    }
}
