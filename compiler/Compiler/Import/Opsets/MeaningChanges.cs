namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>Changes after which the same node means something else. Each returns null, or why it cannot be applied.</summary>
internal static class MeaningChanges
{
    /// <summary>Binary operators before opset 7: B broadcasts over A only if 'broadcast' is set, from dimension 'axis' on.</summary>
    public static string? Broadcast(NodeEdit edit)
    {
        bool broadcast = edit.Take("broadcast") is IntAttribute { Value: not 0 };
        if (edit.Take("axis") is not IntAttribute { Value: var axis } || !broadcast) return null; // aligned at the last dimension, as now
        if (edit.Shape(0)?.Rank is not { } rankA || edit.Shape(1)?.Rank is not { } rankB) return "'axis' needs known ranks";
        if (axis < 0) axis += rankA;
        long behind = rankA - axis - rankB;
        if (behind < 0) return $"'axis' is {axis}, the ranks are {rankA} and {rankB}";
        if (behind == 0) return null;
        // B's dimensions start at axis; ones behind them make numpy's alignment the same.
        long[] ones = [.. Enumerable.Range(rankB, (int)behind).Select(i => (long)i)];
        edit.SetInput(1, edit.Emit("Unsqueeze", [edit.Input(1), edit.Integers(ones)]));
        return null;
    }

    /// <summary>Softmax, LogSoftmax and Hardmax before opset 13 act on all dimensions from 'axis' (default 1) on, as one.</summary>
    public static string? Flattened(NodeEdit edit)
    {
        long axis = edit.Take("axis") is IntAttribute a ? a.Value : 1;
        if (IsOverOneDimension(edit.Shape(0), axis))
        {
            edit.Set("axis", axis);
            return null;
        }
        Value x = edit.Input(0)!;
        Value shape = edit.Emit("Shape", [x]);
        Value flat = edit.Emit("Flatten", [x], AttributeMap.Of(("axis", axis)));
        Value result = edit.Emit(edit.Op.Type, [flat], AttributeMap.Of(("axis", -1L)));
        edit.Op = "Reshape";
        edit.Attributes = AttributeMap.Empty;
        edit.SetInputs(result, shape);
        return null;
    }

    /// <summary>Whether all dimensions behind the axis are 1, so that both meanings agree.</summary>
    private static bool IsOverOneDimension(Shape? shape, long axis)
    {
        if (shape is null) return axis == -1;
        if (axis < 0) axis += shape.Rank;
        if (axis < 0 || axis >= shape.Rank) return false;
        for (int i = (int)axis + 1; i < shape.Rank; i++)
            if (!shape[i].Is(1)) return false;
        return true;
    }

    /// <summary>GroupNormalization before opset 21 has one scale and bias for each group; since 21, for each channel.</summary>
    public static string? ScalePerChannel(NodeEdit edit)
    {
        long groups = edit.Attributes.Int("num_groups");
        if (edit.Shape(0) is not { Rank: >= 2 } shape || !shape[1].IsKnown) return "the number of channels is not known";
        if (groups <= 0 || shape[1].Size % groups != 0) return $"{shape[1].Size} channels do not make {groups} groups";
        for (int input = 1; input <= 2; input++)
        {
            Value column = edit.Emit("Unsqueeze", [edit.Input(input), edit.Integers(1)]);
            Value table = edit.Emit("Expand", [column, edit.Integers(groups, shape[1].Size / groups)]);
            edit.SetInput(input, edit.Emit("Reshape", [table, edit.Integers(-1)]));
        }
        return null;
    }

    /// <summary>
    /// GroupNormalization of opset 18 cannot scale the channels of a group separately, so nodes behind it do:
    /// y = GroupNorm(x, 1, 0) * scale + bias, with scale and bias as [C, 1, ..., 1].
    /// </summary>
    public static string? ScalePerGroup(NodeEdit edit)
    {
        if (edit.Shape(0) is not { Rank: >= 2 } shape) return "the rank is not known";
        if (edit.Take("stash_type") is IntAttribute { Value: not 1 }) return "stash_type is not 1";
        ElementType element = edit.Input(0)!.ElementType;
        long groups = edit.Attributes.Int("num_groups");
        if (InputsOfAttributes.FloatScalar(element, 1) is not { } one || InputsOfAttributes.FloatScalar(element, 0) is not { } zero)
            return $"the type is {element.Keyword()}";
        Value count = edit.Integers(groups);
        Value ones = edit.Emit("Expand", [edit.Constant(one), count]), zeros = edit.Emit("Expand", [edit.Constant(zero), count]);
        Value normal = edit.Emit("GroupNormalization", [edit.Input(0), ones, zeros], edit.Attributes);
        long[] column = [.. Enumerable.Range(0, shape.Rank - 1).Select(i => i == 0 ? -1L : 1L)];
        Value columnShape = edit.Integers(column);
        Value scaled = edit.Emit("Mul", [normal, edit.Emit("Reshape", [edit.Input(1), columnShape])]);
        Value bias = edit.Emit("Reshape", [edit.Input(2), columnShape]);
        edit.Op = "Add";
        edit.Attributes = AttributeMap.Empty;
        edit.SetInputs(scaled, bias);
        return null;
    }

    /// <summary>
    /// Scan of opset 8 has a batch dimension in front of every input and output: it is a Scan over the batch whose body is the
    /// present Scan. Sequence lengths have no present form.
    /// </summary>
    public static string? BatchedScan(NodeEdit edit)
    {
        if (edit.Input(0) is not null) return "it has sequence lengths";
        if (edit.Attributes.Body("body") is null) return "it has no body";
        Value?[] inputs = [.. edit.Inputs.Skip(1)];
        GraphBuilder outer = edit.NewBody();
        outer.Name = "batch";
        var slices = new Value?[inputs.Length];
        for (int i = 0; i < slices.Length; i++) slices[i] = outer.Input($"batch_in{i}", WithoutFirst(inputs[i]?.Type));
        var outputs = new OutputSpec[edit.OutputCount];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = $"batch_out{i}";
        AttributeMap inner = edit.Attributes.With("directions", null);
        if (edit.Attributes["directions"] is { } directions) inner = inner.With("scan_input_directions", directions);
        Node scan = outer.Add("Scan", slices, outputs, inner);
        edit.Attributes = AttributeMap.Of(
            ("body", outer.Build([.. scan.Outputs.OfType<Value>()])), ("num_scan_inputs", inputs.Length));
        edit.SetInputs(inputs);
        return null;
    }

    private static IrType WithoutFirst(IrType? type) =>
        type is TensorType t ? t with { Shape = t.Shape is { Rank: > 0 } s ? new Shape(s.Dims.RemoveAt(0)) : null } : IrType.Unknown;
}
