namespace GraphPartition.TensorRt.Build;

/// <summary>On which GPUs an engine may run (HardwareCompatibilityLevel, NvInfer.h).</summary>
public enum HardwareCompatibility
{
    /// <summary>On the GPU that it was built on, and those like it.</summary>
    SameGpu,

    /// <summary>On Ampere and later; slower. From 8.6 on.</summary>
    AmperePlus,

    /// <summary>On any GPU of the same compute capability. In 10.16 and 11.</summary>
    SameComputeCapability,
}
