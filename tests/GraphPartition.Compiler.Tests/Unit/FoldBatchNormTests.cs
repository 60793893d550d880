using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.BatchNorm;
using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

public sealed class FoldBatchNormTests
{
    public static TheoryData<string, long[], long[], int, bool> Layers => new()
    {
        { "Conv", [1, 4, 9], [6, 4, 3], 1, false },
        { "Conv", [1, 4, 5, 5], [6, 4, 3, 3], 1, true },
        { "Conv", [1, 4, 5, 5], [6, 2, 3, 3], 2, true },
        { "Conv", [1, 4, 5, 5], [4, 1, 3, 3], 4, false }, // depthwise
        { "Conv", [1, 2, 4, 4, 4], [3, 2, 2, 2, 2], 1, true },
        { "ConvTranspose", [1, 4, 5, 5], [4, 3, 3, 3], 1, true },
        { "ConvTranspose", [1, 4, 5, 5], [4, 3, 3, 3], 2, false },
        { "Gemm", [2, 5], [5, 3], 1, true },
        { "Gemm", [2, 5], [5, 3], 1, false },
        { "MatMul", [2, 5], [5, 3], 1, false },
        { "MatMul", [2, 5], [5, 3], 1, true },
    };

    [Theory]
    [MemberData(nameof(Layers))]
    public void It_is_folded_into_the_layer_before_it(string op, long[] input, long[] weight, int groups, bool hasBias)
    {
        Net net = new(input);
        Value y = net.Layer(op, net.X, weight, groups, hasBias);
        Model model = net.Model(net.BatchNorm(y, Channels(op, weight, groups)));
        PassRun run = Folded(model, new FoldBatchNorm());
        Assert.Equal(op == "MatMul" ? ["MatMul", "Add"] : [op], run.Graph.Nodes.Select(n => n.Op.Type));
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Arithmetic_is_folded_into_the_layer_before_it(string op, long[] input, long[] weight, int groups, bool hasBias)
    {
        Net net = new(input);
        int channels = Channels(op, weight, groups);
        long[] dims = [channels, .. Enumerable.Repeat(1L, weight.Length - 2)];
        Value y = net.Layer(op, net.X, weight, groups, hasBias);
        foreach ((string arithmetic, int i) in new[] { "Add", "Mul", "Sub", "Div" }.Select((a, i) => (a, i)))
            y = net.Builder.Op(arithmetic, arithmetic, [y, net.Weight($"k{i}", 0.5f, i == 1 ? [] : dims)]);
        PassRun run = Folded(net.Model(y), new FuseAffineIntoConv());
        Assert.Equal(op == "MatMul" ? ["MatMul", "Add"] : [op], run.Graph.Nodes.Select(n => n.Op.Type));
    }

    [Fact]
    public void It_is_folded_through_arithmetic_between()
    {
        Net net = new([1, 2, 5, 5]);
        Value y = net.Layer("Conv", net.X, [3, 2, 3, 3], 1, false);
        y = net.Builder.Op("Add", "a", [net.Weight("k", 0.5f, 3, 1, 1), y]);
        y = net.Builder.Op("Sub", "s", [net.Weight("l", 0.5f, 1, 3, 1, 1), y]);
        PassRun run = Folded(net.Model(net.BatchNorm(y, 3)), new FoldBatchNorm());
        Assert.Equal("Conv", Assert.Single(run.Graph.Nodes).Op.Type);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void It_is_folded_into_a_later_convolution_that_does_not_pad(int groups)
    {
        Net net = new([1, 4, 5, 5]);
        Model model = net.Model(net.Layer("Conv", net.BatchNorm(net.X, 4), [6, 4 / groups, 3, 3], groups, true));
        Assert.Equal("Conv", Assert.Single(Folded(model, new FoldBatchNorm()).Graph.Nodes).Op.Type);
    }

    [Theory]
    [InlineData("Gemm", true)]
    [InlineData("Gemm", false)]
    [InlineData("MatMul", false)]
    public void It_is_folded_into_a_later_matrix_product(string op, bool hasBias)
    {
        Net net = new([2, 5]);
        Model model = net.Model(net.Layer(op, net.BatchNorm(net.X, 5), [5, 3], 1, hasBias));
        Assert.Equal(op == "Gemm" ? ["Gemm"] : ["MatMul", "Add"], Folded(model, new FoldBatchNorm()).Graph.Nodes.Select(n => n.Op.Type));
    }

    [Fact]
    public void It_is_folded_into_a_later_matrix_product_with_a_transposed_weight()
    {
        Net net = new([2, 5]);
        Value y = net.Builder.Op("Gemm", "c", [net.BatchNorm(net.X, 5), net.Weight("w", -0.5f, 3, 5)],
            AttributeMap.Of(("transB", 1L), ("alpha", 0.5f)));
        Assert.Equal("Gemm", Assert.Single(Folded(net.Model(y), new FoldBatchNorm()).Graph.Nodes).Op.Type);
    }

    [Fact]
    public void It_is_folded_into_a_convolution_from_both_sides()
    {
        Net net = new([2, 3, 5, 5]);
        Value convolution = net.Layer("Conv", net.BatchNorm(net.X, 3), [4, 3, 1, 1], 1, false);
        Model model = net.Model(net.BatchNorm(convolution, 4));
        Assert.Equal("Conv", Assert.Single(Folded(model, new FoldBatchNorm()).Graph.Nodes).Op.Type);
    }

    [Fact]
    public void It_is_not_folded_into_a_later_convolution_that_pads()
    {
        Net net = new([1, 4, 5, 5]);
        Value y = net.Layer("Conv", net.BatchNorm(net.X, 4), [6, 4, 3, 3], 1, true, ("pads", new long[] { 1, 1, 1, 1 }));
        Refused(net.Model(y), "pads with zeros");
    }

    [Fact]
    public void A_weight_of_one_number_stays_an_expression()
    {
        Net net = new([1, 2, 5, 5]);
        Value shape = net.Builder.Constant("shape", TensorData.Int64s(3, 2, 3, 3));
        Value fill = net.Builder.Op("ConstantOfShape", "w", [shape],
            AttributeMap.Of(("value", TensorData.Of<float>(ElementType.Float32, [0.1f], 1))));
        Value y = net.Builder.Op("Conv", "c", [net.X, fill]);
        PassRun run = Folded(net.Model(net.BatchNorm(y, 3)), new FoldBatchNorm());
        Assert.Equal(["Expand", "Conv"], run.Graph.Nodes.Select(n => n.Op.Type));
    }

    [Fact]
    public void A_shared_weight_is_copied_only_if_it_is_small()
    {
        Net net = new([1, 3, 5, 5]);
        Value w = net.Weight("w", 0, 3, 3, 3, 3);
        Value a = net.BatchNorm(net.Builder.Op("Conv", "c", [net.X, w]), 3), b = net.Builder.Op("Conv", "d", [net.X, w]);
        Model model = net.Model(net.Builder.Op("Add", "y", [a, b]));
        Assert.DoesNotContain(Folded(model, new FoldBatchNorm()).Graph.Nodes, n => n.Op.Is("BatchNormalization"));
        Refused(model, "shared by 2 nodes", foldLimit: 10);
    }

    [Fact]
    public void Used_names_are_not_used_again()
    {
        Net net = new([1, 2, 5, 5]);
        Value taken = net.Weight("c_bias", 1, 3);
        Value y = net.BatchNorm(net.Layer("Conv", net.X, [3, 2, 3, 3], 1, false), 3);
        y = net.Builder.Op(
            "PRelu", "p", [y, net.Builder.Op("Reshape", "r", [taken, net.Builder.Constant("s", TensorData.Int64s(3, 1, 1))])]);
        PassRun run = Folded(net.Model(y), new FoldBatchNorm());
        Assert.Equal(run.Graph.Constants.Length, run.Graph.Constants.Select(c => c.Name).Distinct().Count());
    }

    [Theory]
    [InlineData(float.NaN, 1f, "scaled by NaN")]
    [InlineData(1f, -1f, "the variance of channel 0 is -1")]
    [InlineData(1f, float.NaN, "the variance of channel 0 is NaN")]
    [InlineData(float.PositiveInfinity, 1f, "scaled by ∞")]
    public void Text_that_is_not_a_number_is_refused(float gamma, float variance, string reason)
    {
        Net net = new([1, 2, 5, 5]);
        Value y = net.Layer("Conv", net.X, [1, 2, 3, 3], 1, false);
        Value g = net.Builder.Constant("g", TensorData.Of<float>(ElementType.Float32, [gamma], 1)),
            v = net.Builder.Constant("v", TensorData.Of<float>(ElementType.Float32, [variance], 1));
        Refused(net.Model(net.Builder.Op("BatchNormalization", "n", [y, g, v, v, v])),
            reason.Replace("∞", "Infinity", StringComparison.Ordinal));
    }

    [Fact]
    public void Zero_variance_and_epsilon_are_refused()
    {
        Net net = new([1, 2, 5, 5]);
        Value y = net.Layer("Conv", net.X, [1, 2, 3, 3], 1, false), one = net.Weight("one", 1, 1);
        Value zero = net.Builder.Constant("zero", TensorData.Of<float>(ElementType.Float32, [0f], 1));
        Refused(net.Model(net.Builder.Op("BatchNormalization", "n", [y, one, one, one, zero], AttributeMap.Of(("epsilon", 0f)))),
            "the variance of channel 0 is 0");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(3e38f)] // finite, but not when it is scaled
    public void A_weight_that_would_not_be_finite_is_refused(float element)
    {
        Net net = new([1, 1, 5, 5]);
        Value y = net.Builder.Op("Conv", "c", [net.X, net.Builder.Constant("w", TensorData.Floats([1, element], 1, 1, 1, 2))]);
        Value k = net.Weight("k", 100, 1), v = net.Weight("v", 1, 1);
        Refused(net.Model(net.Builder.Op("BatchNormalization", "n", [y, k, v, v, v])), "would not be finite");
    }

    [Fact]
    public void Other_channel_counts_are_refused()
    {
        Net net = new([1, 2, 5, 5]);
        Value y = net.Layer("Conv", net.X, [3, 2, 3, 3], 1, false), k = net.Weight("k", 1, 4);
        Refused(net.Model(net.Builder.Op("BatchNormalization", "n", [y, k, k, k, k])), "it has 4 channels, the layer before it 3");
        Assert.Contains(net.Builder.Scope.Diagnostics, d => d.Code.Id.StartsWith("GP2", StringComparison.Ordinal));
    }

    [Fact]
    public void The_arithmetic_that_exporters_write_for_it_goes_too()
    {
        Net net = new([1, 2, 5, 5]); // (y - mean) / sqrt(variance + epsilon) * gamma + beta
        GraphBuilder builder = net.Builder;
        Value Parameter(string name) => net.Weight(name, 0.5f, 3, 1, 1);
        Value root = builder.Op("Sqrt", "sqrt", [builder.Op("Add", "ve", [Parameter("variance"), net.Weight("epsilon", 0)])]);
        Value y = builder.Op("Sub", "s", [net.Layer("Conv", net.X, [3, 2, 3, 3], 1, false), Parameter("mean")]);
        y = builder.Op("Add", "a", [builder.Op("Mul", "m", [builder.Op("Div", "d", [y, root]), Parameter("gamma")]), Parameter("beta")]);
        Model model = net.Model(y);
        PassRun run = PassRun.Of(model, Pipeline.Standard);
        PassRun.AssertSameResults(model, run.Model);
        Assert.Equal("Conv", Assert.Single(run.Graph.Nodes).Op.Type);
    }

    [Fact]
    public void Training_mode_is_refused()
    {
        Net net = new([1, 2, 5, 5]);
        Value y = net.Layer("Conv", net.X, [3, 2, 3, 3], 1, false), k = net.Weight("k", 1, 3);
        Node node = net.Builder.Add("BatchNormalization", [y, k, k, k, k], ["n", "m", "v"], AttributeMap.Of(("training_mode", 1L)));
        Refused(net.Model(node.Outputs[0]!), "training mode");
    }

    [Fact]
    public void An_intermediate_result_with_other_users_stays()
    {
        Net net = new([1, 2, 5, 5]);
        Value y = net.Layer("Conv", net.X, [3, 2, 3, 3], 1, false);
        Refused(net.Model(net.Builder.Op("Add", "y", [y, net.BatchNorm(y, 3)])), "");
    }

    [Fact]
    public void A_bias_behind_a_matrix_product_stays()
    {
        Net net = new([2, 5]);
        Model model = net.Model(net.Layer("MatMul", net.X, [5, 3], 1, true));
        Assert.Same(model.Graph, PassRun.Of(model, new Pipeline("one", new FuseAffineIntoConv())).Graph);
    }

    [Theory]
    [InlineData(3, 5, 5)] // widens the batch
    [InlineData(1, 1, 5)] // along the last axis
    public void Arithmetic_that_is_not_by_channel_stays(int n, int h, int w)
    {
        Net net = new([1, 2, 7, 7]);
        Value y = net.Layer("Conv", net.X, [3, 2, 3, 3], 1, false);
        Model model = net.Model(net.Builder.Op("Mul", "m", [y, net.Weight("k", 1, n, 1, h, w)]));
        PassRun run = PassRun.Of(model, new Pipeline("one", new FuseAffineIntoConv()));
        Assert.Same(model.Graph, run.Graph);
        Assert.Contains(run.Reasons, r => r.Contains("not one number for each channel", StringComparison.Ordinal));
    }

    [Fact]
    public void A_remaining_BatchNorm_absorbs_the_arithmetic_behind_it()
    {
        Net net = new([2, 3, 4, 4]);
        Value y = net.Builder.Op("Mul", "m", [net.BatchNorm(net.X, 3), net.Weight("k", 0.5f, 3, 1, 1)]);
        Model model = net.Model(net.Builder.Op("Add", "a", [y, net.Weight("t", 0.5f, 3, 1, 1)]));
        Assert.Equal("BatchNormalization", Assert.Single(Folded(model, new FuseAffineIntoConv()).Graph.Nodes).Op.Type);
    }

    [Fact]
    public void Without_a_neighbor_it_becomes_one_multiply_add()
    {
        Net net = new([2, 3, 4]);
        Model model = net.Model(net.BatchNorm(net.X, 3));
        Assert.Equal(["Mul", "Add"], Folded(model, new DecomposeBatchNorm()).Graph.Nodes.Select(n => n.Op.Type));
        Assert.Equal(["Mul", "Add"], PassRun.Of(model, Pipeline.Parse("standard,DecomposeBatchNorm,EliminateDeadNodes")).Graph.Nodes.Select(
            n => n.Op.Type));
    }

    private static int Channels(string op, long[] weight, int groups) => (int)(op switch
    {
        "Conv" => weight[0],
        "ConvTranspose" => weight[1] * groups,
        _ => weight[1],
    });

    private static PassRun Folded(Model model, IGraphPass pass)
    {
        PassRun run = PassRun.Of(model, new Pipeline(pass.Name, pass, new EliminateDeadNodes()));
        PassRun.AssertSameResults(model, run.Model);
        return run;
    }

    private static void Refused(Model model, string reason, long foldLimit = PassContext.DefaultFoldLimit)
    {
        PassRun run = PassRun.Of(model, new Pipeline("one", new FoldBatchNorm()), foldLimit);
        Assert.Same(model.Graph, run.Graph);
        if (reason.Length > 0) Assert.Contains(run.Reasons, r => r.Contains(reason, StringComparison.Ordinal));
    }

    /// <summary>Builds small networks with weights that are not round numbers.</summary>
    private sealed class Net
    {
        private readonly Random _random = new(7);

        public Net(long[] input) => X = Builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(input)));

        public GraphBuilder Builder { get; } = new(OperatorTable.Default);

        public Value X { get; }

        public Value Weight(string name, float atLeast, params long[] dims) => Builder.Constant(name, TensorData.Of<float>(
            ElementType.Float32, [.. Enumerable.Range(0, (int)TensorData.CountOf([.. dims])).Select(_ => atLeast + _random.NextSingle())],
            dims));

        public Value Layer(string op, Value x, long[] weight, int groups, bool hasBias, params (string, AttributeValue)[] attributes)
        {
            Value w = Weight("w", -0.5f, weight);
            long channels = Channels(op, weight, groups);
            if (groups > 1) attributes = [.. attributes, ("group", (long)groups)];
            if (op == "Gemm") attributes = [("beta", 0.5f), ("alpha", 2f)];
            if (op != "MatMul")
                return Builder.Op(op, "c", hasBias ? [x, w, Weight("b", 0, channels)] : [x, w], AttributeMap.Of(attributes));
            Value product = Builder.Op(op, "c", [x, w]);
            return hasBias ? Builder.Op("Add", "b", [product, Weight("bias", 0, channels)]) : product;
        }

        public Value BatchNorm(Value x, int channels) => Builder.Op("BatchNormalization", "n",
            [x, Weight("gamma", 0.5f, channels), Weight("beta", -0.5f, channels), Weight("mean", -0.5f, channels),
                Weight("variance", 0.5f, channels)]);

        public Model Model(Value output) => PassRun.Around(Builder.Build(output));
    }
}
