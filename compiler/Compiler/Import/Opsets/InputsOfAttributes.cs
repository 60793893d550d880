namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>
/// Changes that made attributes inputs, or gave an operator more of either. Each returns null, or why it cannot be applied.
/// </summary>
internal static class InputsOfAttributes
{
    /// <summary>Clip before opset 11: its limits are attributes; the defaults are the ends of float32, which limit nothing.</summary>
    public static string? Clip(NodeEdit edit)
    {
        ElementType element = edit.Input(0)?.ElementType ?? ElementType.Undefined;
        foreach ((string name, int input) in (ReadOnlySpan<(string, int)>)[("min", 1), ("max", 2)])
        {
            if (edit.Take(name) is not FloatAttribute { Value: var limit } || limit is float.MinValue or float.MaxValue) continue;
            if (FloatScalar(element, limit) is not { } scalar) return $"'{name}' needs a known type of floats, it is {element.Keyword()}";
            edit.SetInput(input, edit.Constant(scalar));
        }
        return null;
    }

    /// <summary>A float as a scalar of the element type of an input.</summary>
    /// <returns>The scalar, or null where the type is unknown or not a float type.</returns>
    public static TensorData? FloatScalar(ElementType element, float value) => element switch
    {
        ElementType.Float32 => TensorData.Scalar(element, value),
        ElementType.Float64 => TensorData.Scalar(element, (double)value),
        ElementType.Float16 => TensorData.Scalar(element, (Half)value),
        _ => null,
    };

    /// <summary>Pad before opset 11.</summary>
    public static string? Pad(NodeEdit edit)
    {
        float fill = edit.Take("value") is FloatAttribute v ? v.Value : 0;
        edit.SetInput(1, edit.Integers(edit.TakeInts("pads") ?? []));
        if (fill == 0) return null;
        ElementType element = edit.Input(0)?.ElementType ?? ElementType.Undefined;
        if (FloatScalar(element, fill) is not { } scalar) return $"'value' needs a known type of floats, it is {element.Keyword()}";
        edit.SetInput(2, edit.Constant(scalar));
        return null;
    }

    /// <summary>Pad before opset 18 pads all axes: the pads of some axes become those of all, with 0 for the others.</summary>
    public static string? PadOfAllAxes(NodeEdit edit)
    {
        if (edit.Input(3) is null) return null;
        if (edit.KnownIntegers(3) is not { } axes || edit.KnownIntegers(1) is not { } pads || edit.Shape(0)?.Rank is not { } rank)
            return "axes are given, but they, the pads or the rank are not known";
        if (pads.Length != 2 * axes.Length) return $"{pads.Length} pads are given for {axes.Length} axes";
        var all = new long[2 * rank];
        for (int i = 0; i < axes.Length; i++)
        {
            long axis = axes[i] < 0 ? axes[i] + rank : axes[i];
            if (axis < 0 || axis >= rank) return $"axis {axes[i]} is outside rank {rank}";
            (all[axis], all[axis + rank]) = (pads[i], pads[i + axes.Length]);
        }
        edit.SetInput(1, edit.Integers(all));
        edit.SetInput(3, null);
        return null;
    }

    /// <summary>Slice before opset 10.</summary>
    public static string? Slice(NodeEdit edit)
    {
        edit.SetInput(1, edit.Integers(edit.TakeInts("starts") ?? []));
        edit.SetInput(2, edit.Integers(edit.TakeInts("ends") ?? []));
        if (edit.TakeInts("axes") is { } axes) edit.SetInput(3, edit.Integers(axes));
        return null;
    }

    /// <summary>Shape before opset 15 has no range: a part of a shape is a Slice of the whole.</summary>
    public static string? ShapeOfAllAxes(NodeEdit edit)
    {
        long start = edit.Take("start") is IntAttribute s ? s.Value : 0;
        AttributeValue? end = edit.Take("end");
        if (start == 0 && end is null) return null;
        Value whole = edit.Emit("Shape", [edit.Input(0)]);
        edit.Op = "Slice";
        edit.SetInputs(whole, edit.Integers(start), edit.Integers(end is IntAttribute e ? e.Value : long.MaxValue), edit.Integers(0));
        return null;
    }

    /// <summary>Split since opset 18 must be given the number of parts, or their sizes.</summary>
    public static string? SplitCountsParts(NodeEdit edit)
    {
        if (edit.Input(1) is null) edit.Set("num_outputs", edit.OutputCount);
        return null;
    }

    /// <summary>Split before opset 18 makes equal parts of what has no sizes; since 18 the last may be smaller.</summary>
    public static string? SplitToEqualParts(NodeEdit edit)
    {
        if (edit.Take("num_outputs") is not IntAttribute { Value: var parts } || edit.Input(1) is not null) return null;
        long axis = edit.Attributes.Int("axis");
        if (edit.Shape(0) is not { } shape || axis < -shape.Rank || axis >= shape.Rank) return null; // fails at run time if unequal
        Dim dim = shape[(int)(axis < 0 ? axis + shape.Rank : axis)];
        if (!dim.IsKnown || parts <= 0 || dim.Size % parts == 0) return null;
        long size = (dim.Size + parts - 1) / parts;
        long[] sizes = [.. Enumerable.Range(0, (int)parts).Select(i => Math.Clamp(dim.Size - i * size, 0, size))];
        edit.SetInput(1, edit.Integers(sizes));
        return null;
    }

    /// <summary>Reductions before opset 18 (ReduceSum before 13) have their axes as an attribute.</summary>
    public static string? ReduceToAttribute(NodeEdit edit)
    {
        bool noop = edit.Take("noop_with_empty_axes") is IntAttribute { Value: not 0 };
        long[]? axes = edit.Input(1) is null ? [] : edit.KnownIntegers(1);
        if (axes is null) return "the axes are computed";
        if (axes.Length == 0 && noop) return "noop_with_empty_axes = 1";
        if (axes.Length > 0) edit.Set("axes", axes);
        edit.SetInput(1, null);
        return null;
    }

    /// <summary>DFT before opset 20: the axis is an attribute with another default.</summary>
    public static string? Dft(NodeEdit edit)
    {
        long axis = edit.Take("axis") is IntAttribute a ? a.Value : 1;
        edit.SetInput(2, edit.Constant(TensorData.Scalar(ElementType.Int64, axis)));
        return null;
    }

    /// <summary>DFT since opset 20: the axis is an input.</summary>
    public static string? DftToAttribute(NodeEdit edit)
    {
        long[]? axis = edit.Input(2) is null ? [-2] : edit.KnownIntegers(2);
        if (axis is not [var one]) return "the axis is computed";
        edit.SetInput(2, null);
        edit.Set("axis", one);
        return null;
    }
}
