using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Ir.Graphs;
using GraphPartition.Quantization.Tests.Support;
using Xunit;

namespace GraphPartition.Quantization.Tests.Property;

/// <summary>Random networks of convolutions, pooling, joins and residuals.</summary>
public sealed class QuantizerProperties
{
    /// <summary>
    /// The file runs in plain ONNX Runtime and has the numbers that the search measured; its structure is what TensorRT wants.
    /// </summary>
    [Fact]
    public void A_quantized_model_computes_what_was_measured() => Prop.ForAll(Net.Codes, codes =>
    {
        Model model = Net.FromCodes(codes);
        QuantizedModel quantized = Net.Quantize(model, change: Net.ByMax);
        double measured = quantized.Report.Methods[0].Outputs[0].Decibels, written = quantized.Report.Outputs[0].Decibels;
        Assert.True(measured == written || Math.Abs(measured - written) < 1e-3, $"{measured} measured, {written} written");
        Assert.Equal(1, quantized.Report.Engines!.Value.After);
        Check(quantized.Model.Graph);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest((int)Grid.Size(25, 500)));

    private static void Check(Graph graph)
    {
        foreach (Node node in graph.Nodes)
        {
            if (node.Op.Is("QuantizeLinear"))
            {
                Assert.All(node.Inputs[2]!.Data!.Bytes.ToArray(), z => Assert.Equal(0, z));
                Assert.True(node.Inputs[1]!.Data!.As<float>()[0] > 0);
                Assert.All(graph.Uses.UsersOf(node.Outputs[0]!).ToArray(), u => Assert.True(graph.Nodes[u].Op.Is("DequantizeLinear")));
            }
            if (node.Op.Is("Conv") || node.Op.Is("MatMul"))
                for (int i = 0; i < 2; i++) Assert.True(graph.Nodes[graph.Uses.ProducerOf(node.Inputs[i]!)].Op.Is("DequantizeLinear"));
        }
        Assert.All(graph.Outputs, v => Assert.False(graph.Nodes[graph.Uses.ProducerOf(v)].Op.Is("DequantizeLinear")));
    }
}
