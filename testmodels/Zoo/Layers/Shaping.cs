using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;

namespace GraphPartition.TestModels.Layers;

/// <summary>Layers that move elements and compute none.</summary>
public static class Shaping
{
    /// <summary>All dimensions after the first in one.</summary>
    public static Tensor Flatten(this Tensor x)
    {
        long features = 1;
        for (int i = 1; i < x.Shape.Rank; i++) features *= x.Shape[i].Size;
        return x.Net.Op("Flatten", x.Of(x.Shape[0], features), [x], ("axis", 1));
    }

    /// <summary>The same elements in other dimensions; a dimension with a name stays where it is.</summary>
    public static Tensor Reshape(this Tensor x, params ReadOnlySpan<Dim> dims)
    {
        var numbers = new long[dims.Length]; // 0: the dimension that stands there in the input; -1: what is left
        for (int i = 0; i < numbers.Length; i++)
        {
            bool stays = dims[i].Symbol is not null && i < x.Shape.Rank && dims[i] == x.Shape[i];
            numbers[i] = dims[i].IsKnown ? dims[i].Size : stays ? 0 : -1;
        }
        return x.Net.Op("Reshape", x.Of(dims), [x, x.Net.Integers(numbers)]);
    }

    /// <summary>The axes in another order.</summary>
    public static Tensor Transpose(this Tensor x, params long[] order)
    {
        var dims = new Dim[order.Length];
        for (int i = 0; i < dims.Length; i++) dims[i] = x.Shape[(int)order[i]];
        return x.Net.Op("Transpose", x.Of(dims), [x], ("perm", order));
    }

    /// <summary>With new dimensions of 1, which then have these (ascending) numbers.</summary>
    public static Tensor Unsqueeze(this Tensor x, params ReadOnlySpan<long> axes)
    {
        List<Dim> dims = [.. x.Shape.Dims];
        foreach (long axis in axes) dims.Insert((int)axis, 1);
        return x.Net.Op("Unsqueeze", x.Of([.. dims]), [x, x.Net.Integers(axes)]);
    }

    /// <summary>Tensors next to one another along an axis; all other dimensions are the same.</summary>
    public static Tensor Concat(int axis, params ReadOnlySpan<Tensor> parts)
    {
        Tensor first = parts[0];
        long size = 0;
        double power = 0;
        foreach (Tensor part in parts)
        {
            size += part.Shape[axis].Size;
            power += part.Power * part.Shape[axis].Size;
        }
        return first.Net.Op("Concat", new(first.Type.Element, first.Shape.With(axis, size)), parts, ("axis", axis))
            .WithPower(power / size);
    }

    /// <summary>The element at <paramref name="index"/> of an axis, without that axis.</summary>
    public static Tensor Pick(this Tensor x, int axis, long index) =>
        x.Net.Op("Gather", x.Of([.. x.Shape.Dims.RemoveAt(axis)]),
            [x, x.Net.Constant(TensorData.Scalar(ElementType.Int64, index))], ("axis", axis));

    /// <summary>The elements from <paramref name="start"/> up to <paramref name="end"/> of an axis, or some of them.</summary>
    public static Tensor Slice(this Tensor x, int axis, int start, int end, int step = 1) =>
        x.Net.Op("Slice", new(x.Type.Element, x.Shape.With(axis, (end - start + step - 1) / step)),
            [x, x.Net.Integers(start), x.Net.Integers(end), x.Net.Integers(axis), x.Net.Integers(step)]);

    /// <summary>The elements as another type.</summary>
    public static Tensor Cast(this Tensor x, ElementType to) => x.Net.Op("Cast", new(to, x.Shape), [x], ("to", (long)to));
}
