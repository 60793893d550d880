using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.TestModels.MindSpore;

/// <summary>
/// Writes a network as MindSpore would export it: each operator as the primitives of the layer of mindspore.nn that it stands for
/// (a linear layer is MatMul and BiasAdd, a padded pooling is Pad and a pooling, a shape that depends on the batch is put
/// together from Shape and TupleGetItem). Takes the operators of the classic networks in <c>testmodels/Networks</c>.
/// </summary>
public sealed class MindSporeExport
{
    private readonly MindIrBuilder _builder;
    private readonly Dictionary<Value, string> _names = [];
    private readonly HashSet<string> _weights = [];

    private MindSporeExport(MindIrStyle style) => _builder = new MindIrBuilder(style);

    /// <summary>
    /// The file. Throws <see cref="NotSupportedException"/> where the model has an operator that no layer here stands for.
    /// </summary>
    public static byte[] ToBytes(Model model, MindIrStyle style)
    {
        var export = new MindSporeExport(style);
        foreach (Value input in model.Graph.Inputs)
            export._names[input] = export._builder.Input(input.Name, input.ElementType, Dims(input));
        foreach (Node node in model.Graph.Nodes) export._names[node.Outputs[0]!] = export.Write(node);
        return export._builder.Build([.. model.Graph.Outputs.Select(export.Name)]);
    }

    private string Write(Node node)
    {
        Value y = node.Outputs[0]!;
        string X() => Name(node.Inputs[0]!);
        switch (node.Op.ToString())
        {
            case "Relu": return Add("ReLU", [X()], [], y);
            case "Sigmoid" or "Tanh" or "Erf": return Add(node.Op.Type, [X()], [], y);
            case "HardSwish": return Add("HSwish", [X()], [], y);
            case "HardSigmoid" when MathF.Abs(node.Attributes.Float("alpha") - 1f / 6) < 1e-6f: return Add("HSigmoid", [X()], [], y);
            case "Clip" when Number(node, 1) == 0 && Number(node, 2) == 6: return Add("ReLU6", [X()], [], y);
            case "Add" or "Sub" or "Mul": return Add(node.Op.Type, [X(), Name(node.Inputs[1]!)], [], y);
            case "Div": return Add("RealDiv", [X(), Name(node.Inputs[1]!)], [], y);
            case "Conv": return Convolution(node, y);
            case "BatchNormalization":
                long[] channels = Dims(node.Inputs[1]!);
                string all = _builder.TupleNode("BatchNorm", [.. node.Inputs.Select(v => Name(v!))],
                    [("is_training", false), ("epsilon", node.Attributes.Float("epsilon", 1e-5f)), ("momentum", 0.9f), ("format", "NCHW")],
                    Dims(y), channels, channels, channels, channels);
                return _builder.Item(all, 0, Dims(y));
            case "LayerNormalization":
                (string, object?)[] axes =
                    [("begin_norm_axis", node.Attributes.Int("axis", -1)), ("begin_params_axis", node.Attributes.Int("axis", -1)),
                    ("epsilon", node.Attributes.Float("epsilon", 1e-5f))];
                long[] rows = [.. Dims(y)[..^1], 1];
                return _builder.Item(_builder.TupleNode("LayerNorm", [.. node.Inputs.Select(v => Name(v!))], axes, Dims(y), rows, rows),
                    0, Dims(y));
            case "MaxPool": return Pooling("MaxPool", node, y);
            case "AveragePool" when node.Attributes.Int("count_include_pad") == 1
                || Pads(node).All(p => p == 0):
                return Pooling("AvgPool", node, y);
            case "GlobalAveragePool": return Add("ReduceMean", [X(), _builder.Constant(Tuple(2, 3))], [("keep_dims", true)], y);
            case "ReduceSum":
                return Add("ReduceSum", [X(), _builder.Constant(Tuple(Integers(node, 1)))],
                    [("keep_dims", node.Attributes.Int("keepdims", 1) != 0), ("skip_mode", false)], y);
            case "Gemm": return Linear(node, y);
            case "MatMul": return Product(node, y);
            case "Softmax": return Add("Softmax", [X()], [("axis", Tuple(node.Attributes.Int("axis", -1)))], y);
            case "Concat":
                return Add("Concat", [_builder.Tuple([.. node.Inputs.Select(v => Name(v!))])],
                [("axis", node.Attributes.Int("axis"))], y);
            case "Flatten": return Add("Flatten", [X()], [], y);
            case "Reshape": return Reshape(X(), node.Inputs[0]!, Integers(node, 1), y);
            case "Transpose": return Add("Transpose", [X(), _builder.Constant(Tuple([.. node.Attributes.Ints("perm")]))], [], y);
            case "Unsqueeze": return Unsqueeze(node, y);
            case "Cast": return Add("Cast", [X(), _builder.Constant((ElementType)node.Attributes.Int("to"))], [], y);
            case "Gather":
                return Add("Gather", [X(), Name(node.Inputs[1]!), _builder.Constant(node.Attributes.Int("axis"))], [("batch_dims", 0L)], y);
            default: throw new NotSupportedException($"no layer of MindSpore here stands for {node.Label}");
        }
    }

