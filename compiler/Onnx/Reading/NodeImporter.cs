using System.Runtime.InteropServices;

namespace GraphPartition.Onnx.Reading;

/// <summary>
/// NodeProto to nodes of a graph. Constant nodes become constants; calls of model-local functions are expanded, except those
/// that are kept (<see cref="OnnxReadOptions.KeepFunctions"/>, <see cref="OnnxReadOptions.KeepFunctionsOf"/>).
/// </summary>
internal sealed class NodeImporter(ImportContext context, GraphImporter graphs)
{
    private const long MostDenseBytes = 1L << 28; // of a sparse tensor that becomes a constant

    private readonly ImportContext _context = context;
    private readonly GraphImporter _graphs = graphs;

    // Stacks that all nodes share: a node under import owns the top of each; nodes of its bodies lie above.
    private readonly List<Value?> _inputs = [];
    private readonly List<OutputSpec> _outputs = [];
    private readonly List<KeyValuePair<string, AttributeValue>> _attributes = [];
    private readonly List<string> _names = []; // of the outputs, as the file has them
    private readonly List<Value?> _results = []; // the outputs
    private readonly HashSet<string> _prefixes = []; // of function calls
    private bool _opsetMissed;

    public AttributeDecoder Attributes { get; } = new AttributeDecoder(context, graphs);

    /// <summary>The opsets that nodes have after import.</summary>
    public ImmutableSortedDictionary<string, int> Canonical(ImmutableSortedDictionary<string, int> opsets) =>
        _context.Options.Normalizer is { } normalizer
            ? opsets.SetItems(opsets.Select(o => KeyValuePair.Create(o.Key, normalizer.CanonicalOpset(o.Key, o.Value))))
            : opsets;

    /// <summary>Adds the nodes of a GraphProto.</summary>
    /// <param name="graph">The message.</param>
    /// <param name="count">How many nodes it has.</param>
    /// <param name="frame">Where they go.</param>
    public void AddAll(ReadOnlyMemory<byte> graph, int count, ImportFrame frame)
    {
        NodeTexts? texts = count < NodeTexts.Stretch || frame.Call is not null ? null : new(graph, frame);
        var reader = new WireReader(graph);
        while (reader.Next())
            if (reader.Field == Proto.GraphProto.NodeFieldNumber)
            {
                texts?.Advance();
                Add(reader.Bytes(), frame, texts);
                frame.Node++;
            }
            else reader.Skip();
    }

    /// <summary>Forgets the graph that was imported, to import it again.</summary>
    public void Restart()
    {
        _prefixes.Clear();
        _opsetMissed = false;
    }

    /// <summary>Adds nodes in this order.</summary>
    public void AddAll(IReadOnlyList<ReadOnlyMemory<byte>> nodes, ImportFrame frame)
    {
        foreach (ReadOnlyMemory<byte> node in nodes)
        {
            Add(node, frame);
            frame.Node++;
        }
    }

