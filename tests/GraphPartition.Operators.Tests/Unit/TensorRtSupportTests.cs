using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.TensorRt;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit;

/// <summary>What TensorRT takes of a node, release by release, and why not.</summary>
public sealed class TensorRtSupportTests
{
    private static readonly TensorRtTarget Trt85 = new(new(8, 5)), Trt100 = new(new(10, 0)), Trt1010 = new(new(10, 10)),
        Trt1016 = new(new(10, 16));

    private readonly GraphBuilder _builder = new(OperatorTable.Default);

    [Theory]
    [InlineData("tensorrt-10.16", 10, 16)]
    [InlineData("TensorRT-8.5", 8, 5)]
    [InlineData("10.13.2", 10, 13)]
    [InlineData("tensorrt-11.5", 11, 5)]
    [InlineData("rtx-1.6", 1, 6, true)]
    [InlineData("tensorrt-rtx-1.7", 1, 7, true)]
    [InlineData("TensorRT-RTX 1.4.0", 1, 4, true)]
    public void A_target_is_read_from_text(string text, int major, int minor, bool isRtx = false)
    {
        Assert.True(TensorRtTarget.TryParse(text, out TensorRtTarget? target));
        Assert.Equal(new TensorRtRelease(major, minor, IsRtx: isRtx), target.Release);
    }

    [Theory]
    [InlineData("tensorrt-9.0")]
    [InlineData("tensorrt-10")]
    [InlineData("tensorrt-10.x")]
    [InlineData("cuda-10.16")]
    [InlineData("rtx-1.3")]
    [InlineData("rtx-10.16")]
    [InlineData("")]
    public void An_unknown_release_is_not_a_target(string text) => Assert.False(TensorRtTarget.TryParse(text, out _));

    [Theory]
    [InlineData("8.6.1", 17)]
    [InlineData("10.3.0", 20)]
    [InlineData("10.13.2", 22)]
    [InlineData("10.16.0", 24)]
    [InlineData("10.99.0", 24)]
    [InlineData("11.1.0", 24)]
    [InlineData("11.5.1", 25)]
    [InlineData("rtx-1.4.0", 24)]
    [InlineData("rtx-1.7.1", 25)]
    public void The_newest_opset_of_a_parser_is_that_of_the_newest_release_in_the_table_that_is_not_newer(string release, int opset)
    {
        Assert.True(TensorRtRelease.TryParse(release, out TensorRtRelease parsed));
        Assert.Equal(opset, TensorRtTarget.NewestOpset(parsed));
    }

    [Fact]
    public void The_target_for_an_installed_release_is_the_newest_in_the_table_that_is_not_newer()
    {
        Assert.Equal(new TensorRtRelease(10, 16), TensorRtTarget.For(new(10, 17, 2))!.Release);
        Assert.Equal(new TensorRtRelease(8, 5), TensorRtTarget.For(new(8, 5, 3))!.Release);
        Assert.Null(TensorRtTarget.For(new(9, 0, 0)));
        Assert.Null(TensorRtTarget.For(new(10, 16, 0, IsRtx: true)));
        Assert.Equal(new TensorRtRelease(1, 6, IsRtx: true), TensorRtTarget.For(new(1, 6, 1, IsRtx: true))!.Release);
        Assert.Equal(new TensorRtRelease(1, 4, IsRtx: true), TensorRtTarget.For(new(1, 3, 0, IsRtx: true))!.Release); // nothing is older
        Assert.Equal(new TensorRtRelease(11, 1), TensorRtTarget.For(new(11, 0, 0))!.Release);
    }

    [Fact]
    public void A_plain_operator_is_supported_and_its_types_decide_per_node()
    {
        Assert.True(Of(Node("Add", [F32(2), F32(2)]), Trt85).IsYes);
        Assert.True(Of(Node("Add", [Input(ElementType.BFloat16, 2), Input(ElementType.BFloat16, 2)]), Trt1016).IsYes);
        Verdict no = Of(Node("Add", [Input(ElementType.BFloat16, 2), Input(ElementType.BFloat16, 2)]), Trt85);
        Assert.Equal("element-type", no.Rule);
        Assert.Contains("bf16", no.Reason);
        Assert.Equal("element-type", Of(Node("Add", [Input(ElementType.UInt8, 2), Input(ElementType.UInt8, 2)]), Trt1016).Rule);
    }

    [Fact]
    public void Doubles_are_refused_unless_allowed()
    {
        Node node = Node("Exp", [Input(ElementType.Float64, 2)]);
        Assert.Equal("f64", Of(node, Trt1016).Rule);
        Assert.True(Of(node, Trt1016 with { AllowsDoubleAsFloat = true }).IsYes);
    }

