namespace GraphPartition.TensorRt.Build;

/// <summary>
/// How to build an engine, in terms that do not depend on a release. An option that a release lacks is reported, never ignored.
/// </summary>
public sealed record BuildOptions
{
    /// <summary>The network's name, for logs and profilers; may be empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>What TensorRT may compute in.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>Allow products of 32-bit floats to round to TF32 on Ampere and later; TensorRT's default.</summary>
    public bool Tf32 { get; init; } = true;

    /// <summary>The most device memory, in bytes, that one layer may use as scratch; null: no limit.</summary>
    public long? WorkspaceBytes { get; init; }

    /// <summary>0 (builds fast) to 5 (searches long); null is TensorRT's default. From 8.6 on.</summary>
    public int? OptimizationLevel { get; init; }

    /// <summary>On which GPUs the engine may run.</summary>
    public HardwareCompatibility HardwareCompatibility { get; init; }

    /// <summary>Allow later minor releases to load the engine. From 8.6 on.</summary>
    public bool VersionCompatible { get; init; }

    /// <summary>With <see cref="VersionCompatible"/>: leave out the code that other minor releases need. From 8.6 on.</summary>
    public bool ExcludeLeanRuntime { get; init; }

    /// <summary>Allow weights to be replaced later.</summary>
    public bool Refittable { get; init; }

    /// <summary>Leave weights out; refitting adds them later. From 10 on.</summary>
    public bool StripWeights { get; init; }

    /// <summary>
    /// Allow weights to stay in host memory if they do not fit into device memory. From 10 on, with <see cref="Precision.AsTyped"/>.
    /// </summary>
    public bool WeightStreaming { get; init; }

    /// <summary>Use the zeros of 2:4 sparse weights.</summary>
    public bool SparseWeights { get; init; }

    /// <summary>The information about layers that the engine keeps.</summary>
    public ProfilingDetail Profiling { get; init; }

    /// <summary>The most streams that one run may use besides the caller's; null is TensorRT's choice. From 8.6 on.</summary>
    public int? MaxAuxStreams { get; init; }

    /// <summary>Threads that the builder may use; null is TensorRT's choice.</summary>
    public int? MaxThreads { get; init; }

    /// <summary>
    /// Timings of earlier builds, from <see cref="BuiltEngine.TimingCache"/>. A cache that does not fit is ignored with a warning.
    /// </summary>
    public ReadOnlyMemory<byte> TimingCache { get; init; }

    /// <summary>The file that the model came from, where it refers to external data beside it.</summary>
    public string? ModelPath { get; init; }

    /// <summary>
    /// The compute capability to build for, without a device; null: that of the current device. TensorRT-RTX only. Such a build uses no
    /// timing cache, and cannot leave weights out, keep them replaceable or make an engine for other releases.
    /// </summary>
    public ComputeCapability? Capability { get; init; }

    /// <summary>Shape profiles for dynamic inputs. One profile is often enough; a context uses one at a time.</summary>
    public IReadOnlyList<ShapeProfile> Profiles { get; init; } = [];

    /// <summary>Checks the options for a release.</summary>
    /// <param name="release">The release.</param>
    /// <returns>Options that the release lacks (GP4009) and shapes that are wrong (GP4010); empty if all options can be used.</returns>
    public IReadOnlyList<Diagnostic> Check(TensorRtRelease release) =>
        AbiLayout.Of(release, out string reason) is { } layout
            ? Check(layout) : [TensorRtCodes.TensorRtUnknown.At(release.ToString(), reason)];

    internal IReadOnlyList<Diagnostic> Check(AbiLayout layout)
    {
        List<Diagnostic> found = [];
        void Need(bool wanted, bool present, string option)
        {
            if (wanted && !present) found.Add(TensorRtCodes.OptionUnavailable.At(option, $"{layout.Release} does not have it"));
        }
        Need(Precision == Precision.Fp16, !layout.StrongTypesOnly && layout.Has(Constant.BuilderFlag_kFP16), "precision fp16");
        Need(Precision == Precision.Bf16, !layout.StrongTypesOnly && layout.Has(Constant.BuilderFlag_kBF16), "precision bf16");
        Need(Precision == Precision.AsTyped, layout.Has(Constant.NetworkDefinitionCreationFlag_kSTRONGLY_TYPED), "precision as typed");
        Need(OptimizationLevel is not null, layout.Has(Member.VBuilderConfig_setBuilderOptimizationLevel), "optimization level");
        Need(MaxAuxStreams is not null, layout.Has(Member.VBuilderConfig_setMaxAuxStreams), "auxiliary streams");
        Need(VersionCompatible, layout.Has(Constant.BuilderFlag_kVERSION_COMPATIBLE), "version compatible");
        Need(ExcludeLeanRuntime, layout.Has(Constant.BuilderFlag_kEXCLUDE_LEAN_RUNTIME), "exclude lean runtime");
        Need(StripWeights, layout.Has(Constant.BuilderFlag_kSTRIP_PLAN), "strip weights");
        Need(WeightStreaming, layout.Has(Constant.BuilderFlag_kWEIGHT_STREAMING), "weight streaming");
        Need(HardwareCompatibility != HardwareCompatibility.SameGpu,
            layout.Has(Member.VBuilderConfig_setHardwareCompatibilityLevel) && layout.Has(CompatibilityConstant), "hardware compatibility");
        if (Capability is { } capability) found.AddRange(CheckWithoutDevice(layout, capability));
        found.AddRange(Profiles.SelectMany(p => p.Inputs.Concat(p.Values))
            .Select(range => (range.Key, Fault: range.Value.Fault(Dims.MaxRank)))
            .Where(range => range.Fault is not null)
            .Select(range => TensorRtCodes.BadShapeProfile.At(range.Key, range.Fault!)));
        return found;
    }