    private void Add(ReadOnlyMemory<byte> node, ImportFrame frame, NodeTexts? texts = null)
    {
        if (_context.GiveUp) return;
        bool inlined = frame.Call is { Arguments: not null };
        if (inlined && !_context.CountInlined(node.Length, frame.Call!.Prefix)) return;

        (int inputs, int outputs, int attributes) = (_inputs.Count, _outputs.Count, _attributes.Count);
        string name = "", type = "", domain = "", overload = "";
        var metadata = new MetadataBuilder();
        var reader = new WireReader(node);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.NodeProto.InputFieldNumber: _inputs.Add(Input(reader.Span(), frame)); break;
                case Proto.NodeProto.OutputFieldNumber when texts is not null:
                    reader.Skip();
                    AddOutput(texts.NextOutput());
                    break;
                case Proto.NodeProto.OutputFieldNumber: AddOutput(reader.Text(), frame); break;
                case Proto.NodeProto.NameFieldNumber when texts is not null: reader.Skip(); break;
                case Proto.NodeProto.NameFieldNumber: name = reader.Text(); break;
                case Proto.NodeProto.OpTypeFieldNumber: type = _context.Shared(reader.Span()); break;
                case Proto.NodeProto.DomainFieldNumber: domain = OnnxVersions.Domain(_context.Shared(reader.Span())); break;
                case Proto.NodeProto.OverloadFieldNumber: overload = _context.Shared(reader.Span()); break;
                case Proto.NodeProto.AttributeFieldNumber: AddAttribute(reader.Bytes(), attributes, frame, node); break;
                case Proto.NodeProto.DocStringFieldNumber: metadata.Doc(reader.Text()); break;
                case Proto.NodeProto.MetadataPropsFieldNumber: metadata.Add(reader.Bytes()); break;
                case Proto.NodeProto.DeviceConfigurationsFieldNumber:
                    reader.Skip();
                    _context.IsDistributed = true;
                    break;
                default: reader.Skip(); break;
            }
        bool isRepeated = false;
        if (texts is not null) (name, isRepeated) = texts.NextNode();
        else if (inlined && name.Length > 0) name = frame.Call!.Prefix + "/" + name;
        else isRepeated = name.Length > 0 && !frame.NodeNames.Add(name);
        if (isRepeated) _context.CountSameName(name);
        // Spans over the stacks stay right while nested imports push: a list that grows leaves its old array as it was.
        CollectionsMarshal.SetCount(_results, _names.Count);
        Span<Value?> results = CollectionsMarshal.AsSpan(_results)[outputs..];
        results.Clear();
        Add(node, frame, CollectionsMarshal.AsSpan(_names)[outputs..], results, new ImportedNode
        {
            Op = _context.Operator(domain, type, overload),
            Opset = OpsetOf(domain, frame, node),
            Name = name,
            Inputs = CollectionsMarshal.AsSpan(_inputs)[inputs..],
            Outputs = CollectionsMarshal.AsSpan(_outputs)[outputs..],
            Attributes = AttributeMap.Of(CollectionsMarshal.AsSpan(_attributes)[attributes..]),
            Metadata = metadata.ToMetadata(),
        });
        _inputs.RemoveRange(inputs, _inputs.Count - inputs);
        _outputs.RemoveRange(outputs, _outputs.Count - outputs);
        _names.RemoveRange(outputs, _names.Count - outputs);
        _results.RemoveRange(outputs, _results.Count - outputs);
        _attributes.RemoveRange(attributes, _attributes.Count - attributes);
    }

    private void Add(
        ReadOnlyMemory<byte> bytes, ImportFrame frame, ReadOnlySpan<string> names, Span<Value?> results, ImportedNode node)
    {
        if (_context.Functions.TryGetValue(node.Op, out FunctionSource? function) && !_context.Keeps(node.Op))
            Expand(function, bytes, frame, node, results);
        else if (function is not null && node.Op.Domain != _context.Options.KeepFunctionsOf)
            AddCall(function, bytes, frame, node, results);
        else if (ConstantOf(node) is { } data)
            results[0] = frame.Builder.Constant(node.Outputs[0].Name ?? "", data, // the metadata of the node becomes that of its tensor
                ValueMetadata.With(node.Outputs[0].Metadata, node.Metadata ?? node.Attributes["value"]?.Metadata?.Tensor));
        else if (_context.Options.Normalizer is { } normalizer && !_context.HasErrors)
            normalizer.Add(node, frame.Builder, results);
        else
            node.AddTo(frame.Builder, results);

        for (int i = 0; i < results.Length; i++)
            if (names[i].Length > 0 && !frame.Scope.Define(names[i], results[i] ?? new Value(names[i], IrType.Unknown)))
                _context.Report(ModelCodes.DefinedTwice, NodeLabel.Of(bytes), $"defines '{names[i]}', which is defined already");
    }

    /// <summary>
    /// All elements of a sparse tensor, which compilers expect; null where the nodes are read as they are (no normalizer), or where there
    /// are too many elements.
    /// </summary>
    public TensorData? Dense(SparseTensorData data) => _context.Options.Normalizer is null ? null : data.ToDense(MostDenseBytes);

    /// <summary>
    /// The tensor of a Constant node, whichever attribute has it (https://onnx.ai/onnx/operators/onnx__Constant.html); null for
    /// other nodes, and for a sparse value that stays a node (<see cref="Dense"/>).
    /// </summary>
    private TensorData? ConstantOf(ImportedNode node)
    {
        if (!node.Op.Is("Constant") || node.Outputs.Length != 1 || node.Inputs.Length != 0 || node.Attributes.Count != 1) return null;
        (string name, AttributeValue value) = node.Attributes.First();
        return (name, value) switch
        {
            ("value", TensorAttribute a) => a.Value,
            ("value_float", FloatAttribute a) => TensorData.Scalar(ElementType.Float32, a.Value),
            ("value_floats", FloatsAttribute a) => TensorData.Of(ElementType.Float32, a.Values.AsSpan(), a.Values.Length),
            ("value_int", IntAttribute a) => TensorData.Scalar(ElementType.Int64, a.Value),
            ("value_ints", IntsAttribute a) => TensorData.Int64s(a.Values.AsSpan()),
            ("value_string", StringAttribute a) => new StringTensor([], [a.Bytes]),
            ("sparse_value", SparseTensorAttribute a) => Dense(a.Value),
            ("value_strings", StringsAttribute a) => new StringTensor([a.Values.Length], a.Values),
            _ => null,
        };
    }

    private static Value? Input(ReadOnlySpan<byte> name, ImportFrame frame)
    {
        if (name.IsEmpty) return null;
        if (frame.Scope.Find(name) is { } value) return ReferenceEquals(value, NameScope.Absent) ? null : value;
        string text = WireReader.TextOf(name);
        frame.Scope.Miss(text, frame.Node);
        return new Value(text, IrType.Unknown); // the import fails in the end; until then it collects faults
    }

    private void AddOutput(OutputSpec output)
    {
        _names.Add(output.Name ?? "");
        _outputs.Add(output);
    }

    private void AddOutput(string name, ImportFrame frame)
    {
        _names.Add(name);
        if (name.Length == 0) _outputs.Add(default);
        else if (frame.OutputNames?.TryGetValue(name, out OutputSpec called) == true) _outputs.Add(called);
        else _outputs.Add(frame.Output(name, frame.Call is { Arguments: not null } call ? $"{call.Prefix}/{name}" : name));
    }

    private void AddAttribute(ReadOnlyMemory<byte> attribute, int first, ImportFrame frame, ReadOnlyMemory<byte> node)
    {
        (string name, AttributeValue? value) = Attributes.Decode(attribute, frame, node);
        if (value is null) return;
        for (int i = first; i < _attributes.Count; i++)
            if (_attributes[i].Key == name)
            {
                _context.Report(ModelCodes.BadConstruct, NodeLabel.Of(node), $"attribute '{name}' is given twice");
                return;
            }
        _attributes.Add(new(name, value));
    }

    /// <summary>Adds a call that stays a node: the function, expanded beside the graph, gives the types of its outputs.</summary>
    private void AddCall(
        FunctionSource function, ReadOnlyMemory<byte> bytes, ImportFrame caller, ImportedNode node, Span<Value?> results)
    {
        var inside = new Value?[results.Length];
        Expand(function, bytes, caller with { Builder = _graphs.NewBuilder() }, node, inside);
        var outputs = new OutputSpec[results.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            IrType type = inside[i]?.Type ?? IrType.Unknown;
            outputs[i] = node.Outputs[i] with { Declared = IrType.Merge(type, node.Outputs[i].Declared ?? type) ?? type };
        }
        caller.Builder.Add(node.Op, node.Inputs, outputs, node.Attributes, node.Name, 0, node.Metadata).Outputs.CopyTo(results);
    }

    /// <summary>Adds a function's nodes in place of its call. Names inside get the call's as a prefix.</summary>
    private void Expand(FunctionSource function, ReadOnlyMemory<byte> bytes, ImportFrame caller, ImportedNode node, Span<Value?> results)
    {
        if (ExpandFault(function, caller, node) is var (code, fault))
        {
            _context.Report(code, NodeLabel.Of(bytes), fault);
            return;
        }
        string prefix = node.Name.Length > 0 ? node.Name : node.Outputs.Length > 0 ? node.Outputs[0].Name ?? "" : "";
        if (!_prefixes.Add(prefix))
        {
            int n = 1;
            while (!_prefixes.Add($"{prefix}_{n}")) n++;
            prefix = $"{prefix}_{n}";
        }
        var defaults = new List<KeyValuePair<string, AttributeValue>>();
        foreach (ReadOnlyMemory<byte> attribute in function.Defaults)
            if (Attributes.Decode(attribute, caller, bytes) is (var name, { } value)
                && !node.Attributes.Has(name) && !defaults.Exists(d => d.Key == name))
                defaults.Add(new(name, value));
        AttributeMap arguments = defaults.Count == 0 ? node.Attributes : AttributeMap.Of([.. node.Attributes, .. defaults]);

        var outputs = new Dictionary<string, OutputSpec>();
        for (int i = 0; i < node.Outputs.Length; i++) // an output that a call leaves out or has already named is named inside
            if (node.Outputs[i].Name is not null) outputs.TryAdd(function.Outputs[i], node.Outputs[i]);
        var call = new FunctionCall(function, arguments, prefix, caller.Call);
        var frame = new ImportFrame(new NameScope(null), caller.Builder, call, caller.Depth + 1)
        {
            OutputNames = outputs,
            MetadataOf = function.MetadataOf,
        };
        for (int i = 0; i < function.Inputs.Count; i++)
            frame.Scope.Define(function.Inputs[i], node.Input(i) ?? NameScope.Absent);
        AddAll(_graphs.OrderedNodes(function), frame);

        frame.Node = function.Nodes.Count;
        for (int i = 0; i < results.Length; i++)
            if (node.Outputs[i].Name is not null && (results[i] = frame.Scope.Find(function.Outputs[i].AsSpan())) is null)
                frame.Scope.Miss(function.Outputs[i], frame.Node);
        _graphs.ReportMissing(frame.Scope, function.Nodes, null);
    }

    private static (DiagnosticCode Code, string Fault)? ExpandFault(FunctionSource function, ImportFrame caller, ImportedNode node)
    {
        if (caller.Call?.Expands(function) == true)
            return (ModelCodes.TooDeep, $"function {function.Name} calls itself, directly or through others");
        if (caller.Depth >= ImportContext.MaxDepth)
            return (ModelCodes.TooDeep, $"function calls are nested more than {ImportContext.MaxDepth} deep");
        if (node.Inputs.Length > function.Inputs.Count)
            return (ModelCodes.BadConstruct,
                $"function {function.Name} takes {function.Inputs.Count} inputs, the call gives {node.Inputs.Length}");
        if (node.Outputs.Length > function.Outputs.Count)
            return (ModelCodes.BadConstruct,
                $"function {function.Name} has {function.Outputs.Count} outputs, the call takes {node.Outputs.Length}");
        return null;
    }

    /// <summary>The version of a domain's operators: the function's or else the model's; 1 where neither has one.</summary>
    private int OpsetOf(string domain, ImportFrame frame, ReadOnlyMemory<byte> node)
    {
        if (frame.Call is { } call && call.Function.Opsets.TryGetValue(domain, out int version)) return version;
        if (_context.Opsets.TryGetValue(domain, out version)) return version;
        if (domain.Length == 0 && !_opsetMissed)
        {
            _opsetMissed = true;
            _context.Report(OnnxCodes.UnsupportedOpset, NodeLabel.Of(node),
                "the model does not say which version of the standard operators it uses");
        }
        return 1;
    }
}
