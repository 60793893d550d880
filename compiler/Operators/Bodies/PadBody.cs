namespace GraphPartition.Operators.Bodies;

/// <summary>Pad with negative pads, which cut elements off, as Slice and Pad: https://onnx.ai/onnx/operators/onnx__Pad.html.</summary>
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
}
