using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Quantization.Options;
using GraphPartition.Quantization.Placement;
using GraphPartition.Quantization.Tests.Support;
using Xunit;

namespace GraphPartition.Quantization.Tests.Unit;

/// <summary>The rules of TensorRT about where pairs stand.</summary>
public sealed class PlacementTests
{
    private static QuantizationPlan Plan(Model model, QuantizationFormat? format = null, bool small = false) =>
        QuantizationPlanner.Plan(model.Graph, new(format ?? QuantizationFormat.Int8) { SmallLayers = small });

    private static string[] Places(QuantizationPlan plan) =>
        [.. plan.Layers.SelectMany(l => l.Places.Select(p => $"{p.User.Op.Type}:{p.Value.Name}"))];

    [Fact]
    public void Only_the_skip_input_of_a_residual_block_gets_a_pair()
    {
        var net = new Net();
        Value x = net.Input(), a = net.Op("Relu", [net.Conv(x)]), b = net.Conv(a);
        QuantizationPlan plan = Plan(net.Build(net.Op("Relu", [net.Op("Add", [b, x])])));
        Assert.Equal([$"Conv:{x.Name}", $"Conv:{a.Name}", $"Add:{x.Name}"], Places(plan));
        Assert.Equal(plan.Layers[0].Places[0].Group, plan.Layers[1].Places[1].Group);
    }

    [Fact]
    public void Layers_in_bodies_stay_and_the_reason_names_the_node_around_them()
    {
        var net = new Net();
        Value x = net.Input("x", 16, 32), h = net.MatMul(x, 32, 32);
        Value go = net.Op("Greater", [net.Op("ReduceMax", [h], ("keepdims", 0L)), net.Op("ReduceMin", [x], ("keepdims", 0L))]);
        var inner = new GraphBuilder(net.Builder.Rules, net.Builder.Scope) { Name = "then" };
        Value w = inner.Constant("inner_w", TensorData.Floats(new float[32 * 32], 32, 32));
        Graph then = inner.Build(inner.Op("MatMul", "inside", [h, w]));
        var other = new GraphBuilder(net.Builder.Rules, net.Builder.Scope) { Name = "else" };
        Node flow = net.Builder.Add("If", [go], ["y"], AttributeMap.Of(
            ("then_branch", then), ("else_branch", other.Build(other.Op("Relu", "r", [h])))), "choice");
        QuantizedModel quantized = Net.Quantize(net.Build(flow.Outputs[0]!));
        Assert.Equal([null, "it is in a body of If 'choice', where tensors are not calibrated"],
            quantized.Report.Layers.Select(l => l.Reason));
    }

    [Fact]
    public void Of_two_convolutions_the_shorter_path_is_the_skip()
    {
        var net = new Net();
        Value x = net.Input(), down = net.Conv(x, kernel: 1), b = net.Conv(net.Op("Relu", [net.Conv(x)]));
        Assert.Contains($"Add:{down.Name}", Places(Plan(net.Build(net.Op("Add", [down, b])))));
    }

    [Fact]
    public void A_Concat_and_what_it_joins_have_one_scale_through_pooling_and_reshapes()
    {
        var net = new Net();
        Value x = net.Input(), a = net.Op("Relu", [net.Conv(x)]), b = net.Conv(a);
        Value pooled = net.Op("MaxPool", [net.Op("Concat", [a, b], ("axis", 1L))], ("kernel_shape", new IntsAttribute([2, 2])));
        QuantizationPlan plan = Plan(net.Build(net.Conv(pooled, 32)));
        Assert.Equal(2, plan.Groups.Length);
        Assert.Equal([a.Name, pooled.Name], plan.Groups[1].Select(v => v.Name));
    }

    [Fact]
    public void Pairs_stand_behind_fusions_and_bias_has_none()
    {
        var net = new Net();
        Value x = net.Input(), y = net.Conv(x), silu = net.Op("Mul", [y, net.Op("Sigmoid", [y])]);
        Model model = net.Build(net.Conv(silu));
        Assert.Equal([$"Conv:{x.Name}", $"Conv:{silu.Name}"], Places(Plan(model)));
        Graph graph = Net.Quantize(model).Model.Graph;
        Assert.All(graph.Nodes.Where(n => n.Op.Is("Conv")), n => Assert.True(n.Inputs[2]!.IsConstant));
    }

    [Fact]
    public void Channels_of_weights_are_those_of_results()
    {
        var net = new Net();
        Value x = net.Input("x", 32, 64), w = net.Weight(48, 64);
        Value gemm = net.Op("Gemm", [x, w], ("transB", 1L)), product = net.MatMul(gemm, 48, 40), left = net.Op("MatMul", [net.Weight(24, 32), product]);
        Value image = net.Input("i"), transposed = net.Op("ConvTranspose", [image, net.Weight(16, 32, 2, 2)], ("strides", new IntsAttribute([2, 2])));
        QuantizationPlan plan = Plan(net.Build(left, transposed));
        Assert.Equal([0, 1, 0, 1], plan.Layers.Select(l => l.Weight!.Axis));
        Assert.Equal([1, 1, 0, 1], plan.Layers.Select(l => l.Weight!.Input));
    }

