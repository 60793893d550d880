using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Runtime.Batching.Proof;
using GraphPartition.Runtime.Tests.Support;
using GraphPartition.TestModels;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>Where rows of a batch can be shown not to meet, and where not.</summary>
public sealed class BatchProofTests
{
    /// <summary>Of x [n,4,3]: each is wrong in a batch, or could be.</summary>
    private static readonly Dictionary<string, Func<Lab, Value, Value>> Refused = new()
    {
        ["ReduceMean over the batch"] = (b, x) => b.Op("Sub", x, b.Op("ReduceMean", [x, b.Ints(0)])),
        ["ReduceMax over all"] = (b, x) => b.Op("Sub", x, b.Op("ReduceMax", [x], ("keepdims", 1L))),
        ["Softmax over the batch"] = (b, x) => b.Op("Softmax", [x], ("axis", 0L)),
        ["Softmax over the batch, counted from the back"] = (b, x) => b.Op("Softmax", [x], ("axis", -3L)),
        ["CumSum along the batch"] = (b, x) => b.Op("CumSum", x, b.Scalar(0)),
        ["TopK along the batch"] = (b, x) => b.Op("Mul", x, b.Node("TopK", 2, [x, b.Ints(1)], ("axis", 0L))[0]),
        ["LayerNormalization over everything"] = (b, x) => b.Op("LayerNormalization", [x, b.Floats(1, 1)], ("axis", 0L)),
        ["DynamicQuantizeLinear"] = Quantized,
        ["Reshape that merges the batch behind another axis"] = (b, x) =>
            b.Op("Reshape", b.Op("Reshape", b.Swap(x), b.Ints(-1)), b.Ints(-1, 4, 3)),
        ["Reshape to rows that are not whole samples"] = (b, x) => b.Op("Reshape", b.Op("Reshape", x, b.Ints(-1, 8)), b.Ints(-1, 4, 3)),
        ["Reshape that a number cuts"] = (b, x) => b.Op("Reshape", b.Op("Reshape", x, b.Ints(2, -1)), b.Ints(-1, 4, 3)),
        ["Concat along the batch"] = (b, x) => b.Op("Slice", b.Op("Concat", [x, x], ("axis", 0L)), b.Ints(0), b.Batch(x), b.Ints(0)),
        ["Slice of the batch"] = (b, x) => b.Op("Add", x, b.Op("Slice", x, b.Ints(0), b.Ints(1), b.Ints(0))),
        ["Slice that turns the batch round"] = (b, x) => b.Op("Slice", x, b.Ints(-1), b.Ints(long.MinValue), b.Ints(0), b.Ints(-1)),
        ["Gather of a row"] = (b, x) => b.Op("Add", x, b.Op("Gather", [x, b.Scalar(0)], ("axis", 0L))),
        ["Product of the batch with itself"] = (b, x) =>
        {
            Value flat = b.Op("Reshape", x, b.Ints(0, 12));
            Value square = b.Op("MatMul", flat, b.Op("Transpose", [flat], ("perm", new long[] { 1, 0 })));
            return b.Op("Add", x, b.Op("Reshape", b.Op("ReduceMean", [square, b.Ints(1)]), b.Ints(0, 1, 1)));
        },
        ["Size of the batch as data"] = (b, x) => b.Op("Div", x, b.Op("Cast", [b.Batch(x)], ("to", (long)ElementType.Float32))),
        ["Number of the row"] = (b, x) =>
        {
            Value numbers = b.Op("Range", b.Scalar(0), b.Op("Squeeze", b.Batch(x)), b.Scalar(1));
            return b.Op("Add", x, b.Op("Reshape", b.Op("Cast", [numbers], ("to", (long)ElementType.Float32)), b.Ints(-1, 1, 1)));
        },
        ["A weight for each row"] = (b, x) => b.Op("Add", x, b.Floats(2, 1, 1)),
        ["Random numbers"] = (b, x) => b.Op("Add", x, b.Op("RandomNormalLike", x)),
        ["Batch statistics"] = (b, x) => b.Op("BatchNormalization",
            b.Swap(x), b.Floats(1), b.Floats(1), b.Floats(1), b.Floats(1)),
        ["An unknown operator"] = (b, x) => b.Add(new OpName("own", "Unknown"), x),
        ["Recurrence along the batch"] = (b, x) => b.Op("Add", x, b.Op("ReduceMean",
            [b.Node("RNN", 1, [x, b.Floats(1, 1, 3), b.Floats(1, 1, 1)], ("hidden_size", 1L))[0], b.Ints(1, 3)], ("keepdims", 0L))),
        ["A condition of all rows"] = (b, x) => b.If(b.Op("Greater", b.Op("ReduceMax", [x], ("keepdims", 0L)), b.Floats()), x),
    };

