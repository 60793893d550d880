namespace GraphPartition.Operators.Bodies;

/// <summary>Shape of some axes (opset 15) as a slice of the whole shape: the parsers of 8.x ignore the attributes.</summary>
internal static class ShapeBody
{
    /// <summary>Shape(x) {start, end} = Shape(x)[start : end]. Both count from the end where they are negative, and are clamped.</summary>
    public static string? Shape(BodyBuilder b)
    {
        if (!b.Attributes.Has("start") && !b.Attributes.Has("end")) return "it has no other form";
        Value end = b.Integers(b.Attributes.Int("end", long.MaxValue));
        b.Result(0, "Slice", [b.Add("Shape", [b.Input(0)]), b.Integers(b.Attributes.Int("start")), end, b.Integers(0)]);
        return null;
    }
}