    private IEnumerable<Diagnostic> CheckWithoutDevice(AbiLayout layout, ComputeCapability capability)
    {
        if (!layout.Has(Member.VBuilderConfig_setNbComputeCapabilities))
        {
            yield return TensorRtCodes.OptionUnavailable.At($"compute capability {capability}",
                $"{layout.Release} builds only for the device of this machine; TensorRT-RTX builds for others");
            yield break;
        }
        if (CapabilityConstant is not { } constant || !layout.Has(constant))
            yield return TensorRtCodes.OptionUnavailable.At($"compute capability {capability}",
                $"{layout.Release} knows {string.Join(", ", Capabilities.Where(c => layout.Has(c.Value)).Select(c => c.Key))}");
        (bool IsSet, string Option)[] unable =
        [
            (Refittable, "refittable"), (StripWeights, "strip weights"), (VersionCompatible, "version compatible"),
            (HardwareCompatibility != HardwareCompatibility.SameGpu, "hardware compatibility"),
        ];
        foreach ((bool isSet, string option) in unable)
            if (isSet)
                yield return TensorRtCodes.OptionUnavailable.At(option, $"{layout.Release} needs a device for it; this build names a compute capability");
    }

    private static readonly Dictionary<ComputeCapability, Constant> Capabilities = new()
    {
        [new(7, 5)] = Constant.ComputeCapability_kSM75,
        [new(8, 0)] = Constant.ComputeCapability_kSM80,
        [new(8, 6)] = Constant.ComputeCapability_kSM86,
        [new(8, 9)] = Constant.ComputeCapability_kSM89,
        [new(12, 0)] = Constant.ComputeCapability_kSM120,
        [new(12, 1)] = Constant.ComputeCapability_kSM121,
    };

    /// <summary>The compute capabilities that a release builds for without a device; empty if it cannot.</summary>
    /// <param name="release">The release.</param>
    public static IReadOnlyList<ComputeCapability> CapabilitiesOf(TensorRtRelease release) =>
        AbiLayout.Of(release, out _) is { } layout && layout.Has(Member.VBuilderConfig_setNbComputeCapabilities)
            ? [.. Capabilities.Where(c => layout.Has(c.Value)).Select(c => c.Key)] : [];

    internal Constant? CapabilityConstant =>
        Capability is { } named && Capabilities.TryGetValue(named, out Constant constant) ? constant : null;

    internal Constant CompatibilityConstant => HardwareCompatibility switch
    {
        HardwareCompatibility.AmperePlus => Constant.HardwareCompatibilityLevel_kAMPERE_PLUS,
        HardwareCompatibility.SameComputeCapability => Constant.HardwareCompatibilityLevel_kSAME_COMPUTE_CAPABILITY,
        _ => Constant.HardwareCompatibilityLevel_kNONE,
    };
}

/// <summary>What TensorRT may compute in.</summary>
public enum Precision
{
    /// <summary>32-bit floats where the model has them. With <see cref="BuildOptions.Tf32"/> products may round to TF32.</summary>
    Fp32,
    /// <summary>Half precision where it is faster. Not in 11 and RTX: convert the model.</summary>
    Fp16,
    /// <summary>Brain floats where it is faster. Only in 10.</summary>
    Bf16,
    /// <summary>Exactly the types that the model has. From 10 on; the only way of 11 and RTX.</summary>
    AsTyped,
}

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

/// <summary>The information about layers that an engine keeps (ProfilingVerbosity, NvInferRuntime.h).</summary>
public enum ProfilingDetail
{
    /// <summary>Their names.</summary>
    LayerNames,
    /// <summary>Nothing.</summary>
    None,
    /// <summary>Names, shapes, formats, tactics.</summary>
    Detailed,
}
