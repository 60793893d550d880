using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;

namespace GraphPartition.Operators.Tests.Support;

/// <summary>
/// The types of what engines gave, by the trials: the types that the models declare, but for the forms here ("Built, but wrong" in
/// <c>../shared/facts/trt_verdicts.md</c>). Releases 1.4 to 1.7 were alike in this. Which numbers engines give was not tried.
/// </summary>
internal static class EngineOutput
{
    /// <summary>The type that an engine gives for an output of a node; where the trials say nothing, the declared one.</summary>
    public static IrType Of(Node node, Value output) => output.Type is TensorType type
        ? IrType.Tensor(ElementOf(node, type.Element), type.Shape is { } shape ? ShapeOf(node, output, shape) : null) : output.Type;

    private static ElementType ElementOf(Node node, ElementType element) => (element, node.Op.Type) switch
    {
        (ElementType.Float64, _) => ElementType.Float32,
        (ElementType.UInt8, "QuantizeLinear") => ElementType.Int8,
        _ => element,
    };

    private static Shape ShapeOf(Node node, Value output, Shape shape) => node.Op.Type switch
    {
        "Swish" when shape.Rank == 0 => Shape.Of(1),
        "GRU" or "RNN" or "LSTM" when node.Attributes.Int("layout") == 1 => TimeFirst(shape),
        "AveragePool" or "MaxPool" or "LpPool" when node.Attributes.Int("ceil_mode") == 1 => WholeWindows(node, shape),
        _ => shape,
    };

    /// <summary>[batch, time, directions, size] becomes [time, directions, batch, size]; a state likewise, without the time.</summary>
    private static Shape TimeFirst(Shape shape) => shape.Rank == 4
        ? new(shape[1], shape[2], shape[0], shape[3]) : new(shape[1], shape[0], shape[2]);

    /// <summary>A last window that starts in the padding or outside is kept.</summary>
    private static Shape WholeWindows(Node node, Shape shape)
    {
        if (node.Inputs[0]!.Shape is not { } input || node.Attributes.Text("auto_pad", "NOTSET") != "NOTSET") return shape;
        ReadOnlySpan<long> kernel = [.. node.Attributes.Ints("kernel_shape")];
        long[] pads = Or("pads", 0), strides = Or("strides", 1), dilations = Or("dilations", 1);
        Dim[] dims = [.. shape];
        int axes = kernel.Length;
        for (int i = 0; i < axes; i++)
        {
            if (!input[i + 2].IsKnown) continue;
            long rest = input[i + 2].Size + pads[i] + pads[i + axes] - ((kernel[i] - 1) * dilations[i] + 1);
            dims[i + 2] = Dim.Known((rest + strides[i] - 1) / strides[i] + 1);
        }
        return new(dims);

        long[] Or(string name, long otherwise) => node.Attributes.Ints(name) is { IsDefaultOrEmpty: false } given
            ? [.. given] : [.. Enumerable.Repeat(otherwise, 2 * node.Attributes.Ints("kernel_shape").Length)];
    }
}
