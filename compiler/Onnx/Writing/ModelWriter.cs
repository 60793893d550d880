using Google.Protobuf;

namespace GraphPartition.Onnx.Writing;

/// <summary>Writes one model: the head, the graph node by node and tensor by tensor, and the functions.</summary>
internal sealed class ModelWriter
{
    private readonly Model _model;
    private readonly OnnxWriteOptions _options;
    private readonly WeightLayout _weights;
    private readonly ValueNames _names;
    private readonly Dictionary<(Graph, int), string> _copies = [];
    private readonly long _graphSize;
    private readonly Proto.ModelProto _head, _tail;

    public ModelWriter(Model model, OnnxWriteOptions options, WeightLayout weights)
    {
        (_model, _options, _weights) = (model, options, weights);
        CheckVersions(model.Graph);
        _names = new ValueNames(model.Graph);
        _head = Head();
        _tail = Tail();
        var sink = new SizeSink();
        Emit(sink);
        _graphSize = sink.Size;
    }

    /// <summary>The length in bytes.</summary>
    public long Size => _head.CalculateSize() + CodedOutputStream.ComputeTagSize(Proto.ModelProto.GraphFieldNumber)
        + CodedOutputStream.ComputeUInt64Size((ulong)_graphSize) + _graphSize + _tail.CalculateSize();

    public void WriteTo(Stream stream)
    {
        using var coded = new CodedOutputStream(stream, 1 << 16, leaveOpen: true);
        _head.WriteTo(coded);
        coded.WriteTag(Proto.ModelProto.GraphFieldNumber, WireFormat.WireType.LengthDelimited);
        coded.WriteUInt64((ulong)_graphSize);
        Emit(new StreamSink(stream, coded));
        _tail.WriteTo(coded);
    }

    /// <summary>The fields before the graph.</summary>
    private Proto.ModelProto Head()
    {
        var head = new Proto.ModelProto { IrVersion = Format() };
        if (_model.ProducerName.Length > 0) head.ProducerName = _model.ProducerName;
        if (_model.ProducerVersion.Length > 0) head.ProducerVersion = _model.ProducerVersion;
        if (_model.Domain.Length > 0) head.Domain = _model.Domain;
        if (_model.ModelVersion != 0) head.ModelVersion = _model.ModelVersion;
        if (_model.Metadata.DocString.Length > 0) head.DocString = _model.Metadata.DocString;
        return head;
    }

    /// <summary>The fields behind the graph.</summary>
    private Proto.ModelProto Tail()
    {
        var tail = new Proto.ModelProto();
        tail.OpsetImport.AddRange(Opsets(_model.Opsets));
        tail.MetadataProps.AddRange(ProtoTypes.Metadata(_model.Metadata));
        // Its graphs are in the words of the source's opset: beside others of another opset they would mean something else.
        if (_model.SourceOpset == 0 || _model.Opsets.GetValueOrDefault("") == _model.SourceOpset)
            foreach (ReadOnlyMemory<byte> training in _model.Training) tail.TrainingInfo.Add(UnsafeByteOperations.UnsafeWrap(training));
        foreach (Function function in _model.Functions) tail.Functions.Add(Encode(function));
        return tail;
    }

    /// <summary>The IR version of the opset, or a later one that something in the model needs; not what the source file had.</summary>
    private int Format()
    {
        int format = Math.Max(OnnxVersions.FreeInitializersSince,
            OnnxVersions.FormatOf(_model.Opsets.GetValueOrDefault("", OnnxVersions.OldestOpset)));
        foreach (Value v in _model.Graph.Constants) format = Math.Max(format, OnnxVersions.FormatOf(v.Data!.Element));
        if (_model.Functions.Length > 0) format = Math.Max(format, OnnxVersions.FunctionsSince);
        if (_model.Functions.Any(f => f.Name.Overload.Length > 0)) format = Math.Max(format, OnnxVersions.OverloadsSince);
        return format;
    }

    private static IEnumerable<Proto.OperatorSetIdProto> Opsets(IEnumerable<KeyValuePair<string, int>> opsets) =>
        opsets.Select(o => new Proto.OperatorSetIdProto { Domain = o.Key, Version = o.Value });

