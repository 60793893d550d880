using GraphPartition.Cuda;
using GraphPartition.Foundation;
using GraphPartition.TensorRt.Abi;
using GraphPartition.TensorRt.Callbacks;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.TensorRt.Build;

/// <summary>nvinfer1::IBuilderConfig with our options applied. The options have been checked against the release.</summary>
internal sealed unsafe class BuilderConfig : IDisposable
{
    private readonly TensorRtLibrary _library;
    private readonly NativeObject _builder;
    private readonly LogScope _log;
    private readonly NativeObject _config;
    private readonly List<Diagnostic> _warnings = [];
    private NativeObject? _timings;
    private CallbackObject? _watcher;

    public BuilderConfig(TensorRtLibrary library, NativeObject builder, NativeObject network, LogScope log)
    {
        _library = library;
        _builder = builder;
        _log = log;
        nint config = new VBuilder(builder).CreateBuilderConfig();
        _config = library.Own("VBuilderConfig", config, Codes.TensorRtFailed, "creating a configuration", log, builder, network);
    }

    public nint Pointer => _config.Pointer;

    public IReadOnlyList<Diagnostic> Warnings => _warnings;

    public void Apply(BuildOptions options)
    {
        Family family = _library.Family;
        VBuilderConfig calls = new(_config);
        foreach ((bool wanted, Constant flag) in Flags(options).Where(f => f.Wanted))
        {
            calls.SetFlag(family.Value(flag));
        }

        if (!options.Tf32)
        {
            calls.ClearFlag(family.Value(Constant.BuilderFlag_kTF32)); // the one flag that is set from the start
        }

        if (options.WorkspaceBytes is long workspace)
        {
            calls.SetMemoryPoolLimit(family.Value(Constant.MemoryPoolType_kWORKSPACE), (nuint)Math.Max(0, workspace));
        }

        if (options.OptimizationLevel is int level)
        {
            calls.SetBuilderOptimizationLevel(level);
        }

        if (options.MaxAuxStreams is int streams)
        {
            calls.SetMaxAuxStreams(streams);
        }

        if (options.HardwareCompatibility != HardwareCompatibility.SameGpu)
        {
            calls.SetHardwareCompatibilityLevel(family.Value(options.CompatibilityConstant));
        }

        calls.SetProfilingVerbosity(family.Value(options.Profiling switch
        {
            ProfilingDetail.None => Constant.ProfilingVerbosity_kNONE,
            ProfilingDetail.Detailed => Constant.ProfilingVerbosity_kDETAILED,
            _ => Constant.ProfilingVerbosity_kLAYER_NAMES_ONLY,
        }));
        AddTimings(options.TimingCache.Span);
        foreach (ShapeProfile profile in options.Profiles)
        {
            AddProfile(profile);
        }
    }

    /// <summary>Attaches a progress monitor where the release has one.</summary>
    public void Watch(ProgressMonitor monitor)
    {
        if (_library.Family.Has(Member.VBuilderConfig_setProgressMonitor))
        {
            _watcher = ProgressMonitor.Create(_library.Family, monitor);
            new VBuilderConfig(_config).SetProgressMonitor(_watcher.Pointer);
        }
    }

    /// <summary>
    /// Adds the timings of a serialized cache to those of this configuration, whose cache exists from the first call on: without
    /// one TensorRT would not keep what it measures.
    /// </summary>
    public void AddTimings(ReadOnlySpan<byte> cache)
    {
        bool taken = _timings is null ? TryAttach(cache) : TryCombine(_timings, cache);
        if (taken || cache.IsEmpty)
        {
            return;
        }

        _warnings.Add(Codes.TimingCacheRefused.At("timing cache", $"{_library.Version} does not take its {cache.Length} bytes here"));
        if (_timings is null)
        {
            TryAttach([]);
        }
    }

    /// <summary>The timings known after a build, serialized; empty where there are none.</summary>
    public ReadOnlyMemory<byte> TimingCache()
    {
        if (_timings is null)
        {
            return default;
        }

        nint serialized = new VTimingCache(_timings).Serialize();
        if (serialized == 0)
        {
            return default;
        }

        using NativeObject memory = _library.Own("VHostMemory", serialized, Codes.BuildFailed, "serializing timings", _log);
        return HostMemory.TryCopy(memory, out _);
    }

    public void Dispose()
    {
        _timings?.Dispose();
        _config.Dispose();
        _watcher?.Dispose();
    }

