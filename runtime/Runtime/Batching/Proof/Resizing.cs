namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Operators that resample images: not along the axis of the rows.</summary>
internal static class Resizing
{
    public static IEnumerable<BatchRule> Rules =>
    [
        .. BatchRule.Sized(Resize, "Resize"),
        .. BatchRule.Sized(AffineGrid, "AffineGrid"),
    ];

    private static BatchAnswer Resize(BatchNode n)
    {
        BatchFact x = n.In(0), sizes = n.In(3);
        if (x.CountsRows || n.WhyNotFixed(1, 2) is not null || sizes.HasRows) return "how it resizes depends on the batch";
        if (!x.HasRows) return sizes.IsFixed ? BatchFact.Fixed() : "how it resizes depends on the batch";
        if (n.Attributes.Text("coordinate_transformation_mode") == "tf_crop_and_resize") return "it may take a part of the batch";
        int at = n.Attributes.Ints("axes") is { IsDefault: false } axes
            ? Array.FindIndex([.. axes], a => BatchNode.Axis(a, x.Rank) == x.Axis)
            : x.Axis;
        bool isLeftAlone = at < 0 || (n.Has(3) ? IsOwnSize(sizes.Elements, at, x.Dims[x.Axis])
            : BatchWalk.FloatsOf(n.Node.Input(2)) is { } scales && at < scales.Length && scales[at] == 1);
        if (!isLeftAlone || n.Attributes.Text("keep_aspect_ratio_policy", "stretch") != "stretch")
            return "it cannot be shown to leave the batch alone";
        if (!sizes.Elements.IsDefault && sizes.Elements.Where((s, i) => i != at).Any(s => s.HasBatch))
            return "it resizes by the size of the batch";
        return BatchFact.Rows(x.Axis, [.. x.Dims.Select((d, i) => i == x.Axis ? d : n.Fresh())]);
    }

    private static bool IsOwnSize(ImmutableArray<Extent> sizes, int at, Extent own) =>
        !sizes.IsDefault && at < sizes.Length && sizes[at] == own;

    /// <summary>A grid for each sample; its sizes begin with the number of samples.</summary>
    private static BatchAnswer AffineGrid(BatchNode n)
    {
        (BatchFact theta, ImmutableArray<Extent> sizes) = (n.In(0), n.In(1).Elements);
        if (!theta.HasRows) return n.In(1).IsFixed ? BatchFact.Fixed() : "its size depends on the batch, its transformations do not";
        bool isOfSamples = theta.Axis == 0 && IsOwnSize(sizes, 0, theta.Dims[0]) && !sizes.Skip(1).Any(s => s.HasBatch);
        return isOfSamples ? BatchFact.Rows(0, [theta.Dims[0], .. sizes.Skip(1).Select(_ => n.Fresh())])
            : "it has not one grid for each sample";
    }
}