    private string Convolution(Node node, Value y)
    {
        long[] w = Dims(node.Inputs[1]!), strides = Two(node, "strides"), dilations = Two(node, "dilations");
        object[] pads = Tuple(Pads(node));
        bool padded = Pads(node).Any(p => p != 0);
        long group = node.Attributes.Int("group", 1);
        string x = Add("Conv2D", [Name(node.Inputs[0]!), Name(node.Inputs[1]!)],
        [
            ("out_channel", w[0]), ("kernel_size", Tuple(w[2], w[3])), ("mode", 1L),
            ("pad_mode", padded ? "pad" : "valid"), ("pad", pads), ("pad_list", pads),
            ("stride", Tuple(1, 1, strides[0], strides[1])), ("dilation", Tuple(1, 1, dilations[0], dilations[1])),
            ("group", group), ("groups", group), ("format", "NCHW"),
        ], y);
        return node.Input(2) is { } bias ? Add("BiasAdd", [x, Name(bias)], [("format", "NCHW")], y) : x;
    }

    /// <summary>Pooling primitives have no padding of their own: the image is padded before, with zeros.</summary>
    private string Pooling(string primitive, Node node, Value y)
    {
        string x = Name(node.Inputs[0]!);
        long[] dims = Dims(node.Inputs[0]!), pads = Pads(node), kernel = Two(node, "kernel_shape"), strides = Two(node, "strides");
        if (pads.Any(p => p != 0))
            x = _builder.Node("Pad", [x],
                [("paddings", new object[] { Tuple(0, 0), Tuple(0, 0), Tuple(pads[0], pads[1]), Tuple(pads[2], pads[3]) })],
                dims[0], dims[1], dims[2] + pads[0] + pads[1], dims[3] + pads[2] + pads[3]);
        return Add(primitive, [x], [("kernel_size", Tuple(1, 1, kernel[0], kernel[1])), ("strides", Tuple(1, 1, strides[0], strides[1])),
            ("pad_mode", "VALID"), ("format", "NCHW")], y);
    }

    /// <summary>A Dense layer.</summary>
    private string Linear(Node node, Value y)
    {
        string x = MatMul(Name(node.Inputs[0]!), node.Inputs[1]!, node.Attributes.Int("transA") != 0, node.Attributes.Int("transB") != 0,
            Dims(y));
        return node.Input(2) is { } bias ? Add("BiasAdd", [x, Name(bias)], [("format", "NCHW")], y) : x;
    }