    [Fact]
    public void Int64_in_8x_is_refused_unless_allowed_or_shape_arithmetic()
    {
        Node node = Node("Add", [Input(ElementType.Int64, 2), Input(ElementType.Int64, 2)]);
        Assert.Equal("i64", Of(node, Trt85).Rule);
        Assert.True(Of(node, Trt85 with { AllowsInt64AsInt32 = true }).IsYes);
        Assert.True(Of(node, Trt100).IsYes);
        Value shape = Node("Shape", [F32("n", 3)]).Outputs[0]!;
        Assert.True(Of(Node("Add", [shape, shape]), Trt85).IsYes);
        Assert.True(Of(Node("Gather", [F32(5, 2), Input(ElementType.Int64, 7)]), Trt85).IsYes); // indices are not data
    }

    [Fact]
    public void A_node_passes_only_if_its_condition_holds()
    {
        Value x = F32(2, 3), axis = _builder.Constant("axis", TensorData.Int64s(1)), computed = Input(ElementType.Int64, 1);
        Assert.True(Of(Node("ReduceSum", [x, axis]), Trt1016).IsYes);
        Assert.True(Of(Node("ReduceSum", [x]), Trt1016).IsYes);
        Verdict no = Of(Node("ReduceSum", [x, computed]), Trt1016);
        Assert.Equal("initializer(1)", no.Rule);
        Assert.Contains("'axes'", no.Reason);
        Assert.Equal("spatial(1,3)", Of(Node("MaxPool", [F32(1, 3)], ("kernel_shape", Array.Empty<long>())), Trt1016).Rule);
        Assert.Equal("ones(dilations)", Of(Node("MaxPool", [F32(1, 3, 8, 8)],
            ("kernel_shape", new long[] { 2, 2 }), ("dilations", new long[] { 2, 2 })), Trt1016).Rule);
        Assert.Equal("below(1,3841)", Of(Node("TopK", [F32(5000), _builder.Constant("k", TensorData.Int64s(4000))]), Trt1016).Rule);
        Assert.Equal("plain-einsum", Of(Node("Einsum", [F32(3, 3)], ("equation", "ii->i")), Trt85).Rule);
        Assert.Equal("lower-case(equation)", Of(Node("Einsum", [F32(3, 3)], ("equation", "Ij->jI")), Trt1016).Rule);
        Assert.True(Of(Node("Einsum", [F32(3, 3)], ("equation", "ii->i")), Trt100).IsYes);
        Assert.StartsWith(
            "one-of(mode", Of(Node("Resize", [F32(1, 1, 2, 2), null, _builder.Constant("s", TensorData.Floats([1, 1, 2, 2], 4))],
            ("mode", "lanczos")), Trt1016).Rule);
    }

    /// <summary>Parsers take these attributes and ignore them: the engine would compute something else (tensorrt.support says
    /// which).</summary>
    [Fact]
    public void An_attribute_that_a_parser_ignores_is_refused()
    {
        foreach (TensorRtTarget release in TensorRtTarget.Releases.Select(r => new TensorRtTarget(r)))
        {
            foreach (string op in (string[])["GRU", "RNN", "LSTM"])
            {
                Value?[] inputs = [F32(2, 4, 3), F32(1, 5, 3), F32(1, 5, 5)];
                Assert.Equal("attribute(layout,0)", Of(Node(op, inputs, ("hidden_size", 5), ("layout", 1)), release).Rule);
                Assert.True(Of(Node(op, inputs, ("hidden_size", 5), ("layout", 0)), release).IsYes);
                Assert.True(Of(Node(op, inputs, ("hidden_size", 5)), release).IsYes);
            }
            Value?[] scatter = [F32(4, 3), Input(ElementType.Int64, 2, 1), F32(2, 3)];
            Assert.StartsWith("one-of(reduction", Of(Node("ScatterND", scatter, ("reduction", "add")), release).Rule);
            Assert.True(Of(Node("ScatterND", scatter, ("reduction", "none")), release).IsYes);
            Assert.True(Of(Node("ScatterND", scatter), release).IsYes);
        }
    }

    [Fact]
    public void A_rule_that_needs_an_unknown_rank_refuses() =>
        Assert.Contains(
            "not known", Of(
                Node("MaxPool", [_builder.Input("x", IrType.Tensor(ElementType.Float32))], ("kernel_shape", new long[] { 2, 2 })),
                Trt1016).Reason);

    [Fact]
    public void Quantized_types_exist_only_between_quantization_and_dequantization()
    {
        Value x = F32(4), scale = _builder.Constant("s", TensorData.Floats([0.5f])),
            zero = _builder.Constant("z", TensorData.Scalar(ElementType.Int8, (sbyte)0));
        Node quantize = Node("QuantizeLinear", [x, scale, zero]);
        Assert.True(Of(quantize, Trt1016).IsYes);
        Assert.True(Of(Node("DequantizeLinear", [quantize.Outputs[0], scale, zero]), Trt1016).IsYes);
        Assert.False(Of(Node("Relu", [quantize.Outputs[0]]), Trt1016).IsYes);
        Assert.Equal("quantized-type", Of(Node("Relu", [quantize.Outputs[0]]), Trt85).Rule);
        Value one = _builder.Constant("z1", TensorData.Scalar(ElementType.Int8, (sbyte)1));
        Assert.Equal("zeros(2)", Of(Node("QuantizeLinear", [x, scale, one]), Trt1016).Rule);
    }

