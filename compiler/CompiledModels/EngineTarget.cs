namespace GraphPartition.CompiledModels;

/// <summary>What an engine was built for.</summary>
/// <param name="TensorRt">The release that built it; in the file the text "TensorRT 10.16.0".</param>
/// <param name="ComputeCapability">The GPU's compute capability, for instance "9.0".</param>
/// <param name="Precision">What it may compute in: "fp32", "fp16", "bf16" or "typed".</param>
public sealed record EngineTarget(TensorRtRelease TensorRt, string ComputeCapability, string Precision)
{
    /// <summary>The device's name, for instance "NVIDIA H200"; empty where it is not known.</summary>
    public string Device { get; init; } = "";

    /// <summary>On which GPUs it may run: "same-gpu", "ampere-plus" or "same-capability".</summary>
    public string Hardware { get; init; } = SameGpu;

    /// <summary>Whether later minor releases of the same major one may load it too.</summary>
    public bool IsVersionCompatible { get; init; }

    /// <summary>Whether it was built without weights, which the session puts in from the model.</summary>
    public bool IsStripped { get; init; }

    /// <summary>
    /// Whether products of 32-bit floats may round to TF32. Files of earlier versions do not say; they were built so by default.
    /// </summary>
    public bool AllowsTf32 { get; init; } = true;

    /// <summary>Whether weights can be replaced. Files of earlier versions do not say.</summary>
    public bool IsRefittable { get; init; }

    /// <summary>Whether two engines serve the same machines with the same precision, so that one may take the place of the other.</summary>
    /// <param name="other">The target of the other engine.</param>
    public bool Serves(EngineTarget other) => this with { AllowsTf32 = other.AllowsTf32, IsRefittable = other.IsRefittable } == other;

    /// <summary>The value of <see cref="Hardware"/> for an engine without hardware compatibility.</summary>
    public const string SameGpu = "same-gpu";

    /// <summary>The value of <see cref="Hardware"/> for an engine that runs on all GPUs from Ampere on.</summary>
    public const string AmperePlus = "ampere-plus";

    /// <summary>The value of <see cref="Hardware"/> for an engine that runs on all GPUs of its compute capability.</summary>
    public const string SameCapability = "same-capability";

    /// <inheritdoc/>
    public override string ToString() =>
        $"{TensorRt}{(IsVersionCompatible ? " and later" : "")}, compute capability {ComputeCapability}"
        + $"{(Hardware == SameGpu ? "" : $" ({Hardware})")}, {Precision}{(Device.Length > 0 ? $", {Device}" : "")}";
}