    /// <summary>Of x [n,4,3]: rows stay apart.</summary>
    private static readonly Dictionary<string, Func<Lab, Value, Value>> Accepted = new()
    {
        ["Elements"] = (b, x) => b.Op("Clip", b.Op("Add", b.Op("Mul", x, b.Floats(4, 3)), b.Floats()), b.Floats(), b.Floats()),
        ["Reductions of samples"] = (b, x) => b.Op("Sub", x, b.Op("ReduceMean", [x, b.Ints(-1, 1)])),
        ["Softmax of samples"] = (b, x) => b.Op("Softmax", [b.Op("CumSum", x, b.Scalar(1))], ("axis", -1L)),
        ["The batch moves and comes back"] = (b, x) =>
        {
            Value last = b.Op("Transpose", [x], ("perm", new long[] { 1, 2, 0 }));
            return b.Op("Transpose", [b.Op("Softmax", [last], ("axis", 0L))], ("perm", new long[] { 2, 0, 1 }));
        },
        ["Samples become rows and rows samples"] = (b, x) =>
            b.Op("Reshape", b.Op("MatMul", b.Op("Reshape", x, b.Ints(-1, 3)), b.Floats(3, 3)), b.Ints(-1, 4, 3)),
        ["Shape, Gather, Concat, Reshape"] = (b, x) =>
        {
            Value batch = b.Op("Unsqueeze", b.Op("Gather", [b.Op("Shape", x), b.Scalar(0)], ("axis", 0L)), b.Ints(0));
            Value flat = b.Op("Reshape", x, b.Op("Concat", [batch, b.Ints(-1)], ("axis", 0L)));
            return b.Op("Reshape", b.Op("Relu", flat), b.Op("Concat", [b.Op("Mul", batch, b.Ints(1)), b.Ints(4), b.Ints(3)], ("axis", 0L)));
        },
        ["Heads on the axis of the batch"] = (b, x) => // as multi-head attention is exported: [length, batch * heads, size]
        {
            Value first = b.Swap(b.Op("Reshape", x, b.Ints(0, 4, 3)));
            Value heads = b.Op("Reshape", first, b.Ints(4, -1, 1)), back = b.Op("Reshape", b.Op("Tanh", heads), b.Ints(4, -1, 3));
            return b.Swap(back);
        },
        ["A token for each sample"] = (b, x) =>
        {
            Value batch = b.Batch(x);
            Value token = b.Op("Expand", b.Floats(1, 1, 3), b.Op("Concat", [batch, b.Ints(1, 3)], ("axis", 0L)));
            return b.Op("Slice", b.Op("Concat", [token, x], ("axis", 1L)), b.Ints(0), b.Ints(4), b.Ints(1));
        },
        ["Zeros for each sample"] = (b, x) => b.Op("Add", x, b.Op("ConstantOfShape", b.Op("Shape", x))),
        ["Attention"] = (b, x) =>
        {
            Value scores = b.Op("MatMul", x, b.Op("Transpose", [x], ("perm", new long[] { 0, 2, 1 })));
            return b.Op("MatMul", b.Op("Softmax", [scores], ("axis", 2L)), x);
        },
        ["Einsum"] = (b, x) => b.Op("Einsum", [x, b.Floats(3, 3)], ("equation", "bij,jk->bik")),
        ["Einsum of samples"] = (b, x) => b.Op("Einsum", [x, x, x], ("equation", "...ij,...kj,...kl->...il")),
        ["Fixed quantization"] = (b, x) =>
        {
            Value scale = b.Floats(), zero = b.Constant(TensorData.Scalar<byte>(ElementType.UInt8, 128));
            return b.Op("DequantizeLinear", b.Op("QuantizeLinear", x, scale, zero), scale, zero);
        },
        ["Recurrence along time"] = (b, x) =>
        {
            // Y_h is [1,n,3].
            Value[] y = b.Node("LSTM", 2, [b.Swap(x), b.Floats(1, 12, 3), b.Floats(1, 12, 3)], ("hidden_size", 3L));
            return b.Op("Add", x, b.Swap(y[1]));
        },
        ["An embedding"] = (b, x) =>
            b.Op("Gather", [b.Floats(9, 3), b.Op("ArgMax", [x], ("axis", 2L), ("keepdims", 0L))], ("axis", 0L)),
        ["A condition that is the same for all"] = (b, x) => b.If(b.Constant(TensorData.Scalar(ElementType.Bool, true)), x),
    };

    public static TheoryData<string> RefusedNames => [.. Refused.Keys];

    public static TheoryData<string> AcceptedNames => [.. Accepted.Keys];