    [Theory]
    [InlineData(12, 12, "no multiple of 8")]
    [InlineData(16, 16, null)]
    [InlineData(8, 1, "channels; below 16")]
    public void Small_and_odd_channels_are_named(int channels, int groups, string? reason)
    {
        var net = new Net();
        QuantizationPlan plan = Plan(net.Build(net.Conv(net.Op("Relu", [net.Input("x", 1, channels, 8, 8)]), channels, channels, 3, groups)));
        if (reason is null) Assert.Empty(plan.Kept);
        else Assert.Contains(reason, Assert.Single(plan.Kept).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Computed_weights_vectors_and_other_products_are_named()
    {
        var net = new Net();
        Value x = net.Input(), filter = net.Op("Relu", [net.Weight(16, 16, 3, 3)]), v = net.Input("v", 1, 64);
        Value computed = net.Op("Conv", [x, net.Op("Add", [net.Input("f", 16, 16, 3, 3), filter])]);
        QuantizationPlan plan = Plan(net.Build(computed, net.MatMul(v, 64, 64), net.Op("MatMul", [x, x])));
        Assert.Empty(plan.Layers);
        Assert.Equal(["its weights are computed", "it is a product with a vector, which memory limits",
            "both factors are activations, and it is no part of attention"], plan.Kept.Select(k => k.Reason));
    }

    [Fact]
    public void Both_products_of_attention_are_layers()
    {
        var net = new Net();
        Value q = net.Input("q", 2, 32, 64), k = net.Input("k", 2, 64, 32), v = net.Input("v", 2, 32, 64);
        Value scores = net.Op("Softmax", [net.Op("Mul", [net.Op("MatMul", [q, k]), net.Weight(1)])], ("axis", -1L));
        Assert.Equal(["MatMul:q", "MatMul:k", $"MatMul:{scores.Name}", "MatMul:v"], Places(Plan(net.Build(net.Op("MatMul", [scores, v])))));
    }

    /// <summary>The three inputs of the operator Attention; its file runs and is measured.</summary>
    [Theory]
    [InlineData("int8", 700, "at most 512 positions")]
    [InlineData("fp8", 700, null)]
    [InlineData("int8", 64, null)]
    public void The_operator_Attention_is_a_layer(string name, int positions, string? reason)
    {
        QuantizationFormat format = QuantizationFormat.All.Single(f => f.Name == name);
        var net = new Net();
        Value q = net.Input("q", 1, 2, positions, 16), k = net.Input("k", 1, 2, positions, 16), v = net.Input("v", 1, 2, positions, 16);
        Model model = net.Build(net.Op("Attention", [q, k, v])) with { SourceOpset = 23 };
        QuantizationPlan plan = Plan(model, format);
        if (reason is not null) Assert.Contains(reason, Assert.Single(plan.Kept).Reason, StringComparison.Ordinal);
        else Assert.Equal(["Attention:q", "Attention:k", "Attention:v"], Places(plan));
        if (positions > 100) return;
        QuantizedModel quantized = Net.Quantize(model, format);
        Assert.Equal(3, quantized.Model.Graph.Nodes.Count(n => n.Op.Is("QuantizeLinear")));
        Assert.InRange(quantized.Report.Outputs[0].Decibels, 20, 90);
    }

    /// <summary>Pooling reads 8 bits where a layer is behind or before it, unless its input is needed as floats too.</summary>
    [Fact]
    public void Pooling_by_average_gets_a_pair_beside_a_layer()
    {
        var net = new Net();
        Value x = net.Input(), a = net.Op("Relu", [net.Conv(x)]), pooled = net.Op("AveragePool", [a], ("kernel_shape", new IntsAttribute([2, 2])));
        Value behind = net.Conv(pooled), last = net.Op("Relu", [net.Conv(behind)]);
        string[] places = [$"Conv:{x.Name}", $"Conv:{pooled.Name}", $"AveragePool:{a.Name}", $"Conv:{behind.Name}", $"GlobalAveragePool:{last.Name}"];
        Assert.Equal(places, Places(Plan(net.Build(net.Op("GlobalAveragePool", [last])))));

        var gated = new Net(); // squeeze and excitation: the product needs the floats
        Value y = gated.Op("Relu", [gated.Conv(gated.Input())]);
        Value gate = gated.Op("Sigmoid", [gated.Conv(gated.Op("GlobalAveragePool", [y]), kernel: 1)]);
        Assert.DoesNotContain($"GlobalAveragePool:{y.Name}", Places(Plan(gated.Build(gated.Op("Mul", [y, gate])))));
    }

    [Fact]
    public void Int4_takes_weights_of_products_only()
    {
        var net = new Net();
        Value x = net.Input("x", 4, 64), y = net.MatMul(x, 64, 32), odd = net.MatMul(x, 64, 31);
        QuantizationPlan plan = Plan(net.Build(y, odd, net.Conv(net.Input("i"))), QuantizationFormat.Int4Weights);
        Assert.Empty(Assert.Single(plan.Layers).Places);
        Assert.Equal(["its weight f32[64,31] has no even last axis, or no blocks", "INT4 is for matrix products"], plan.Kept.Select(k => k.Reason));
    }
}
