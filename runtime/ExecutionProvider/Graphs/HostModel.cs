using System.Globalization;
using Google.Protobuf;

namespace GraphPartition.ExecutionProvider.Graphs;

/// <summary>
/// A graph of the host as an ONNX model without its weights: each large weight is external data at <see cref="Location"/>, and the offset
/// is its place in <see cref="Weights"/>. Planning reads it with our importer, an inner session gets the weights as values of the host; so
/// no weight is copied. It is valid as long as the graph.
/// </summary>
internal sealed class HostModel
{
    /// <summary>The location of weights that are in memory.</summary>
    public const string Location = "host-memory";

    private const int LeastBytes = 1024; // smaller weights are copied: importer and inner session read them anyway

    private readonly OrtHost _ort;
    private readonly Dictionary<string, HostValue> _inputs = [];
    private readonly HashSet<string> _defined = [];
    private readonly Dictionary<string, string> _constants = []; // their names here, by those of the host
    private readonly Proto.GraphProto _main;

    private HostModel(HostGraph graph, IEnumerable<HostValue> inputs, IEnumerable<HostValue> outputs)
    {
        _ort = graph.Ort;
        Nodes = graph.Nodes;
        _main = new() { Name = graph.Name.Length > 0 ? graph.Name : "graph" };
        foreach (HostValue input in inputs) AddInput(input);
        foreach (HostNode node in Nodes) _defined.UnionWith(node.Outputs.Where(v => v.Handle != 0).Select(v => v.Name));
        foreach (HostNode node in Nodes)
        {
            Use(node.Inputs);
            Use(node.Captures);
            _main.Node.Add(Encode(node));
            foreach (HostValue output in node.Outputs)
                if (output.Handle != 0) _main.ValueInfo.Add(Encode(output));
        }
        foreach (HostValue output in outputs)
        {
            if (!_defined.Contains(output.Name)) Use([output]);
            _main.Output.Add(Encode(output));
        }
        _main.Input.AddRange(_inputs.Values.Select(Encode));
        var model = new Proto.ModelProto { IrVersion = graph.FormatVersion, ProducerName = "GraphPartition", Graph = _main };
        foreach ((string domain, long version) in graph.Opsets)
            model.OpsetImport.Add(new Proto.OperatorSetIdProto { Domain = domain, Version = version });
        Bytes = model.ToByteArray();
    }

    /// <summary>The model.</summary>
    public byte[] Bytes { get; }

    /// <summary>The nodes, in the order of the model.</summary>
    public IReadOnlyList<HostNode> Nodes { get; }

    /// <summary>The weights that are not in <see cref="Bytes"/>, with their names.</summary>
    public List<(string Name, HostTensor Tensor)> Weights { get; } = [];

    /// <summary>Nodes with an attribute that the host does not show, so the model lacks it.</summary>
    public HashSet<HostNode> Incomplete { get; } = [];

    /// <summary>A graph that the host shows for planning.</summary>
    public static HostModel Of(HostGraph graph) => new(graph, graph.Inputs.Where(v => !v.IsConstant), graph.Outputs);

    /// <summary>A group that the host passes to Compile, with the inputs and outputs of the node that takes its place.</summary>
    public static HostModel Of(HostGraph group, HostNode fused) => new(group, fused.Inputs, fused.Outputs);

    /// <summary>The bytes of a weight (<see cref="Onnx.Reading.OnnxReadOptions.Resident"/>).</summary>
    public ReadOnlyMemory<byte>? Resident(string location, long offset, long bytes) =>
        location == Location && offset < Weights.Count && Weights[(int)offset].Tensor is var tensor && tensor.ByteCount == bytes
            ? tensor.Bytes : null;

    private void AddInput(HostValue value)
    {
        if (value.Handle != 0 && _defined.Add(value.Name)) _inputs.Add(value.Name, value);
    }

    /// <summary>A value from outside is a weight if it is constant, else an input.</summary>
    private void Use(IEnumerable<HostValue> values)
    {
        foreach (HostValue value in values)
        {
            if (value.Handle == 0 || _defined.Contains(value.Name)) continue;
            // The host's optimizer made up some of the names. That of an inner session makes up the same ones, and then they clash.
            string name = $"gp_constant_{_constants.Count}";
            if (value.IsConstant && value.Initializer is not 0 and var initializer && Weight(name, initializer, true) is { } weight)
            {
                _main.Initializer.Add(weight);
                _defined.Add(value.Name);
                _constants.Add(value.Name, name);
            }
            else AddInput(value);
        }
    }

