using GraphPartition.Foundation;
using GraphPartition.TensorRt.Abi;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.TensorRt.Build;

/// <summary>
/// How to build an engine, said without reference to a release. What a release lacks is reported, never ignored.
/// </summary>
public sealed record BuildOptions
{
    /// <summary>The network's name, for logs and profilers; may be empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>What TensorRT may compute in.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>Let products of 32-bit floats round to TF32 on Ampere and later. TensorRT's default is yes.</summary>
    public bool Tf32 { get; init; } = true;

    /// <summary>The most device memory that one layer's algorithm may use for scratch; null leaves all of it.</summary>
    public long? WorkspaceBytes { get; init; }

    /// <summary>0 (builds fast) to 5 (searches long); null is TensorRT's default. From 8.6 on.</summary>
    public int? OptimizationLevel { get; init; }

    /// <summary>On which GPUs the engine may run.</summary>
    public HardwareCompatibility HardwareCompatibility { get; init; }

    /// <summary>Let later minor releases load the engine. From 8.6 on.</summary>
    public bool VersionCompatible { get; init; }

    /// <summary>With <see cref="VersionCompatible"/>: leave the code out that older runtimes would need. From 8.6 on.</summary>
    public bool ExcludeLeanRuntime { get; init; }

    /// <summary>Let weights be replaced later.</summary>
    public bool Refittable { get; init; }

    /// <summary>Leave weights out; they come back by refitting. From 10 on.</summary>
    public bool StripWeights { get; init; }

    /// <summary>
    /// Let weights stay in host memory where they do not fit the device. From 10 on, with <see cref="Precision.AsTyped"/>.
    /// </summary>
    public bool WeightStreaming { get; init; }

    /// <summary>Use the zeros of 2:4 sparse weights.</summary>
    public bool SparseWeights { get; init; }

    /// <summary>What the engine remembers about its layers.</summary>
    public ProfilingDetail Profiling { get; init; }

    /// <summary>The most streams that one run may use besides its own; null is TensorRT's choice. From 8.6 on.</summary>
    public int? MaxAuxStreams { get; init; }

    /// <summary>Threads that the builder may use; null is TensorRT's choice.</summary>
    public int? MaxThreads { get; init; }

    /// <summary>
    /// Timings of earlier builds, as <see cref="BuiltEngine.TimingCache"/> gave them. One that does not fit is dropped with a
    /// warning.
    /// </summary>
    public ReadOnlyMemory<byte> TimingCache { get; init; }

    /// <summary>The file that the model came from, where it refers to external data beside it.</summary>
    public string? ModelPath { get; init; }

    /// <summary>Shapes of dynamic inputs. One profile may be enough for all; a context uses one at a time.</summary>
    public IReadOnlyList<ShapeProfile> Profiles { get; init; } = [];

    /// <summary>What cannot be had from a release, and what is wrong in itself; empty where the options can be used.</summary>
    /// <param name="version">A release that the binding knows.</param>
    public IReadOnlyList<Diagnostic> Check(TensorRtVersion version) =>
        Family.Of(version, out string reason) is { } family
            ? Check(family)
            : [Codes.TensorRtUnknown.At(version.ToString(), reason)];

    internal IReadOnlyList<Diagnostic> Check(Family family)
    {
        List<Diagnostic> found = [];
        void Need(bool asked, bool present, string option)
        {
            if (asked && !present)
            {
                found.Add(Codes.OptionUnavailable.At(option, $"{family.Version} does not have it"));
            }
        }

        Need(Precision == Precision.Fp16, !family.StrongTypesOnly && family.Has(Constant.BuilderFlag_kFP16), "precision fp16");
        Need(Precision == Precision.Bf16, !family.StrongTypesOnly && family.Has(Constant.BuilderFlag_kBF16), "precision bf16");
        Need(Precision == Precision.AsTyped, family.Has(Constant.NetworkDefinitionCreationFlag_kSTRONGLY_TYPED), "precision as typed");
        Need(OptimizationLevel is not null, family.Has(Member.VBuilderConfig_setBuilderOptimizationLevel), "optimization level");
        Need(MaxAuxStreams is not null, family.Has(Member.VBuilderConfig_setMaxAuxStreams), "auxiliary streams");
        Need(VersionCompatible, family.Has(Constant.BuilderFlag_kVERSION_COMPATIBLE), "version compatible");
        Need(ExcludeLeanRuntime, family.Has(Constant.BuilderFlag_kEXCLUDE_LEAN_RUNTIME), "exclude lean runtime");
        Need(StripWeights, family.Has(Constant.BuilderFlag_kSTRIP_PLAN), "strip weights");
        Need(WeightStreaming, family.Has(Constant.BuilderFlag_kWEIGHT_STREAMING), "weight streaming");
        Need(HardwareCompatibility != HardwareCompatibility.SameGpu,
            family.Has(Member.VBuilderConfig_setHardwareCompatibilityLevel) && family.Has(CompatibilityConstant), "hardware compatibility");
        found.AddRange(Profiles.SelectMany(p => p.Inputs.Concat(p.Values))
            .Select(range => (range.Key, Fault: range.Value.Fault(Dims.MaxRank)))
            .Where(range => range.Fault is not null)
            .Select(range => Codes.BadShapeProfile.At(range.Key, range.Fault!)));
        return found;
    }

    internal Constant CompatibilityConstant => HardwareCompatibility switch
    {
        HardwareCompatibility.AmperePlus => Constant.HardwareCompatibilityLevel_kAMPERE_PLUS,
        HardwareCompatibility.SameComputeCapability => Constant.HardwareCompatibilityLevel_kSAME_COMPUTE_CAPABILITY,
        _ => Constant.HardwareCompatibilityLevel_kNONE,
    };
}
