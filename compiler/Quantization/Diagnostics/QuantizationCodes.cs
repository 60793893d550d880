namespace GraphPartition.Quantization.Diagnostics;

/// <summary>Faults of a quantization. No number is used again for something else.</summary>
public static class QuantizationCodes
{
    /// <summary>No layer can be quantized.</summary>
    public static readonly DiagnosticCode NothingToQuantize = new("GP3201", "no layer can be quantized",
        "the message has the reasons; --layers all also takes layers that are too small to gain");
    /// <summary>The model has Q/DQ already.</summary>
    public static readonly DiagnosticCode IsQuantized = new("GP3202", "the model is quantized already",
        "use it as it is, quantize the model that it was made from, or remove its quantization first with --replace");
    /// <summary>An activation is NaN or infinite on a sample.</summary>
    public static readonly DiagnosticCode NotFinite = new("GP3203", "an activation is not finite on a sample",
        "remove the sample, or find the first node that makes it with 'gpc debug nan'");
    /// <summary>There is no sample, and the activations need one.</summary>
    public static readonly DiagnosticCode NoSamples = new("GP3204", "there are no samples to calibrate with",
        "give --calibration-data DIR or --test-data DIR, or the scales in --calibration-cache FILE");
    /// <summary>An activation is zero on all samples.</summary>
    public static readonly DiagnosticCode ZeroActivation = new("GP3205", "an activation is zero on all samples",
        "check that the samples reach this part of the model; its layers stay as they are", Severity.Warning);
    /// <summary>A calibration cache cannot be read.</summary>
    public static readonly DiagnosticCode BadCache = new("GP3206", "a calibration cache cannot be read",
        "its first line is TRT-<version>-<calibrator>, the others are NAME: and 8 hex digits of a float32 scale above 0");
    /// <summary>A calibration cache belongs to another model.</summary>
    public static readonly DiagnosticCode OtherCache = new("GP3207", "a calibration cache has no tensor of this model",
        "give the cache of this model; --passes none keeps more of its names");
    /// <summary>A calibration cache lacks some tensors.</summary>
    public static readonly DiagnosticCode CacheLacks = new("GP3208", "a calibration cache lacks tensors of the model",
        "layers whose tensors are in neither the cache nor the samples stay as they are; give samples for them", Severity.Warning);
    /// <summary>The target has no such format.</summary>
    public static readonly DiagnosticCode FormatLacking = new("GP3209", "the target lacks the format",
        "choose a release that has it (INT8: all; FP8 and INT4: TensorRT 10), or --format int8");
    /// <summary>The state of a calibration belongs to another one.</summary>
    public static readonly DiagnosticCode OtherState = new("GP3210", "the state belongs to another calibration",
        "remove the file, or name another one: the model, the samples or the layers have changed");
    /// <summary>A weight holds NaN or an infinity.</summary>
    public static readonly DiagnosticCode BadWeight = new("GP3211", "a weight is not finite",
        "correct the model: it computes NaN in FP32 already");
    /// <summary>No choice of layers meets the budget.</summary>
    public static readonly DiagnosticCode BudgetUnreachable = new("GP3212", "no choice of layers meets the budget",
        "lower the budget to what the message shows");
    /// <summary>A method does not fit the format.</summary>
    public static readonly DiagnosticCode MethodUnfit = new("GP3213", "the method does not fit the format",
        "FP8 is calibrated by max: it is a floating-point format, so a few large numbers cost no accuracy");
    /// <summary>A model that came quantized has parts that cannot be taken back.</summary>
    public static readonly DiagnosticCode NotReplaced = new("GP3214", "a quantized operator cannot be taken back",
        "quantize the floating-point model that the file was made from");
    /// <summary>ONNX Runtime refuses the quantized model.</summary>
    public static readonly DiagnosticCode Refused = new("GP3215", "ONNX Runtime refuses the quantized model",
        "check that it takes the FP32 model; if it does, please report the model and keep the named node with --keep");
}
