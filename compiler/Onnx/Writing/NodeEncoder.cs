using Google.Protobuf;
using static GraphPartition.Onnx.Proto.AttributeProto.Types;

namespace GraphPartition.Onnx.Writing;

/// <summary>Nodes, their attributes and bodies as protobuf messages.</summary>
/// <param name="names">What values are called.</param>
/// <param name="options">What is written.</param>
/// <param name="copies">
/// The names of results that needed one of their own, by graph and place. A model is encoded twice, once to know its size: both
/// times alike.
/// </param>
internal sealed class NodeEncoder(ValueNames names, OnnxWriteOptions options, Dictionary<(Graph, int), string> copies)
{
    private readonly Dictionary<string, int> _nodeNames = []; // with the number that was last appended to the name

    public Proto.NodeProto Encode(Node node)
    {
        var proto = new Proto.NodeProto { OpType = node.Op.Type };
        if (node.Op.Domain.Length > 0) proto.Domain = node.Op.Domain;
        if (node.Op.Overload.Length > 0) proto.Overload = node.Op.Overload;
        if (node.Name.Length > 0) proto.Name = Unique(node.Name);
        foreach (Value? v in node.Inputs) proto.Input.Add(v is null ? "" : names[v]);
        foreach (Value? v in node.Outputs) proto.Output.Add(v is null ? "" : names[v]);
        foreach ((string name, AttributeValue value) in node.Attributes) proto.Attribute.Add(Encode(name, value));
        if (node.Metadata is { DocString.Length: > 0 } metadata) proto.DocString = metadata.DocString;
        proto.MetadataProps.AddRange(ProtoTypes.Metadata(node.Metadata));
        return proto;
    }

    /// <summary>
    /// A node's name, with a number where an earlier node has it: ONNX Runtime refuses a graph with two nodes of one name.
    /// </summary>
    private string Unique(string name)
    {
        if (_nodeNames.TryAdd(name, 0)) return name;
        int number = _nodeNames[name];
        string unique;
        do unique = $"{name}_{++number}"; while (!_nodeNames.TryAdd(unique, 0));
        _nodeNames[name] = number;
        return unique;
    }

    /// <summary>A Constant node: what a constant is where no initializers can be.</summary>
    public Proto.NodeProto EncodeConstant(Value constant) => new()
    {
        OpType = "Constant",
        Output = { names[constant] },
        Attribute = { Encode("value", new TensorAttribute(constant.Data!).With(ValueMetadata.With(null, constant.Metadata?.Tensor))) },
    };

    /// <summary>
    /// The names of a graph's results. A result that occurs twice, or that comes from outside the graph, needs an Identity to
    /// have a name of its own; those nodes go to <paramref name="add"/>.
    /// </summary>
    public List<string> Outputs(Graph graph, Action<Proto.NodeProto> add)
    {
        var outputs = new List<string>(graph.Outputs.Length);
        HashSet<Value> seen = [.. graph.Captures];
        for (int i = 0; i < graph.Outputs.Length; i++)
        {
            string name = names[graph.Outputs[i]];
            if (!seen.Add(graph.Outputs[i]))
            {
                if (!copies.TryGetValue((graph, i), out string? copy)) copies.Add((graph, i), copy = names.Fresh(name));
                add(new() { OpType = "Identity", Input = { name }, Output = { copy } });
                name = copy;
            }
            outputs.Add(name);
        }
        return outputs;
    }

    /// <summary>A graph's name; ONNX requires one.</summary>
    public static string Name(Graph graph) => graph.Name.Length > 0 ? graph.Name : "graph";

