using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.MindIr.Diagnostics;
using GraphPartition.MindIr.Tests.Support;
using GraphPartition.TestModels.MindSpore;

namespace GraphPartition.MindIr.Tests.Unit;

/// <summary>-1 is a size that is not known; -2 alone means that the rank is not known either.</summary>
public class DynamicShapeTests
{
    [Fact]
    public void A_size_of_minus_one_is_open_and_gets_a_name()
    {
        var b = new MindIrBuilder(MindIrStyle.C);
        Model model = MindIrReader.Read(b.Build(b.Node("ReLU", [b.Input("x", -1, 3)], [], -1, 3)));
        Shape shape = model.Graph.Inputs[0].Shape!;
        Assert.Equal("x_0", shape[0].Symbol); // the file has no name for it, and users need one
        Assert.Equal(Dim.Known(3), shape[1]);
    }

    [Fact]
    public void An_unknown_rank_stays_unknown()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        Model model = MindIrReader.Read(b.Build(b.Node("ReLU", [b.Input("x", -2)], [], -2)));
        Assert.Null(model.Graph.Inputs[0].Shape);
        Assert.Equal(ElementType.Float32, model.Graph.Inputs[0].ElementType);
        Runner.AssertClose(TensorData.Floats([1, 0], 1, 2), Runner.Run(model, TensorData.Floats([1, -1], 1, 2))[0]);
    }

    [Fact]
    public void A_primitive_that_needs_an_unknown_rank_gives_an_error()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        byte[] file = b.Build(b.Node("BiasAdd", [b.Input("x", -2), b.Weight("w", TensorData.Floats([1, 2], 2))], [("format", "NCHW")], -2));
        Diagnostic d = Assert.Single(Assert.Throws<ModelException>(() => MindIrReader.Read(file)).Diagnostics);
        Assert.Equal(MindIrCodes.UntypedValue, d.Code);
        Assert.Contains("BiasAdd needs the rank of its input", d.Message, StringComparison.Ordinal);
    }

    /// <summary>A flattening of a batch that is not known, as the exporter writes it: the size from Shape, doubled and halved by
    /// numbers.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Arithmetic_on_sizes_is_computed_at_run_time(int batch)
    {
        var b = new MindIrBuilder(MindIrStyle.C);
        string x = b.Input("x", -1, 2, 3), shape = b.Node("Shape", [x], [], ElementType.Int64);
        string n = b.Item(shape, 0, ElementType.Int64), doubled = b.Node("ScalarMul", [n, b.Constant(2L)], [], ElementType.Int64);
        string to = b.Tuple(doubled, b.Node("ScalarAdd", [b.Constant(1L), b.Constant(2L)], [], ElementType.Int64));
        Model model = MindIrReader.Read(b.Build(b.Node("Reshape", [x, to], [], -1, 3)));
        TensorData data = Runner.Random(batch, batch, 2, 3);
        Runner.AssertClose(TensorData.Floats(data.As<float>(), batch * 2, 3), Runner.Run(model, data)[0]);
    }

    /// <summary>"same" padding of an image whose size is not known can only be resolved by the run.</summary>
    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    public void Padding_is_resolved_at_run_time(int size)
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        TensorData w = Runner.Random(7, 3, 2, 3, 3), image = Runner.Random(8, 1, 2, size, size);
        object[] open = [-1L, -1L, -1L, -1L];
        string y = b.Node("Conv2D", [b.Input("x", 1, 2, -1, -1), b.Weight("w", w)],
        [
            ("kernel_size", new object[] { 3L, 3L }), ("pad_mode", "same"), ("pad", open), ("pad_list", open),
            ("stride", new object[] { 1L, 1L, 2L, 2L }),
            ("dilation", new object[] { 1L, 1L, 1L, 1L }), ("group", 1L), ("format", "NCHW"),
        ], 1, 3, -1, -1);
        // In all (out - 1) * 2 + 3 - size: one pixel at the end of an even image, one at either end of an odd one.
        long[] pads = size % 2 == 0 ? [0, 1, 0, 1] : [1, 1, 1, 1];
        Runner.AssertClose(Reference.Conv(image, w, stride: 2, pads: pads), Runner.Run(MindIrReader.Read(b.Build(y)), image)[0]);
    }
}
