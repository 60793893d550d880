namespace GraphPartition.Operators.Bodies;

/// <summary>
/// What cuts and adds elements, as Slice and Pad: https://onnx.ai/onnx/operators/onnx__Pad.html with negative pads,
/// https://onnx.ai/onnx/operators/onnx__CenterCropPad.html.
/// </summary>
internal static class PadBody
{
    /// <summary>Pad(x, pads, value?, axes?): first the cut, then what is added.</summary>
    public static string? Pad(BodyBuilder b)
    {
        if (!b.Has(1) || b.Input(1).Data?.ToIntegers() is not { } pads || pads.Length % 2 != 0) return "its pads are computed";
        if (pads.All(p => p >= 0)) return "none of its pads is negative";
        int count = pads.Length / 2;
        long[] axes = [.. Enumerable.Range(0, count).Select(i => (long)i)];
        if (b.Has(3))
        {
            if (b.Input(3).Data?.ToIntegers() is not { } given || given.Length != count) return "its axes are computed";
            axes = given;
        }
        bool adds = pads.Any(p => p > 0);
        if (adds && b.Attributes.Text("mode", "constant") != "constant") return "it cuts and mirrors";
        Value[] bounds =
        [
            b.Integers([.. Enumerable.Range(0, count).Select(i => Math.Max(0, -pads[i]))]),
            b.Integers([.. Enumerable.Range(0, count).Select(i => pads[i + count] < 0 ? pads[i + count] : int.MaxValue)]),
            b.Integers(axes),
        ];
        if (!adds)
        {
            b.Result(0, "Slice", [b.Input(0), .. bounds]);
            return null;
        }
        Value cut = b.Add("Slice", [b.Input(0), .. bounds]);
        Value?[] rest = [.. Enumerable.Range(2, 2).Where(i => b.Has(i) || (i == 2 && b.Has(3))).Select(i => b.Has(i) ? b.Input(i) : null)];
        b.Result(0, "Pad", [cut, b.Integers([.. pads.Select(p => Math.Max(0, p))]), .. rest]);
        return null;
    }

    /// <summary>
    /// CenterCropPad(x, sizes): of an axis that is too long the middle stays, one that is too short gets zeros at both ends. Where the
    /// difference is odd, the middle is one element nearer to the start, and the end gets one zero more.
    /// </summary>
    public static string? CenterCropPad(BodyBuilder b)
    {
        if (b.Input(0).Shape is not { } shape) return "the rank of its input is not known";
        if (b.Input(1).Data?.ToIntegers() is not { } sizes) return "its sizes are computed";
        long[] axes = b.Attributes.Ints("axes") is { IsDefault: false } given ? [.. given] : [.. Enumerable.Range(0, shape.Rank)];
        if (axes.Length != sizes.Length) return "it has not one size for each axis";
        long[] starts = new long[axes.Length], ends = new long[axes.Length], pads = new long[2 * shape.Rank];
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = (int)(axes[i] < 0 ? axes[i] + shape.Rank : axes[i]);
            if (axis < 0 || axis >= shape.Rank || !shape[axis].IsKnown) return "the sizes of its input are not known";
            long added = Math.Max(0, sizes[i] - shape[axis].Size);
            starts[i] = Math.Max(0, shape[axis].Size - sizes[i]) / 2;
            ends[i] = starts[i] + Math.Min(sizes[i], shape[axis].Size);
            (pads[axis], pads[axis + shape.Rank]) = (added / 2, added - added / 2);
        }
        Value cut = b.Add("Slice", [b.Input(0), b.Integers(starts), b.Integers(ends), b.Integers(axes)]);
        b.Result(0, "Pad", [cut, b.Integers(pads)]);
        return null;
    }
}
