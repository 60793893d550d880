using System.Collections.Frozen;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>One change of an operator after which a node must be written differently.</summary>
/// <param name="Op">The operator, of the standard domain.</param>
/// <param name="Since">The opset with the change.</param>
/// <param name="Up">Upgrades a node to the new version; returns null, or why that is impossible.</param>
/// <param name="Down">Downgrades a node to the old version; returns null, or why that is impossible. Null: as without a row.</param>
internal sealed record OpsetRow(string Op, int Since, Func<NodeEdit, string?> Up, Func<NodeEdit, string?>? Down = null);

/// <summary>
/// How operators changed between opsets (https://onnx.ai/onnx/operators/, the differences on each page). A change without a row
/// only adds types, or attributes whose default has the old meaning; the schemas tell such changes.
/// </summary>
internal static class OpsetTable
{
    internal static readonly OpsetRow[] All =
    [
        // Numpy's broadcasting replaced the attributes 'broadcast' and 'axis'.
        .. Each(["Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less"], 7, MeaningChanges.Broadcast),
        new("Gemm", 7, e => Drop(e, "broadcast")),
        new("BatchNormalization", 7, e => Inference(e)),
        new("Dropout", 7, e => Inference(e)),

        new("BatchNormalization", 9, e => e.Take("spatial") is IntAttribute { Value: 0 }
            ? "it normalises each position separately (spatial = 0)" : null),
        new("BatchNormalization", 14,
            e => e.HasOutput(1) || e.HasOutput(2) || e.HasOutput(3) || e.HasOutput(4) ? "it returns the statistics of training" : null,
            e => e.Attributes.Int("training_mode") != 0 ? "training mode" : Drop(e, "training_mode")),
        new("Dropout", 10,
            e => e.HasOutput(1) ? e.CastOutput(1, e.Input(0)?.ElementType ?? ElementType.Undefined) : null), // the mask became bool
        new("Dropout", 12, e => AttributeToInput(e, "ratio", 1)),

        // Attributes became inputs, so that they can be computed.
        new("Upsample", 9, e => AttributeToInput(e, "scales", 1)),
        new("Slice", 10, InputsOfAttributes.Slice),
        new("TopK", 10, e => AttributeToInput(e, "k", 1)),
        new("Clip", 11, InputsOfAttributes.Clip),
        new("Pad", 11, InputsOfAttributes.Pad),
        .. Each(["Squeeze", "Unsqueeze", "ReduceSum"], 13, e => AttributeToInput(e, "axes", 1)),
        new("Split", 13, e => AttributeToInput(e, "split", 1)),
        .. Each(
            ["ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean",
                "ReduceMin", "ReduceProd", "ReduceSumSquare"],
            18, e => AttributeToInput(e, "axes", 1), InputsOfAttributes.ReduceToAttribute),
        new("DFT", 20, InputsOfAttributes.Dft, InputsOfAttributes.DftToAttribute),

        // Renamed or replaced.
        new("Upsample", 10, Resizing.FromUpsample),
        new("Scatter", 11, e => Rename(e, "ScatterElements")),
        new("GridSample", 20, Resizing.FromOldGridSample, Resizing.ToOldGridSample),

        // Defaults and meanings.
        .. Each(["Softmax", "LogSoftmax", "Hardmax"], 13, MeaningChanges.Flattened),
        new("Resize", 11, Resizing.FromFirstResize),
        new("Resize", 13, Resizing.WithoutEmptyInputs),
        new("Resize", 19, _ => null, e => Refuse(e, "coordinate_transformation_mode", "half_pixel_symmetric")),
        new("RoiAlign", 16, Resizing.FromShiftedRoiAlign, Resizing.ToShiftedRoiAlign),
        new("Split", 18, InputsOfAttributes.SplitCountsParts, InputsOfAttributes.SplitToEqualParts),
        new("GroupNormalization", 21, MeaningChanges.ScalePerChannel, MeaningChanges.ScalePerGroup),
        new("Scan", 9, MeaningChanges.BatchedScan),

        // Old operators with more modes.
        new("Shape", 15, _ => null, InputsOfAttributes.ShapeOfAllAxes),
        new("Pad", 18, _ => null, InputsOfAttributes.PadOfAllAxes),
        new("Pad", 19, _ => null, e => Refuse(e, "mode", "wrap")),
        new("AveragePool", 19, _ => null, WithoutDilations),
        new("LpPool", 18, _ => null, WithoutDilations),
        .. Each(["ScatterElements", "ScatterND"], 18, _ => null, e => Refuse(e, "reduction", "max", "min")),
    ];

    private static readonly FrozenDictionary<(string, int), OpsetRow> ByVersion = All.ToFrozenDictionary(r => (r.Op, r.Since));

    /// <summary>The row of a change, or null where the change only adds.</summary>
    public static OpsetRow? Find(OpName op, int since) => op.Domain.Length == 0 ? ByVersion.GetValueOrDefault((op.Type, since)) : null;

    private static IEnumerable<OpsetRow> Each(string[] ops, int since, Func<NodeEdit, string?> up, Func<NodeEdit, string?>? down = null) =>
        ops.Select(op => new OpsetRow(op, since, up, down));

    /// <summary>Makes an attribute an input: a list as it is, an integer as a list of one, a float as a scalar.</summary>
    private static string? AttributeToInput(NodeEdit edit, string name, int input)
    {
        switch (edit.Take(name))
        {
            case IntsAttribute a: edit.SetInput(input, edit.Integers(a.Values.AsSpan())); break;
            case IntAttribute a: edit.SetInput(input, edit.Integers(a.Value)); break;
            case FloatAttribute a: edit.SetInput(input, edit.Constant(TensorData.Scalar(ElementType.Float32, a.Value))); break;
            case FloatsAttribute a:
                edit.SetInput(input, edit.Constant(TensorData.Of(ElementType.Float32, a.Values.AsSpan(), a.Values.Length)));
                break;
            case null: break;
            default: return $"'{name}' has a wrong kind";
        }
        return null;
    }

    private static string? Drop(NodeEdit edit, string name)
    {
        edit.Take(name);
        return null;
    }

    /// <summary>Before opset 7 an attribute told whether the model is being trained.</summary>
    private static string? Inference(NodeEdit edit) =>
        edit.Take("is_test") is IntAttribute { Value: not 0 } ? null : "it is in training mode (is_test = 0)";

    private static string? Rename(NodeEdit edit, string op)
    {
        edit.Op = op;
        return null;
    }

    /// <summary>Drops dilations of 1; they have no default to compare with.</summary>
    private static string? WithoutDilations(NodeEdit edit) =>
        edit.TakeInts("dilations") is { } dilations && dilations.AsSpan().ContainsAnyExcept(1)
            ? $"dilations = [{string.Join(", ", dilations)}]" : null;

    private static string? Refuse(NodeEdit edit, string attribute, params ReadOnlySpan<string> values) =>
        values.Contains(edit.Attributes.Text(attribute)) ? $"{attribute} = \"{edit.Attributes.Text(attribute)}\"" : null;
}
