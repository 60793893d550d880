using Google.Protobuf;
using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Proto;
using Kind = GraphPartition.MindIr.Proto.AttributeProto.Types.AttributeType;

namespace GraphPartition.TestModels.MindSpore;

/// <summary>
/// Writes MindIR as MindSpore's exporter does, from the description of the format; it shares no code with the reader but the
/// schema. Weights go through Load, and the result through the UpdateState and Depend that exported networks end with.
/// </summary>
internal sealed class MindIrBuilder
{
    private const string GraphName = "17_1_construct.Default_wrapper.5";

    private readonly MindIrStyle _style;
    private readonly List<string> _loads = [];
    private string? _monad;
    private int _numbers;

    public MindIrBuilder(MindIrStyle style)
    {
        _style = style;
        Model = new ModelProto
        {
            IrVersion = style == MindIrStyle.A ? "0.1.0" : "0.1.1",
            ProducerName = "MindSpore",
            ModelVersion = style switch { MindIrStyle.A => "1.6.1", MindIrStyle.B => "2.0.0", _ => "2.5.0" },
            Graph = new GraphProto { Name = GraphName },
            LittleEndian = true,
        };
        if (style != MindIrStyle.A) Model.MindIrVersion = style == MindIrStyle.B ? 1 : 3;
        Graph = Model.Graph;
    }

    /// <summary>The file so far, for what no method here writes.</summary>
    public ModelProto Model { get; }

    /// <summary>The graph that takes the nodes: the main one, or a function.</summary>
    public GraphProto Graph { get; set; }

    /// <summary>Adds an input and gives its name.</summary>
    public string Input(string name, ElementType type, params long[] dims)
    {
        name = $"{Graph.Name}:{name}";
        Graph.Input.Add(new ValueInfoProto { Name = name, Tensor = { TypeOf(type, dims) } });
        return name;
    }

    /// <summary>Adds an input of floats and gives its name.</summary>
    public string Input(string name, params long[] dims) => Input(name, ElementType.Float32, dims);

    /// <summary>Adds a weight and gives the name of its Load.</summary>
    public string Weight(string name, TensorData data)
    {
        string full = $"{GraphName}:{name}";
        TensorProto proto = TypeOf(data.Element, [.. data.Dims]);
        proto.Name = full;
        proto.RefKey = name;
        proto.RawData = ByteString.CopyFrom(data.Bytes.Span);
        Model.Graph.Parameter.Add(proto);
        _monad ??= Monad();
        string load = Node("Load", [full, _monad], [], data.Element, [.. data.Dims]);
        _loads.Add(load);
        return load;
    }

    /// <summary>Adds a constant: an integer, float, flag, text, element type, tensor, null, or an array of these.</summary>
    public string Constant(object? value)
    {
        string name = $"[ValueNode]{_numbers++}";
        if (_style == MindIrStyle.C && value is ElementType type) value = FunctionArguments.TypeId(type);
        AttributeProto attribute = Attribute("value", value);
        Graph.Node.Add(new NodeProto { OpType = "Constant", Name = name, Output = { name }, Attribute = { attribute } });
        return name;
    }

    /// <summary>Adds a node that gives a tensor of floats.</summary>
    public string Node(string primitive, string[] inputs, (string Name, object? Value)[] attributes, params long[] dims) =>
        Node(primitive, inputs, attributes, ElementType.Float32, dims);

    /// <summary>Adds a node that gives a tensor.</summary>
    public string Node(string primitive, string[] inputs, (string Name, object? Value)[] attributes, ElementType type,
        params long[] dims) =>
        Apply(primitive, inputs, attributes, [TypeOf(type, dims)], isTuple: false);

    /// <summary>Adds a node that gives a tuple.</summary>
    public string TupleNode(string primitive, string[] inputs, (string Name, object? Value)[] attributes,
        params (ElementType Type, long[] Dims)[] types) =>
        Apply(primitive, inputs, attributes, [.. types.Select(t => TypeOf(t.Type, t.Dims))], isTuple: true);

    /// <summary>Adds a node that gives a tuple of float tensors.</summary>
    public string TupleNode(string primitive, string[] inputs, (string Name, object? Value)[] attributes, params long[][] dims) =>
        TupleNode(primitive, inputs, attributes, [.. dims.Select(d => (ElementType.Float32, d))]);

    /// <summary>Adds a MakeTuple.</summary>
    public string Tuple(params string[] items) => Apply("MakeTuple", items, [], [], isTuple: true);

    /// <summary>Adds a TupleGetItem that gives a tensor of floats.</summary>
    public string Item(string tuple, int index, params long[] dims) => Item(tuple, index, ElementType.Float32, dims);

