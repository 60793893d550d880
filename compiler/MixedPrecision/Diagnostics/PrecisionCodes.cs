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
    /// <summary>The converted model gives other numbers on the samples.</summary>
    public static readonly DiagnosticCode FarFromModel = new("GP3106", "the converted model is far from the FP32 model",
        "find the nodes with 'gpc debug precision --converted', or let --budget keep some in FP32", Severity.Warning);
    /// <summary>The FP32 model gives NaN on a sample.</summary>
    public static readonly DiagnosticCode NaNInModel = new("GP3111", "the FP32 model gives NaN",
        "find the first node that makes it with 'gpc debug nan', or give samples for which the model works");
    /// <summary>A budget cannot be read, or names no output.</summary>
    public static readonly DiagnosticCode BadBudget = new("GP3112", "a budget is wrong",
        "write [OUTPUT=]METRIC:LIMIT, for instance sqnr:40, cosine:0.999, top1:1.0, max:1e-2 or scores=top1:1.0");
    /// <summary>No choice of precisions meets the budget.</summary>
    public static readonly DiagnosticCode BudgetUnreachable = new("GP3113", "no choice of precisions meets the budget",
        "lower the budget to what the message shows, or remove the cause that it names");
    /// <summary>The user's check fails for the FP32 model.</summary>
    public static readonly DiagnosticCode CommandFails = new("GP3114", "the budget's command fails for the FP32 model itself",
        "run the command by hand: it must end with exit code 0 for a model that is good enough");
    /// <summary>The file of measurements belongs to another search.</summary>
    public static readonly DiagnosticCode OtherMeasurements = new("GP3115", "the measurements belong to another search",
        "remove the file, or name another one: the model, the samples or the budget have changed");
}
