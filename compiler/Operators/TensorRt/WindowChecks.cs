namespace GraphPartition.Operators.TensorRt;

/// <summary>What conditions ask of windows: pooling and convolution.</summary>
internal static class WindowChecks
{
    /// <summary>
    /// Why the last window of a pooling with ceil_mode starts outside. ONNX drops such a window since opset 22: with n sizes of the input,
    /// k of the kernel, s of the stride, p and q of the padding before and after, there are ceil((n + p + q - k) / s) + 1 windows. The last
    /// window starts at (windows - 1) * s. ONNX drops it if it starts at n + p or later. TensorRT keeps it, so its result has one row more.
    /// </summary>
    /// <returns>The reason, or null.</returns>
    public static string? StartInside(Node node)
    {
        if (node.Attributes.Int("ceil_mode") == 0 || node.Input(0)?.Shape is not { Rank: > 2 } shape) return null;
        if (AttributeChecks.List(node, "kernel_shape") is not { } kernel || kernel.Length != shape.Rank - 2) return null;
        ImmutableArray<long>? strides = AttributeChecks.List(node, "strides"), pads = AttributeChecks.List(node, "pads");
        if ((strides?.Length ?? kernel.Length) != kernel.Length || (pads?.Length ?? 2 * kernel.Length) != 2 * kernel.Length) return null;
        for (int i = 0; i < kernel.Length; i++)
        {
            long stride = strides?[i] ?? 1, before = pads?[i] ?? 0, after = pads?[i + kernel.Length] ?? 0;
            if (stride <= 1 || !MayStartOutside(shape[i + 2], kernel[i], stride, before, after)) continue;
            return $"with ceil_mode a window of dimension {i + 2} of {shape} may start outside of the input; TensorRT keeps it";
        }
        return null;
    }

    /// <summary>Why a convolution has strides and dilations that both differ from 1.</summary>
    /// <returns>The reason, or null.</returns>
    public static string? StridesOrDilations(Node node) => Differs(node, "strides") && Differs(node, "dilations")
        ? "strides and dilations both differ from 1" : null;

    private static bool Differs(Node node, string attribute) => AttributeChecks.List(node, attribute) is { } list && list.Any(x => x != 1);

    private static bool MayStartOutside(Dim size, long kernel, long stride, long before, long after)
    {
        if (size.IsKnown) return StartsOutside(size.Size, kernel, stride, before, after);
        for (long n = Math.Max(1, kernel); n < kernel + stride; n++) // the start of the last window depends on n modulo the stride
            if (StartsOutside(n, kernel, stride, before, after)) return true;
        return false;
    }

    private static bool StartsOutside(long size, long kernel, long stride, long before, long after)
    {
        long steps = (size + before + after - kernel + stride - 1) / stride; // before the last window
        return steps * stride >= size + before;
    }
}