    /// <summary>Adds a TupleGetItem.</summary>
    public string Item(string tuple, int index, ElementType type, params long[] dims) =>
        Node("TupleGetItem", [tuple, Constant((long)index)], [], type, dims);

    /// <summary>Adds a node with an op_type of its own: a call.</summary>
    public string Call(string callee, params string[] inputs)
    {
        string output = $"{Graph.Name}:{_numbers}:{_numbers++}";
        Graph.Node.Add(new NodeProto
        {
            OpType = "REF::" + callee,
            Input = { inputs },
            Output = { output },
            Name = output,
            Domain = $"Default/{callee}"
        });
        return output;
    }

    /// <summary>Starts a function; nodes go there until <see cref="Graph"/> is set back.</summary>
    public GraphProto Function(string name)
    {
        Graph = new GraphProto { Name = name };
        Model.Functions.Add(Graph);
        return Graph;
    }

    /// <summary>The file, with results as exported networks have them: behind a Depend on the state after all Loads.</summary>
    public byte[] Build(params string[] results)
    {
        Graph = Model.Graph;
        string result = results.Length == 1 ? results[0] : Tuple(results);
        if (_monad is not null)
            result = Apply("Depend", [result, Apply("UpdateState", [_monad, Tuple([.. _loads])], [], [], isTuple: false)], [], [],
                isTuple: false);
        Graph.Output.Add(new ValueInfoProto { Name = result });
        return Model.ToByteArray();
    }

    private string Monad()
    {
        string name = $"[ValueNode]{_numbers++}";
        var value = new AttributeProto { Name = "value" };
        if (_style == MindIrStyle.A) value.RefAttrName = "Monad:UMonad";
        else value.Type = Kind.Umonad;
        Graph.Node.Add(new NodeProto { OpType = "Constant", Name = name, Output = { name }, Attribute = { value } });
        return name;
    }

    private string Apply(string primitive, string[] inputs, (string Name, object? Value)[] attributes, TensorProto[] types, bool isTuple)
    {
        bool isFunction = _style == MindIrStyle.C && FunctionArguments.Of(primitive) is not null;
        if (isFunction)
        {
            string[] moved = FunctionArguments.Of(primitive)!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            inputs = [.. inputs, .. moved.Select(m =>
                Constant(FunctionArguments.Value(m, attributes.FirstOrDefault(a => a.Name == m).Value)))];
            attributes = [.. attributes.Where(a => !moved.Contains(a.Name))];
        }
        string output = $"{Graph.Name}:{primitive.ToLowerInvariant()}:{_numbers++}";
        var node = new NodeProto { Name = output, Output = { output }, Input = { inputs }, Domain = $"Default/{primitive}-op{_numbers}" };
        if (types.Length > 0) node.Attribute.Add(Stored(types, isTuple));
        IEnumerable<AttributeProto> written = attributes.Select(a => Attribute(a.Name, a.Value));
        if (_style == MindIrStyle.A)
        {
            node.OpType = primitive;
            node.Attribute.Add(written);
        }
        else
        {
            string name = $"{primitive}:{_numbers}";
            node.OpType = "REF::" + name;
            var entry = new PrimitiveProto { Name = name, OpType = primitive, Attribute = { written } };
            if (_style == MindIrStyle.C)
                entry.PrimType = isFunction ? PrimitiveProto.Types.PrimType.PrimitiveFunction : PrimitiveProto.Types.PrimType.Primitive;
            Model.Primitives.Add(entry);
        }
        Graph.Node.Add(node);
        return output;
    }

    private AttributeProto Stored(TensorProto[] types, bool isTuple)
    {
        if (_style == MindIrStyle.A)
        {
            string[] leaves = [.. types.Select((_, i) => $"shape{i + 1},")];
            return new AttributeProto
            {
                RefAttrName = "shape:" + (isTuple ? $"Tuple[{string.Concat(leaves)}]," : leaves[0]),
                Tensors = { types }
            };
        }
        if (!isTuple) return new AttributeProto { Name = "shape", Type = Kind.Tensors, Tensors = { types } };
        return new AttributeProto
        {
            Name = "shape",
            Type = Kind.Tuple,
            Values = { types.Select(t => new AttributeProto { Type = Kind.Tensors, Tensors = { t } }) }
        };
    }

    private AttributeProto Attribute(string name, object? value)
    {
        var a = new AttributeProto { Name = name };
        if (_style == MindIrStyle.A) OldAttribute.Write(a, value);
        else NewAttribute.Write(a, value, inSequence: false);
        return a;
    }

    /// <summary>An element type with dimensions.</summary>
    public static TensorProto TypeOf(ElementType type, params long[] dims) => new() { DataType = (int)type, Dims = { dims } };
}
