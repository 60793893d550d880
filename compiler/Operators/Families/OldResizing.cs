namespace GraphPartition.Operators.Families;

/// <summary>Resize and Upsample of older opsets: the coordinates of a sample, and which element is nearest.</summary>
internal static class OldResizing
{
    /// <summary>Upsample became Resize. It scales up with coordinates without an offset, and takes the sample on the left.</summary>
    public static string? FromUpsample(NodeEdit edit)
    {
        SetOldMeaning(edit, "floor");
        edit.Op = "Resize";
        edit.SetInputs(edit.Input(0), null, edit.Input(1));
        return null;
    }

    /// <summary>
    /// Resize of opset 10 does not define rounding; ONNX Runtime, whose kernel is the oldest, takes the sample on the left when it
    /// scales up and the one on the right when it scales down.
    /// </summary>
    public static string? FromFirstResize(NodeEdit edit)
    {
        bool up = false, down = false;
        if (edit.Input(1)?.Data is { Element: ElementType.Float32 } scales)
            foreach (float scale in scales.As<float>())
            {
                up |= scale > 1;
                down |= scale < 1;
            }
        if (up && down && edit.Attributes.Text("mode", "nearest") == "nearest") return "it scales up and down at once, to the nearest";
        SetOldMeaning(edit, down ? "ceil" : "floor");
        edit.SetInputs(edit.Input(0), null, edit.Input(1));
        return null;
    }

    /// <summary>Until opset 13 an unused input was an empty tensor; roi is used in one mode only.</summary>
    public static string? WithoutEmptyInputs(NodeEdit edit)
    {
        string mode = edit.Attributes.Text("coordinate_transformation_mode", "half_pixel");
        if (mode == "tf_half_pixel_for_nn" && !ShiftToHalfPixel(edit)) return $"coordinate_transformation_mode = \"{mode}\"";
        bool sizes = edit.Input(3) is not null;
        if (sizes && IsEmpty(edit.Input(2))) edit.SetInput(2, null);
        if (mode != "tf_crop_and_resize") edit.SetInput(1, null);
        return null;
    }

    /// <summary>
    /// tf_half_pixel_for_nn samples at z = (x + 0.5) / scale, half a pixel behind half_pixel's h = z - 0.5. For the nearest sample
    /// that is another rounding of h: floor(z) = floor(h + 0.5), and z rounded with ties down is ceil(z - 0.5) = ceil(h).
    /// </summary>
    private static bool ShiftToHalfPixel(NodeEdit edit)
    {
        if (edit.Attributes.Text("mode", "nearest") != "nearest") return false;
        string? rounding = edit.Attributes.Text("nearest_mode", "round_prefer_floor") switch
        {
            "floor" => "round_prefer_ceil",
            "round_prefer_floor" => "ceil",
            _ => null,
        };
        if (rounding is null) return false;
        edit.Set("coordinate_transformation_mode", "half_pixel");
        edit.Set("nearest_mode", rounding);
        return true;
    }

    private static void SetOldMeaning(NodeEdit edit, string nearest)
    {
        edit.Set("coordinate_transformation_mode", "asymmetric");
        if (edit.Attributes.Text("mode", "nearest") == "nearest") edit.Set("nearest_mode", nearest);
    }

    private static bool IsEmpty(Value? value) => value?.Shape is { Rank: 1 } shape && shape[0].Is(0);
}