    /// <summary>A Dense layer works on matrices: more axes than two are folded into one around it. Two batches go to BatchMatMul.</summary>
    private string Product(Node node, Value y)
    {
        Value a = node.Inputs[0]!, b = node.Inputs[1]!;
        if (b.Shape!.Rank > 2)
            return Add("BatchMatMul", [Name(a), Name(b)], [("transpose_a", false), ("transpose_b", false)], y);
        if (a.Shape!.Rank == 2) return MatMul(Name(a), b, false, false, Dims(y));
        long[] to = Dims(y), from = Dims(a);
        long rows = from.Contains(-1) ? -1 : from.Take(from.Length - 1).Aggregate(1L, (p, d) => p * d);
        string flat = _builder.Node("Reshape", [Name(a), _builder.Constant(Tuple(-1, from[^1]))], [], rows, from[^1]);
        long[] shape = [.. to.Select((d, i) => d == -1 && i < to.Length - 1 ? 0 : d)]; // an open batch stays what it is
        return Reshape(MatMul(flat, b, false, false, [rows, to[^1]]), a, shape, y);
    }

    private string MatMul(string a, Value b, bool transposeA, bool transposeB, long[] dims) => _builder.Node("MatMul", [a, Name(b)],
        [("transpose_a", transposeA), ("transpose_b", transposeB), ("transpose_x1", transposeA), ("transpose_x2", transposeB)], dims);

    /// <summary>
    /// A 0 keeps a dimension in ONNX and is a size in MindSpore: where the dimension is open, it is taken from the shape of the
    /// tensor that has it.
    /// </summary>
    private string Reshape(string x, Value shaped, long[] to, Value y)
    {
        if (!to.Contains(0)) return Add("Reshape", [x, _builder.Constant(Tuple(to))], [], y);
        string shape = _builder.Node("Shape", [Name(shaped)], [], ElementType.Int64);
        string tuple = _builder.Tuple([.. to.Select((d, i) => d != 0 ? _builder.Constant(d) : _builder.Item(shape, i, ElementType.Int64))]);
        return Add("Reshape", [x, tuple], [], y);
    }

    private string Unsqueeze(Node node, Value y)
    {
        string x = Name(node.Inputs[0]!);
        List<long> dims = [.. Dims(node.Inputs[0]!)];
        foreach (long axis in Integers(node, 1))
        {
            dims.Insert((int)axis, 1);
            x = _builder.Node("ExpandDims", [x, _builder.Constant(axis)], [], y.ElementType, [.. dims]);
        }
        return x;
    }

    private string Add(string primitive, string[] inputs, (string, object?)[] attributes, Value y) =>
        _builder.Node(primitive, inputs, attributes, y.ElementType, Dims(y));

    /// <summary>
    /// What the file calls a value. Weights become parameters when they are first used, numbers and tensors of indices constants.
    /// </summary>
    private string Name(Value value)
    {
        if (_names.TryGetValue(value, out string? known)) return known;
        if (value.Data is not { } data) throw new NotSupportedException($"{value} is not written");
        if (data.Element != ElementType.Float32) return _names[value] = _builder.Constant(data);
        if (data.Dims.IsEmpty) return _names[value] = _builder.Constant(data.As<float>()[0]);
        string name = value.Name.Length > 0 ? value.Name : "weight";
        for (int i = 1; !_weights.Add(name); i++) name = $"{value.Name}_{i}";
        return _names[value] = _builder.Weight(name, data);
    }

    private static long[] Dims(Value value) => value.Shape is { } shape ? [.. shape.Select(d => d.IsKnown ? d.Size : -1)] : [-2];

    private static object[] Tuple(params long[] items) => [.. items.Cast<object>()];

    private static long[] Integers(Node node, int input) =>
        node.Input(input)?.Data?.ToIntegers() ?? throw new NotSupportedException($"{node.Label} computes its argument {input}");

    private static float? Number(Node node, int input) =>
        node.Input(input)?.Data is { Element: ElementType.Float32, ElementCount: 1 } data ? data.As<float>()[0] : null;

    /// <summary>(top, bottom, left, right); ONNX has begins before ends.</summary>
    private static long[] Pads(Node node) => node.Attributes.Ints("pads") is { IsDefault: false, Length: 4 } p ? [p[0], p[2], p[1], p[3]]
        : [0, 0, 0, 0];

    private static long[] Two(Node node, string name) => node.Attributes.Ints(name) is { IsDefault: false, Length: 2 } list ? [.. list]
        : [1, 1];
}