    private void Emit(MessageSink sink)
    {
        Graph graph = _model.Graph;
        var encoder = new NodeEncoder(_names, _options, _copies);
        foreach (Node node in graph.Nodes) sink.Message(Proto.GraphProto.NodeFieldNumber, encoder.Encode(node));
        List<string> outputs = encoder.Outputs(graph, node => sink.Message(Proto.GraphProto.NodeFieldNumber, node));
        sink.Text(Proto.GraphProto.NameFieldNumber, NodeEncoder.Name(graph));
        foreach (Value v in graph.Inputs)
            if (graph.Defaults.TryGetValue(v, out TensorData? data))
                _weights.Emit(sink, Proto.GraphProto.InitializerFieldNumber, _names[v], data, v.Metadata?.Tensor);
        foreach (Value v in graph.Constants)
            _weights.Emit(sink, Proto.GraphProto.InitializerFieldNumber, _names[v], v.Data!, v.Metadata?.Tensor);
        if (graph.Metadata is { DocString.Length: > 0 } metadata) sink.Text(Proto.GraphProto.DocStringFieldNumber, metadata.DocString);
        foreach (Value v in graph.Inputs) sink.Message(Proto.GraphProto.InputFieldNumber, ProtoTypes.Encode(_names[v], v));
        for (int i = 0; i < outputs.Count; i++)
            sink.Message(Proto.GraphProto.OutputFieldNumber, ProtoTypes.Encode(outputs[i], graph.Outputs[i]));
        encoder.Describe(graph, info => sink.Message(Proto.GraphProto.ValueInfoFieldNumber, info),
            annotation => sink.Message(Proto.GraphProto.QuantizationAnnotationFieldNumber, annotation));
        foreach (var entry in ProtoTypes.Metadata(graph.Metadata)) sink.Message(Proto.GraphProto.MetadataPropsFieldNumber, entry);
    }

    private Proto.FunctionProto Encode(Function function)
    {
        CheckVersions(function.Body);
        Graph body = function.Body;
        var names = new ValueNames(body);
        var encoder = new NodeEncoder(names, _options, []);
        var proto = new Proto.FunctionProto { Name = function.Name.Type, Domain = function.Name.Domain };
        if (function.Name.Overload.Length > 0) proto.Overload = function.Name.Overload;
        foreach (Value v in body.Inputs) proto.Input.Add(names[v]);
        foreach (Value v in body.Constants) proto.Node.Add(encoder.EncodeConstant(v));
        foreach (Node node in body.Nodes) proto.Node.Add(encoder.Encode(node));
        proto.Output.AddRange(encoder.Outputs(body, proto.Node.Add));
        proto.Attribute.AddRange(function.Attributes);
        foreach ((string name, AttributeValue value) in function.Defaults) proto.AttributeProto.Add(encoder.Encode(name, value));
        proto.OpsetImport.AddRange(Opsets(function.Opsets));
        foreach (Value v in body.Inputs.Concat(body.Nodes.SelectMany(n => n.Outputs).OfType<Value>()))
            if (encoder.HasToBeSaid(v)) proto.ValueInfo.Add(ProtoTypes.Encode(names[v], v));
        if (function.Metadata is { DocString.Length: > 0 } metadata) proto.DocString = metadata.DocString;
        proto.MetadataProps.AddRange(ProtoTypes.Metadata(function.Metadata));
        return proto;
    }

    /// <summary>A file has one version for each domain: a node that keeps another must have been dealt with before.</summary>
    private void CheckVersions(Graph graph)
    {
        List<Diagnostic>? faults = null;
        Check(graph);
        if (faults is not null) throw new ModelException(faults);

        void Check(Graph g)
        {
            foreach (Node node in g.Nodes)
            {
                int opset = _model.Opsets.GetValueOrDefault(node.Op.Domain);
                if (node.Version != 0 && node.Version != opset)
                    (faults ??= []).Add(OnnxCodes.CannotExport.At(node.Label,
                        $"it keeps the meaning of opset {node.Version}, the model is written in opset {opset}"));
                if (node.Attributes.Count == 0) continue;
                foreach (Graph body in node.Attributes.Bodies()) Check(body);
            }
        }
    }
}