    /// <summary>The message of a tensor; null where it cannot be written: strings, and 2 GiB or more.</summary>
    private Proto.TensorProto? Weight(string name, nint value, bool mayStayOutside)
    {
        HostTensor tensor = HostTensor.Of(_ort, value);
        if (tensor.Element is ElementType.String or ElementType.Undefined || tensor.ByteCount > int.MaxValue) return null;
        var proto = new Proto.TensorProto { Name = name, DataType = (int)tensor.Element };
        foreach (long dim in tensor.Dims) proto.Dims.Add(dim);
        if (!mayStayOutside || tensor.ByteCount < LeastBytes)
        {
            proto.RawData = ByteString.CopyFrom(tensor.Bytes.Span);
            return proto;
        }
        proto.DataLocation = Proto.TensorProto.Types.DataLocation.External;
        Add("location", Location);
        Add("offset", Weights.Count.ToString(CultureInfo.InvariantCulture));
        Add("length", tensor.ByteCount.ToString(CultureInfo.InvariantCulture));
        Weights.Add((name, tensor));
        return proto;

        void Add(string key, string text) => proto.ExternalData.Add(new Proto.StringStringEntryProto { Key = key, Value = text });
    }

    private string NameOf(HostValue value) => _constants.GetValueOrDefault(value.Name) ?? value.Name;

    private Proto.ValueInfoProto Encode(HostValue value)
    {
        var info = new Proto.ValueInfoProto { Name = NameOf(value) };
        if (HostTypes.TypeOf(_ort, value.TypeInfo) is { } type) info.Type = type;
        return info;
    }

    private Proto.NodeProto Encode(HostNode node)
    {
        var proto = new Proto.NodeProto { Name = node.Name, OpType = node.Op, Domain = node.Domain };
        proto.Input.AddRange(node.Inputs.Select(v => v.Handle == 0 ? "" : NameOf(v)));
        proto.Output.AddRange(node.Outputs.Select(v => v.Handle == 0 ? "" : v.Name));
        while (proto.Input is [.., ""]) proto.Input.RemoveAt(proto.Input.Count - 1);
        if (node.Op == "EPContext" || node.Domain == CompiledModels.CompiledModelFormat.Domain) return proto; // its attributes are engines
        IReadOnlyList<(string Attribute, nint Graph)> bodies = node.Bodies;
        foreach (nint attribute in _ort.List(ApiSlot.Node_GetNumAttributes, ApiSlot.Node_GetAttributes, node.Handle))
        {
            string name = _ort.GetText(ApiSlot.OpAttr_GetName, attribute);
            if (bodies.Any(b => b.Attribute == name)) continue;
            if (HostAttribute.Encode(_ort, attribute, name, value => Weight("", value, false)) is { } encoded) proto.Attribute.Add(encoded);
            else Incomplete.Add(node);
        }
        foreach ((string attribute, nint graph) in bodies)
            proto.Attribute.Add(new Proto.AttributeProto
            {
                Name = attribute,
                Type = Proto.AttributeProto.Types.AttributeType.Graph,
                G = Body(new HostGraph(_ort, graph), node),
            });
        return proto;
    }

    private Proto.GraphProto Body(HostGraph body, HostNode around)
    {
        var proto = new Proto.GraphProto { Name = body.Name.Length > 0 ? body.Name : "body" };
        proto.Input.AddRange(body.Inputs.Select(Encode));
        proto.Output.AddRange(body.Outputs.Select(Encode));
        foreach (HostValue initializer in body.Initializers)
            if (Weight(initializer.Name, initializer.Initializer, false) is { } weight) proto.Initializer.Add(weight);
            else Incomplete.Add(around);
        foreach (HostNode node in body.Nodes)
        {
            proto.Node.Add(Encode(node));
            if (Incomplete.Contains(node)) Incomplete.Add(around);
        }
        return proto;
    }
}