    [Theory]
    [MemberData(nameof(RefusedNames))]
    public void Rows_that_may_meet_are_refused_with_a_node_and_a_reason(string name)
    {
        (string where, string reason) = Assert.NotNull(BatchProof.FindFault(Graph(Refused[name]), "n"));
        Assert.NotEmpty(where);
        Assert.NotEmpty(reason);
    }

    [Theory]
    [MemberData(nameof(AcceptedNames))]
    public void Rows_that_cannot_meet_are_accepted_and_do_not_meet(string name)
    {
        Graph graph = Graph(Accepted[name]);
        Assert.Null(BatchProof.FindFault(graph, "n"));
        Assert.Null(Apart.Fault(new Model(graph) { Opsets = OpsetVersions.Standard(20), FormatVersion = 9 }));
    }

    /// <summary>In memory all values have types; in a file those inside groups have none.</summary>
    [Theory]
    [InlineData("lenet")]
    [InlineData("resnet50")]
    [InlineData("mobilenet_v2")]
    [InlineData("mobilenet_v3")]
    [InlineData("bert_small")]
    [InlineData("wide_deep")]
    public void Networks_of_the_zoo_are_accepted_in_memory_and_from_a_file(string name)
    {
        Model model = ModelZoo.Find(name)!.Build(new() { Batch = "n", Rules = OperatorTable.Default });
        CompiledModel compiled = Partitions.Compile(model, "random:3:0.8");
        Assert.Null(BatchProof.FindFault(compiled.Model.Graph, "n"));
        Assert.Null(BatchProof.FindFault(CompiledModelFormat.Read(CompiledModelFormat.Write(compiled)).Model.Graph, "n"));
    }

    [Fact]
    public void An_input_that_has_the_batch_twice_is_refused()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", "n")));
        Assert.Equal("x", BatchProof.FindFault(builder.Build(builder.Op("Relu", "y", [x])), "n")!.Value.Where);
    }

    private static Graph Graph(Func<Lab, Value, Value> make)
    {
        var lab = new Lab();
        return lab.Build(make(lab, lab.Input));
    }

    private static Value Quantized(Lab b, Value x)
    {
        Value[] q = b.Node("DynamicQuantizeLinear", 3, [x]);
        return b.Op("DequantizeLinear", q[0], q[1], q[2]);
    }

    /// <summary>Builds graphs over x [n,4,3] with few words.</summary>
    private sealed class Lab
    {
        private readonly GraphBuilder _builder = new(OperatorTable.Default) { Name = "batch" };
        private int _values;

        public Lab() => Input = _builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 4, 3)));

        public Value Input { get; }

        public Value Op(string op, params Value[] inputs) => Op(op, inputs, []);

        public Value Op(string op, Value[] inputs, params (string, AttributeValue)[] attributes) => Node(op, 1, inputs, attributes)[0];

        public Value Add(OpName op, params Value[] inputs) => _builder.Op(op, Name(), inputs);

        /// <summary>The first two axes change places.</summary>
        public Value Swap(Value x) => Op("Transpose", [x], ("perm", new long[] { 1, 0, 2 }));

        /// <summary>The size of the first axis.</summary>
        public Value Batch(Value x) => Op("Shape", [x], ("end", 1L));

        public Value[] Node(string op, int outputs, Value[] inputs, params (string, AttributeValue)[] attributes)
        {
            OutputSpec[] names = [.. Enumerable.Range(0, outputs).Select(_ => (OutputSpec)Name())];
            return [.. _builder.Add(op, inputs, names, AttributeMap.Of(attributes)).Outputs.Select(v => v!)];
        }

        public Value Constant(TensorData data) => _builder.Constant(Name(), data);

        public Value Ints(params ReadOnlySpan<long> values) => Constant(TensorData.Int64s(values));

        public Value Scalar(long value) => Constant(TensorData.Scalar(ElementType.Int64, value));

        public Value Floats(params long[] dims)
        {
            int count = (int)dims.Aggregate(1L, (a, b) => a * b);
            return Constant(TensorData.Floats([.. Enumerable.Range(0, count).Select(i => 0.5f + (i * 5 % 7) / 8f)], dims));
        }

        /// <summary>A negative in one branch, a copy in the other.</summary>
        public Value If(Value condition, Value x)
        {
            Graph Branch(string op)
            {
                var body = new GraphBuilder(_builder.Rules, _builder.Scope) { Name = op };
                return body.Build(body.Op(op, Name(), [x]));
            }
            return Op("If", [condition], ("then_branch", Branch("Neg")), ("else_branch", Branch("Identity")));
        }

        public Graph Build(Value y) => _builder.Build(y);

        private string Name() => $"v{_values++}";
    }
}
