using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.TensorRt;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit;

/// <summary>Operators that TensorRT ships as plugins or importers of its own.</summary>
public sealed class KnownPluginTests
{
    [Theory]
    [InlineData("trt.plugins", "EfficientNMS_TRT", "10.16", true)]
    [InlineData("com.nvidia", "EfficientNMS_TRT", "8.5", true)]
    [InlineData("", "EfficientNMS_TRT", "11.1", true)]
    [InlineData("acme", "EfficientNMS_TRT", "10.16", false)] // somebody else's
    [InlineData("trt.plugins", "EfficientNMS_TRT", "rtx-1.6", false)] // TensorRT-RTX ships no plugins
    [InlineData("trt.plugins", "LReLU_TRT", "10.16", true)]
    [InlineData("trt.plugins", "LReLU_TRT", "11.1", false)]
    [InlineData("trt", "TRT_FP8QuantizeLinear", "10.16", true)]
    [InlineData("trt", "TRT_FP8QuantizeLinear", "8.6", false)]
    [InlineData("trt", "TRT_FP8QuantizeLinear", "rtx-1.4", true)]
    [InlineData("", "TRT_Attention", "10.16", false)]
    [InlineData("", "TRT_Attention", "rtx-1.5", true)]
    [InlineData("trt.plugins", "Frobnicate_TRT", "10.16", false)]
    public void A_release_has_the_plugins_that_it_ships(string domain, string name, string release, bool isThere)
    {
        Verdict verdict = SupportOf(new(domain, name), release, typed: true);
        Assert.True(verdict.IsYes == isThere, verdict.Reason);
    }

    [Fact]
    public void Versions_and_types_of_outputs_count()
    {
        var reorg = new OpName("trt.plugins", "Reorg_TRT");
        Assert.Contains("no version 1", SupportOf(reorg, "10.16", typed: true).Reason, StringComparison.Ordinal);
        Assert.True(SupportOf(reorg, "10.16", typed: true, ("plugin_version", "2")).IsYes);
        Assert.Contains("type of output 0", SupportOf(new("trt.plugins", "Region_TRT"), "10.16", typed: false).Reason,
            StringComparison.Ordinal);
        Assert.Contains("until before 11.0", SupportOf(new("trt.plugins", "Clip_TRT"), "11.1", typed: true).Reason,
            StringComparison.Ordinal);
    }

    [Fact]
    public void No_plugin_has_the_name_of_an_operator_of_ONNX() =>
        Assert.DoesNotContain(KnownPlugin.All, p => OperatorTable.Default.Find(p.Name) is not null);

    private static Verdict SupportOf(OpName op, string release, bool typed, params (string, AttributeValue)[] attributes)
    {
        Assert.True(TensorRtTarget.TryParse(release, out TensorRtTarget? target));
        IrType type = IrType.Tensor(ElementType.Float32, Shape.Of(2));
        var builder = new GraphBuilder(OperatorTable.Default);
        Node node = builder.Add(op, [builder.Input("x", type)], [new("y", typed ? type : null)], AttributeMap.Of(attributes));
        return OperatorTable.Default.SupportOf(node, target!);
    }
}