    public Proto.AttributeProto Encode(string name, AttributeValue value)
    {
        var a = new Proto.AttributeProto { Name = name };
        if (value.Metadata?.Value is { DocString.Length: > 0 } own) a.DocString = own.DocString;
        switch (value)
        {
            case IntAttribute v: (a.Type, a.I) = (AttributeType.Int, v.Value); break;
            case FloatAttribute v: (a.Type, a.F) = (AttributeType.Float, v.Value); break;
            case StringAttribute v: (a.Type, a.S) = (AttributeType.String, UnsafeByteOperations.UnsafeWrap(v.Bytes)); break;
            case TensorAttribute v: (a.Type, a.T) = (AttributeType.Tensor, ProtoTypes.Encode("", v.Value, v.Metadata?.Tensor)); break;
            case SparseTensorAttribute v: (a.Type, a.SparseTensor) = (AttributeType.SparseTensor, ProtoTypes.Encode(v.Value)); break;
            case GraphAttribute v: (a.Type, a.G) = (AttributeType.Graph, Encode(v.Value)); break;
            case TypeAttribute v: (a.Type, a.Tp) = (AttributeType.TypeProto, ProtoTypes.Encode(v.Value) ?? new()); break;
            case IntsAttribute v:
                a.Type = AttributeType.Ints;
                foreach (long i in v.Values) a.Ints.Add(i);
                break;
            case FloatsAttribute v:
                a.Type = AttributeType.Floats;
                foreach (float f in v.Values) a.Floats.Add(f);
                break;
            case StringsAttribute v:
                a.Type = AttributeType.Strings;
                foreach (ReadOnlyMemory<byte> s in v.Values) a.Strings.Add(UnsafeByteOperations.UnsafeWrap(s));
                break;
            case TensorsAttribute v:
                a.Type = AttributeType.Tensors;
                foreach (TensorData t in v.Values) a.Tensors.Add(ProtoTypes.Encode("", t));
                break;
            case SparseTensorsAttribute v:
                a.Type = AttributeType.SparseTensors;
                foreach (SparseTensorData t in v.Values) a.SparseTensors.Add(ProtoTypes.Encode(t));
                break;
            case GraphsAttribute v:
                a.Type = AttributeType.Graphs;
                foreach (Graph g in v.Values) a.Graphs.Add(Encode(g));
                break;
            case TypesAttribute v:
                a.Type = AttributeType.TypeProtos;
                foreach (IrType t in v.Values) a.TypeProtos.Add(ProtoTypes.Encode(t) ?? new());
                break;
            case ReferenceAttribute v: (a.Type, a.RefAttrName) = ((AttributeType)v.Kind, v.Parameter); break;
            default: throw new InvalidOperationException($"no encoding for {value.GetType().Name}");
        }
        return a;
    }

    private Proto.GraphProto Encode(Graph body)
    {
        var proto = new Proto.GraphProto { Name = Name(body) };
        foreach (Value v in body.Inputs) proto.Input.Add(ProtoTypes.Encode(names[v], v));
        foreach (Value v in body.Inputs)
            if (body.Defaults.TryGetValue(v, out TensorData? data))
                proto.Initializer.Add(ProtoTypes.Encode(names[v], data, v.Metadata?.Tensor));
        foreach (Value v in body.Constants) proto.Initializer.Add(ProtoTypes.Encode(names[v], v.Data!, v.Metadata?.Tensor));
        foreach (Node node in body.Nodes) proto.Node.Add(Encode(node));
        List<string> outputs = Outputs(body, proto.Node.Add);
        for (int i = 0; i < outputs.Count; i++) proto.Output.Add(ProtoTypes.Encode(outputs[i], body.Outputs[i]));
        Describe(body, proto.ValueInfo.Add, proto.QuantizationAnnotation.Add);
        if (body.Metadata is { DocString.Length: > 0 } metadata) proto.DocString = metadata.DocString;
        proto.MetadataProps.AddRange(ProtoTypes.Metadata(body.Metadata));
        return proto;
    }

    /// <summary>Writes types and metadata of a graph's values that have no place at the value itself.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="info">Takes the types of results and the metadata of values.</param>
    /// <param name="quantization">Takes the quantization parameters of a value; called after all calls of <paramref name="info"/>.</param>
    public void Describe(Graph graph, Action<Proto.ValueInfoProto> info, Action<Proto.TensorAnnotation> quantization)
    {
        HashSet<Value> outputs = [.. graph.Outputs];
        List<Value> quantized = [];
        foreach (Value v in graph.Inputs) Look(v, isToBeSaid: false);
        foreach (Value v in graph.Constants) Look(v, HasMetadata(v));
        foreach (Node node in graph.Nodes)
            foreach (Value? v in node.Outputs)
                if (v is not null) Look(v, HasToBeSaid(v));
        foreach (Value v in quantized)
            if (QuantizationOf(v) is { QuantParameterTensorNames.Count: > 0 } annotation) quantization(annotation);

        void Look(Value v, bool isToBeSaid)
        {
            if (isToBeSaid && !outputs.Contains(v)) info(ProtoTypes.Encode(names[v], v));
            if (v.Metadata is { Quantization.IsEmpty: false }) quantized.Add(v);
        }
    }

    /// <summary>Whether the type of a result, where it is to be written, or its metadata is known.</summary>
    public bool HasToBeSaid(Value v) => (options.ValueTypes && v.Type is not UnknownType) || HasMetadata(v);

    /// <summary>Where the quantization parameters of a value are, as far as they are still there.</summary>
    private Proto.TensorAnnotation QuantizationOf(Value v)
    {
        var annotation = new Proto.TensorAnnotation { TensorName = names[v] };
        foreach ((string key, string tensor) in v.Metadata!.Quantization)
            if (names.Has(tensor)) annotation.QuantParameterTensorNames.Add(new Proto.StringStringEntryProto { Key = key, Value = tensor });
        return annotation;
    }

    private static bool HasMetadata(Value v) => v.Metadata is { } metadata && (metadata.Value is not null || !metadata.Denotations.IsEmpty);
}
