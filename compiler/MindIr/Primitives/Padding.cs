namespace GraphPartition.MindIr.Primitives;

/// <summary>How a window is padded. MindSpore lists (top, bottom, left, right); ONNX has all begins, then all ends.</summary>
internal static class Padding
{
    /// <summary>
    /// The attributes of a window's padding: "pads", or "auto_pad" where they depend on the run. "SAME" puts an odd pixel at the
    /// end. MindSpore resolves the numbers at export where shapes are known, and writes -1 where they are not.
    /// </summary>
    public static (string, AttributeValue)[] Of(PrimitiveCall c, int spatial)
    {
        switch (Mode(c))
        {
            case "VALID": return [];
            case "SAME" when Listed(c, spatial) is null: return [("auto_pad", "SAME_UPPER")];
            default:
                return Listed(c, spatial) is { } pads ? [("pads", pads)]
                : throw c.Unsupported("has explicit padding, but no list of it");
        }
    }

    /// <summary>"VALID", "SAME" or "PAD", in upper case.</summary>
    public static string Mode(PrimitiveCall c)
    {
        string mode = c.Text("pad_mode", "VALID", (0, "PAD"), (1, "SAME"), (2, "VALID"));
        if (mode == "CALCULATED") mode = "PAD";
        return mode is "VALID" or "SAME" or "PAD" ? mode : throw c.Unsupported($"has the padding mode {mode}");
    }

    /// <summary>The numbers that the file lists, in ONNX's order; null where it lists none or not all are known.</summary>
    public static long[]? Listed(PrimitiveCall c, int spatial)
    {
        long[]? list = c.OptionalInts("pad_list") is { } resolved && resolved.Length == 2 * spatial && resolved.All(p => p >= 0)
            ? resolved : Mode(c) == "PAD" ? c.OptionalInts("pad") : null;
        if (list is [var all]) list = [.. Enumerable.Repeat(all, 2 * spatial)];
        return list is null ? null : list.Length == 2 * spatial ? Reordered(list)
            : throw c.Unsupported($"has {list.Length} paddings for {spatial} axes");
    }

    /// <summary>(b0, e0, b1, e1, ...) to (b0, b1, ..., e0, e1, ...).</summary>
    public static long[] Reordered(ReadOnlySpan<long> pairs)
    {
        var to = new long[pairs.Length];
        for (int i = 0; i < pairs.Length; i++) to[i / 2 + i % 2 * (pairs.Length / 2)] = pairs[i];
        return to;
    }

    /// <summary>The numbers of the spatial axes: files write them alone, behind those of N and C, or one for all axes.</summary>
    public static long[] Spatial(PrimitiveCall c, string argument, int spatial)
    {
        long[] list = c.OptionalInts(argument) ?? [1];
        if (list.Length == 1) return [.. Enumerable.Repeat(list[0], spatial)];
        return list.Length == spatial || list.Length == spatial + 2
            ? list[^spatial..] : throw c.Unsupported($"has {list.Length} numbers in '{argument}' for {spatial} axes");
    }
}