    private static (bool Wanted, Constant Flag)[] Flags(BuildOptions options) =>
    [
        (options.Precision == Precision.Fp16, Constant.BuilderFlag_kFP16),
        (options.Precision == Precision.Bf16, Constant.BuilderFlag_kBF16),
        (options.Refittable || options.StripWeights, Constant.BuilderFlag_kREFIT),
        (options.SparseWeights, Constant.BuilderFlag_kSPARSE_WEIGHTS),
        (options.VersionCompatible, Constant.BuilderFlag_kVERSION_COMPATIBLE),
        (options.ExcludeLeanRuntime, Constant.BuilderFlag_kEXCLUDE_LEAN_RUNTIME),
        (options.StripWeights, Constant.BuilderFlag_kSTRIP_PLAN),
        (options.WeightStreaming, Constant.BuilderFlag_kWEIGHT_STREAMING),
    ];

    private bool TryAttach(ReadOnlySpan<byte> bytes)
    {
        NativeObject? cache = CreateTimings(bytes);
        if (cache is null || !new VBuilderConfig(_config).SetTimingCache(cache.Pointer, ignoreMismatch: false))
        {
            cache?.Dispose(); // of another device
            return false;
        }

        _timings = cache;
        return true;
    }

    private bool TryCombine(NativeObject timings, ReadOnlySpan<byte> bytes)
    {
        using NativeObject? cache = CreateTimings(bytes);
        return cache is not null && new VTimingCache(timings).Combine(cache.Pointer, ignoreMismatch: false);
    }

    /// <summary>A timing cache from bytes, or an empty one from none; null where TensorRT does not make it.</summary>
    private NativeObject? CreateTimings(ReadOnlySpan<byte> bytes)
    {
        nint cache;
        fixed (byte* blob = bytes)
        {
            cache = new VBuilderConfig(_config).CreateTimingCache((nint)blob, (nuint)bytes.Length);
        }

        return cache == 0 ? null : _library.Own("VTimingCache", cache, Codes.TensorRtFailed, "creating a timing cache", _log, _config);
    }

    private void AddProfile(ShapeProfile profile)
    {
        nint pointer = new VBuilder(_builder).CreateOptimizationProfile();
        if (pointer == 0)
        {
            throw new TensorRtException(
                Codes.TensorRtFailed, _library.Version.ToString(), "creating an optimization profile failed", _log.Lines);
        }

        _library.Check("VOptimizationProfile", pointer);
        VOptimizationProfile calls = new(new Target(_library.Family, pointer, _builder)); // owned by the builder
        foreach ((string input, ShapeRange range) in profile.Inputs)
        {
            fixed (byte* name = Utf8.Bytes(input))
            {
                bool accepted = calls.SetDimensions(name, Selector(Constant.OptProfileSelector_kMIN), Dims.Of([.. range.Min]))
                    && calls.SetDimensions(name, Selector(Constant.OptProfileSelector_kOPT), Dims.Of([.. range.Opt]))
                    && calls.SetDimensions(name, Selector(Constant.OptProfileSelector_kMAX), Dims.Of([.. range.Max]));
                Require(accepted, input, "TensorRT does not take these shapes");
            }
        }

        foreach ((string input, ShapeRange range) in profile.Values)
        {
            bool accepted = SetValues(calls, input, Constant.OptProfileSelector_kMIN, range.Min)
                && SetValues(calls, input, Constant.OptProfileSelector_kOPT, range.Opt)
                && SetValues(calls, input, Constant.OptProfileSelector_kMAX, range.Max);
            Require(accepted, input, "TensorRT does not take these values");
        }

        Require(calls.IsValid(), "profile", "TensorRT says that it is not valid");
        int index = new VBuilderConfig(_config).AddOptimizationProfile(pointer);
        Require(index >= 0, "profile", "TensorRT does not add it: an input may be missing");
    }

    private bool SetValues(VOptimizationProfile calls, string input, Constant selector, IReadOnlyList<long> values)
    {
        fixed (byte* name = Utf8.Bytes(input))
        {
            if (_library.Family.Has(Member.VOptimizationProfile_setShapeValuesV2))
            {
                fixed (long* wide = values.ToArray())
                {
                    return calls.SetShapeValuesV2(name, Selector(selector), wide, values.Count);
                }
            }

            fixed (int* narrow = values.Select(v => checked((int)v)).ToArray())
            {
                return calls.SetShapeValues(name, Selector(selector), narrow, values.Count);
            }
        }
    }

    private int Selector(Constant selector) => _library.Family.Value(selector);

    private void Require(bool holds, string where, string otherwise)
    {
        if (!holds)
        {
            throw new TensorRtException(Codes.BadShapeProfile, where, otherwise, _log.Lines);
        }
    }
}
