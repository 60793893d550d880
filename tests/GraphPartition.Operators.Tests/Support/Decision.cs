namespace GraphPartition.Operators.Tests.Support;

/// <summary>A class of disagreements that stays, and why.</summary>
/// <param name="What">What the models have.</param>
/// <param name="Why">Why the table does not follow the library.</param>
/// <param name="IsAbout">Whether a disagreement is of this class.</param>
public sealed record Decision(string What, string Why, Func<Disagreement, bool> IsAbout)
{
    /// <summary>All decisions. A disagreement belongs to the first that is about it.</summary>
    public static readonly Decision[] All =
    [
        new("doubles", "TensorRT computes them as floats. `--allow-narrowing` allows that.",
            d => d.No.Rule == "f64" || (d.No.Rule == "element-type" && d.Model.Name.Contains("f64"))),
        new("uint8 between QuantizeLinear and DequantizeLinear",
            "The parser takes it for int8, with a warning only: numbers above 127 are lost.",
            d => d.No.Rule == "element-type" && d.Model.Op == "QuantizeLinear" && d.Model.Name.Contains("-u8-")),
        new("random seeds", "The parser ignores them: the numbers differ from run to run.", d => d.No.Rule == "no-attribute(seed)"),
        new("`layout` of GRU, LSTM and RNN", "The parser ignores it: the result has another shape.",
            d => d.No.Rule == "attribute(layout,0)"),
        new("pooling with `ceil_mode` whose last window starts outside", "The engine keeps the window: the result has one row too many.",
            d => d.No.Rule == "windows-inside"),
        new("Swish of a scalar", "The engine gives a list of one: the result has another shape.",
            d => d.No.Rule == "rank(0,1,8)" && d.Model.Op == "Swish"),
        new("int8 arithmetic", "ONNX wraps around; what the engine computes was not compared.",
            d => d.No.Rule == "element-type" && d.No.Reason!.Contains("is i8;")
                && d.Model.Op is "Abs" or "Neg" or "Add" or "Sub" or "Mul" or "Div" or "Shrink" or "Clip" or "QuantizeLinear"),
        new("8-bit and 4-bit floats at the border of an engine",
            "ONNX Runtime's C# binding has no such tensors, so they stay inside of engines.", d => d.No.Rule == "quantized-border"),
        new("zero points that are not constant zeros",
            "8-bit floats have no other zero point by the ONNX text; a value that is computed may be one.",
            d => d.No.Rule == "zeros(2)"),
        new("scan outputs of a Loop without a known length",
            "The engine gives as many rows as the trip limit; they are too many if the loop ends early.", d => d.No.Rule == "fixed-loop"),
        new("`nonpad_kv_seqlen` of Attention", "The document lists it as unsupported; whether the engine uses it was not tried.",
            d => d.No.Rule == "no-input(6)"),
        new("Attention of floats in 3 dimensions (1.7)", "Some build and others do not; the rule is not known.",
            d => d.No.Rule == "attention-kernel" && d.Release.Minor >= 7),
        new("forms that keep an old opset", "No later opset has them: Resize with tf_half_pixel_for_nn, Scan of opset 8.",
            d => d.No.Rule == "kept-opset" || (d.No.Rule == "state" && d.Model.Name == "test_scan_sum")),
        new("bounds of a float Range that the passes fold",
            "These models are judged without passes; the standard passes write the bounds as constants.",
            d => d.No.Rule is not null && d.No.Rule.StartsWith("for-type(0,f32,constant", StringComparison.Ordinal)),
        new("operators newer than opset 25",
            "Import expresses them in simple operators, so a group has other operators than the file that was tried.",
            d => d.IsClaim && d.Model.Graph!.Nodes.All(n => n.Op.Type != d.Model.Op)),
        new("4-bit floats (1.4)", "The kernels are for compute capability 10.0 and later; the trial had none of these devices.",
            d => d.IsClaim && d.Release.Minor == 4 && d.Model.Name.Contains("f4e2m1") && d.Model.Text.Contains("HW-specific")),
    ];
}
