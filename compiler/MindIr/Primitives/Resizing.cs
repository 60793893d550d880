using GraphPartition.Ir.Types;

namespace GraphPartition.MindIr.Primitives;

/// <summary>Resizing of images [N, C, ...] to a given size.</summary>
internal static class Resizing
{
    private const long MaxPicked = 1 << 20;

    public static IEnumerable<Primitive> Rows =>
    [
        new("ResizeBilinear", "x", c => ToSize(c, "linear")),
        new("ResizeBilinearV2", "x size | align_corners half_pixel_centers", c => ToSize(c, "linear")),
        new("ResizeNearestNeighbor", "x | size align_corners half_pixel_centers", c => ToSize(c, "nearest")),
        new("ResizeNearestNeighborV2", "x size | align_corners half_pixel_centers", c => ToSize(c, "nearest")),
        new("UpsampleNearest3D", "x output_size scales", Upsample),
    ];

    /// <summary>
    /// Without a flag, pixel i comes from i * in / out; the nearest one is that rounded down. With a flag it is rounded to the
    /// nearer, upwards from the middle.
    /// </summary>
    private static Operand ToSize(PrimitiveCall c, string mode)
    {
        Value x = c.Tensor("x");
        bool corners = c.Flag("align_corners"), half = c.Flag("half_pixel_centers");
        if (c.Ints("size") is not [var height, var width]) throw c.Unsupported("has a size that is not (height, width)");
        if (c.Rank(x) != 4) throw c.Unsupported($"is applied to a tensor of rank {c.Rank(x)}");
        Shape shape = x.Shape!; // taken before the Cast below, whose result may have no shape
        // ResizeBilinear of 1.x produces 32-bit floats for every input type.
        if (c.Emit.StoredType(0) is { Element: not ElementType.Undefined } stored && stored.Element != c.ElementOf(x))
            x = c.Emit.Add("Cast", [x], ("to", (long)stored.Element));
        List<(string, AttributeValue)> attributes =
        [
            ("mode", mode), ("coordinate_transformation_mode", corners ? "align_corners" : half ? "half_pixel" : "asymmetric"),
        ];
        if (mode == "nearest") attributes.Add(("nearest_mode", corners || half ? "round_prefer_ceil" : "floor"));

        // The sizes of all axes if they are known: not every runtime supports the attribute "axes".
        bool known = shape[0].IsKnown && shape[1].IsKnown;
        if (!known) attributes.Add(("axes", new long[] { 2, 3 }));
        Value sizes = known ? c.Emit.Integers(shape[0].Size, shape[1].Size, height, width) : c.Emit.Integers(height, width);
        return c.Emit.Result("Resize", [x, null, null, sizes], [.. attributes]);
    }

    /// <summary>By a size or by factors, of which one is None; pixel i comes from i / factor, rounded down.</summary>
    private static Operand Upsample(PrimitiveCall c)
    {
        Value x = c.Tensor("x");
        if (x.Shape is not { Rank: 5, IsStatic: true } shape)
            throw c.Unsupported("is applied to a tensor whose shape is not known");
        (string, AttributeValue)[] attributes =
            [("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")];
        long[]? size = c.OptionalInts("output_size");
        float[]? scales = size is null ? c.OptionalFloats("scales") : null;
        if ((size?.Length ?? scales?.Length) != 3) throw c.Unsupported("has neither a size nor factors for three axes");
        if (c.ElementOf(x) == ElementType.Float64) return Picked();
        return size is not null
            ? c.Emit.Result("Resize", [x, null, null, c.Emit.Integers(shape[0].Size, shape[1].Size, size[0], size[1], size[2])], attributes)
            : c.Emit.Result("Resize", [x, null, c.Emit.Constant(TensorData.Floats([1, 1, .. scales!]))], attributes);

        // Runtimes do not resize 64-bit floats, but Gather works for every type.
        Operand Picked()
        {
            for (int i = 0; i < 3; i++)
            {
                long from = shape[i + 2].Size, to = size?[i] ?? (long)Math.Floor(from * (double)scales![i]);
                if (to is < 0 or > MaxPicked) throw c.Unsupported($"gives {to} elements along an axis");
                double step = size is null ? 1.0 / scales![i] : (double)from / to;
                long[] indices = [.. Enumerable.Range(0, (int)to).Select(n => Math.Min((long)(n * step), from - 1))];
                Value picked = c.Emit.Integers(indices);
                if (i == 2) return c.Emit.Result("Gather", [x, picked], ("axis", 4));
                x = c.Emit.Add("Gather", [x, picked], ("axis", i + 2));
            }
            throw new InvalidOperationException("three axes were picked from");
        }
    }
}
