using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;

namespace GraphPartition.TestModels.Layers;

/// <summary>One number for many.</summary>
public static class Reductions
{
    /// <summary>The mean along axes, which stay with size 1.</summary>
    public static Tensor Mean(this Tensor x, params ReadOnlySpan<long> axes) => x.Reduce("ReduceMean", axes);

    /// <summary>The sum along axes, which stay with size 1.</summary>
    public static Tensor Sum(this Tensor x, params ReadOnlySpan<long> axes) => x.Reduce("ReduceSum", axes);

    /// <summary>The largest element of the whole tensor, as a scalar.</summary>
    public static Tensor Max(this Tensor x) => x.Net.Op("ReduceMax", x.Of(), [x], ("keepdims", 0));

    private static Tensor Reduce(this Tensor x, OpName op, ReadOnlySpan<long> axes)
    {
        Shape shape = x.Shape;
        foreach (long axis in axes) shape = shape.With((int)axis, 1);
        return x.Net.Op(op, new(x.Type.Element, shape), [x, x.Net.Integers(axes)]);
    }
}
