namespace GraphPartition.MixedPrecision.Diagnostics;

/// <summary>Faults of a conversion to FP16 or BF16. No number is used again for something else.</summary>
public static class PrecisionCodes
{
    /// <summary>A weight holds NaN.</summary>
    public static readonly DiagnosticCode NotANumber = new("GP3101", "a weight is not a number",
        "correct the model: it computes NaN in FP32 already");
    /// <summary>No node computes in FP32.</summary>
    public static readonly DiagnosticCode NothingToConvert = new("GP3102", "nothing computes in FP32",
        "use the model as it is, or convert the FP32 model that it was made from");
    /// <summary>A number would be lost, so a node stays in FP32.</summary>
    public static readonly DiagnosticCode ConstantKept = new("GP3103", "a constant does not fit into the 16-bit format",
        "you need to do nothing: the node stays in FP32; fold it into its neighbors to make it faster", Severity.Warning);
    /// <summary>A constant that masks scores was made smaller.</summary>
    public static readonly DiagnosticCode MaskClamped = new("GP3104", "a mask is larger than the 16-bit format",
        "you need to do nothing: behind Softmax the smaller mask gives the same zeros", Severity.Warning);
    /// <summary>ONNX Runtime refuses the converted model.</summary>
    public static readonly DiagnosticCode Refused = new("GP3105", "ONNX Runtime refuses the converted model",
        "check that it takes the FP32 model; if it does, please report the model and keep the named node with --keep-fp32");
}
