using GraphPartition.Foundation;
using GraphPartition.Ir.Types;
using GraphPartition.MindIr.Tests.Support;

namespace GraphPartition.MindIr.Tests.Unit;

public class InspectTests
{
    [SharedFact("models/mindir")]
    public void A_file_is_shown_without_conversion()
    {
        MindIrFile file = MindIrReader.Inspect(RealFiles.PathOf("ori_net.mindir"));
        Assert.Equal(("2.0.0a0", 1L, false), (file.Release, file.Version, file.IsEncrypted));
        Assert.Equal("x", Assert.Single(Assert.Single(file.Graphs).Inputs));
        Assert.Equal(["conv2.weight", "conv1.weight"], file.Parameters.Select(p => p.Name));
        Assert.Equal(IrType.Tensor(ElementType.Float32, Shape.Of(16, 6, 5, 5)), file.Parameters[0].Type);
        Assert.Equal((2, 4, 3), (file.Primitives["Conv2D"], file.Primitives["ReLU"], file.Primitives["MatMul"]));
    }

    [SharedFact("models/mindir")]
    public void A_file_that_cannot_be_converted_can_be_inspected() =>
        Assert.True(MindIrReader.Inspect(RealFiles.PathOf("bprop_hdu_2.0/MatMul_bprop.mindir")).Graphs.Length > 1);

    [SharedFact("models/mindir")]
    public void Every_file_can_be_inspected() => Assert.All(RealFiles.Names, name =>
        Assert.NotEmpty(MindIrReader.Inspect(RealFiles.PathOf(name), "0123456789ABCDEF"u8.ToArray()).Graphs));
}