    [Fact]
    public void Unknown_operators_kept_forms_and_values_that_are_not_tensors_are_refused()
    {
        Assert.Equal("unknown-operator", Of(Node(new OpName("com.microsoft", "FastGelu"), [F32(2)]), Trt1016).Rule);
        Assert.Equal("unknown-operator", Of(Node("NoSuchOperator", [F32(2)]), Trt1016).Rule);
        Assert.Contains("level 'extended'", Of(Node(new OpName("com.microsoft.nchwc", "ReorderInput"), [F32(1, 8, 4, 4)]), Trt1016).Reason,
            StringComparison.Ordinal);
        Assert.Equal("unsupported-operator", Of(Node("Unique", [F32(2)]), Trt1016).Rule);
        Assert.Equal("unsupported-operator", Of(Node("SequenceConstruct", [F32(2)]), Trt1016).Rule);
        Node kept = _builder.Add("Upsample", [F32(1, 1, 2, 2)], ["u"], version: 7);
        Assert.Equal("the node is kept in its opset-7 form", Of(kept, Trt1016).Reason);
        Value sequence = _builder.Input("q", new SequenceType(IrType.Tensor(ElementType.Float32)));
        Assert.Equal("tensor", Of(Node("Identity", [sequence]), Trt1016).Rule);
        Assert.Equal("unknown-type", Of(Node("Identity", [_builder.Input("u", IrType.Unknown)]), Trt1016).Rule);
        Assert.Equal("dimensions", Of(Node("Relu", [F32(1, 1, 1, 1, 1, 1, 1, 1, 2)]), Trt1016).Rule);
    }

    [Fact]
    public void Control_flow_is_supported_when_every_node_of_its_bodies_is()
    {
        Assert.True(Of(If("Relu", "Exp"), Trt1016).IsYes);
        Verdict no = Of(If("Relu", "Bernoulli"), Trt1016);
        Assert.Equal("body:unsupported-operator", no.Rule);
        Assert.Contains("Bernoulli", no.Reason);
    }

    [Fact]
    public void The_first_later_release_that_supports_it_is_found()
    {
        Node rms = Node("RMSNormalization", [F32(2, 8), _builder.Constant("g", TensorData.Floats(new float[8], 8))]);
        Assert.Equal(Trt1016.Release, OperatorTable.Default.FirstReleaseThatSupports(rms, Trt1010));
        Assert.Null(OperatorTable.Default.FirstReleaseThatSupports(rms, new TensorRtTarget(new TensorRtRelease(11, 5))));
        Assert.Null(OperatorTable.Default.FirstReleaseThatSupports(Node("Unique", [F32(2)]), Trt85));
        Assert.Equal(new TensorRtRelease(11, 1), OperatorTable.Default.FirstReleaseThatSupports(Node("Swish", [F32(2)]), Trt1016));
    }

    /// <summary>PyTorch's exporter writes the pads of a dynamic size through a table [2, axes].</summary>
    [Theory]
    [InlineData(new long[] { -1, 2 }, "flat-sizes(1)")]
    [InlineData(new long[] { -1 }, null)]
    public void Sizes_of_8x_come_from_scalars_and_lists(long[] shape, string? rule)
    {
        Value x = F32(Dim.Named("n"), Dim.Named("m")), sizes = _builder.Op("Shape", "s", [x]);
        Value table = _builder.Op("Reshape", "t", [sizes, _builder.Constant("a", TensorData.Int64s(shape))]);
        Value list = _builder.Op("Reshape", "l", [table, _builder.Constant("b", TensorData.Int64s([-1]))]);
        Graph graph = _builder.Build(_builder.Op("Reshape", "y", [x, list]));
        Assert.Equal(rule, OperatorTable.Default.SupportOf(graph, Trt85)[^1].Rule);
        Assert.All(OperatorTable.Default.SupportOf(graph, Trt1016), v => Assert.True(v.IsYes));
    }

    private static Verdict Of(Node node, TensorRtTarget target) => OperatorTable.Default.SupportOf(node, target);

    private Value F32(params Dim[] dims) => Input(ElementType.Float32, dims);

    private Value Input(ElementType element, params Dim[] dims) => _builder.Input("x", IrType.Tensor(element, new Shape(dims)));

    private Node Node(OpName op, Value?[] inputs, params (string, AttributeValue)[] attributes) =>
        _builder.Add(op, inputs, ["y"], AttributeMap.Of(attributes));

    private Node If(string then, string otherwise)
    {
        Value x = F32(3, 3);
        return Node("If", [_builder.Input("c", IrType.Tensor(ElementType.Bool, Shape.Scalar))],
            ("then_branch", Branch(then, "t")), ("else_branch", Branch(otherwise, "e")));

        Graph Branch(string op, string name)
        {
            var body = new GraphBuilder(OperatorTable.Default, _builder.Scope);
            return body.Build(body.Op(op, name, [x]));
        }
    }
}
