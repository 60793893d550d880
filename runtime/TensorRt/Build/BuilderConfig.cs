using GraphPartition.TensorRt.Library;

namespace GraphPartition.TensorRt.Build;

/// <summary>nvinfer1::IBuilderConfig with <see cref="BuildOptions"/> applied, which were checked for the release before.</summary>
internal sealed unsafe class BuilderConfig : IDisposable
{
    private readonly TensorRtLibrary _library;
    private readonly NativeObject _builder;
    private readonly NativeObject _network;
    private readonly LogScope _log;
    private readonly NativeObject _config;
    private readonly List<Diagnostic> _warnings = [];
    private NativeObject? _timings;
    private CallbackObject? _watcher;

    public BuilderConfig(TensorRtLibrary library, NativeObject builder, NativeObject network, LogScope log)
    {
        _library = library;
        _builder = builder;
        _network = network;
        _log = log;
        nint config = new VBuilder(builder).CreateBuilderConfig();
        _config = library.Own("VBuilderConfig", config, TensorRtCodes.TensorRtFailed, "creating a configuration", log, builder, network);
    }

    public nint Pointer => _config.Pointer;
    public IReadOnlyList<Diagnostic> Warnings => _warnings;

    public void Apply(BuildOptions options)
    {
        AbiLayout layout = _library.Layout;
        VBuilderConfig calls = new(_config);
        foreach ((bool wanted, Constant flag) in Flags(options).Where(f => f.Wanted))
            calls.SetFlag(layout.Value(flag));
        if (!options.Tf32)
        {
            calls.ClearFlag(layout.Value(Constant.BuilderFlag_kTF32)); // the one flag that is set from the start
        }
        if (options.WorkspaceBytes is long workspace)
            calls.SetMemoryPoolLimit(layout.Value(Constant.MemoryPoolType_kWORKSPACE), (nuint)Math.Max(0, workspace));
        if (options.OptimizationLevel is int level) calls.SetBuilderOptimizationLevel(level);
        if (options.MaxAuxStreams is int streams) calls.SetMaxAuxStreams(streams);
        if (options.HardwareCompatibility != HardwareCompatibility.SameGpu)
            calls.SetHardwareCompatibilityLevel(layout.Value(options.CompatibilityConstant));
        calls.SetProfilingVerbosity(layout.Value(options.Profiling switch
        {
            ProfilingDetail.None => Constant.ProfilingVerbosity_kNONE,
            ProfilingDetail.Detailed => Constant.ProfilingVerbosity_kDETAILED,
            _ => Constant.ProfilingVerbosity_kLAYER_NAMES_ONLY,
        }));
        if (options.CapabilityConstant is { } capability)
        {
            // Even an empty timing cache would make TensorRT ask for a device.
            Require(calls.SetNbComputeCapabilities(1) && calls.SetComputeCapability(layout.Value(capability), 0),
                $"compute capability {options.Capability}", "TensorRT rejects it", TensorRtCodes.OptionUnavailable);
        }
        else AddTimings(options.TimingCache.Span);
        HashSet<string> sizes = ShapeTensors();
        RequireValues(sizes, options.Profiles.Count == 0 ? null : options.Profiles[0]);
        foreach (ShapeProfile profile in options.Profiles)
            if (profile.Inputs.Count > 0 || sizes.Count > 0) AddProfile(profile, sizes);
    }

    /// <summary>Attaches a progress monitor where the release has one.</summary>
    public void Watch(ProgressMonitor monitor)
    {
        if (_library.Layout.Has(Member.VBuilderConfig_setProgressMonitor))
        {
            _watcher = ProgressMonitor.Create(_library.Layout, monitor);
            new VBuilderConfig(_config).SetProgressMonitor(_watcher.Pointer);
        }
    }

    /// <summary>
    /// Adds the timings of a serialized cache to those of this configuration. The first call creates its cache, even from no bytes:
    /// without a cache TensorRT would not keep what it measures.
    /// </summary>
    public void AddTimings(ReadOnlySpan<byte> cache)
    {
        bool taken = _timings is null ? TryAttach(cache) : TryCombine(_timings, cache);
        if (taken || cache.IsEmpty) return;
        _warnings.Add(TensorRtCodes.TimingCacheRefused.At("timing cache", $"{_library.Release} rejects its {cache.Length} bytes on this device"));
        if (_timings is null) TryAttach([]);
    }

    /// <summary>The serialized timings after a build; empty if there are none.</summary>
    public ReadOnlyMemory<byte> TimingCache()
    {
        if (_timings is null) return default;
        nint serialized = new VTimingCache(_timings).Serialize();
        if (serialized == 0) return default;
        using NativeObject memory = _library.Own("VHostMemory", serialized, TensorRtCodes.BuildFailed, "serializing timings", _log);
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

    /// <summary>A timing cache from bytes, or an empty one from no bytes; null if TensorRT cannot create it.</summary>
    private NativeObject? CreateTimings(ReadOnlySpan<byte> bytes)
    {
        nint cache;
        fixed (byte* blob = bytes)
        {
            cache = new VBuilderConfig(_config).CreateTimingCache((nint)blob, (nuint)bytes.Length);
        }
        return cache == 0 ? null : _library.Own("VTimingCache", cache, TensorRtCodes.TensorRtFailed, "creating a timing cache", _log, _config);
    }

    private void AddProfile(ShapeProfile profile, HashSet<string> shapeTensors)
    {
        nint pointer = new VBuilder(_builder).CreateOptimizationProfile();
        if (pointer == 0)
            throw new TensorRtException(
                TensorRtCodes.TensorRtFailed, _library.Release.ToString(), "creating an optimization profile failed", _log.Lines);
        _library.Check("VOptimizationProfile", pointer);
        VOptimizationProfile calls = new(new NativeCall(_library.Layout, pointer, _builder)); // owned by the builder
        foreach ((string input, ShapeRange range) in profile.Inputs)
        {
            fixed (byte* name = Utf8.Bytes(input))
            {
                bool accepted = calls.SetDimensions(name, Selector(Constant.OptProfileSelector_kMIN), Dims.Of([.. range.Min]))
                    && calls.SetDimensions(name, Selector(Constant.OptProfileSelector_kOPT), Dims.Of([.. range.Opt]))
                    && calls.SetDimensions(name, Selector(Constant.OptProfileSelector_kMAX), Dims.Of([.. range.Max]));
                Require(accepted, input, "TensorRT rejects these shapes");
            }
        }
        foreach ((string input, ShapeRange range) in profile.Values.Where(v => shapeTensors.Contains(v.Key)))
        {
            bool accepted = SetValues(calls, input, Constant.OptProfileSelector_kMIN, range.Min)
                && SetValues(calls, input, Constant.OptProfileSelector_kOPT, range.Opt)
                && SetValues(calls, input, Constant.OptProfileSelector_kMAX, range.Max);
            Require(accepted, input, "TensorRT rejects these values");
        }
        Require(calls.IsValid(), "profile", "TensorRT reports that it is not valid");
        int index = new VBuilderConfig(_config).AddOptimizationProfile(pointer);
        Require(index >= 0, "profile", "TensorRT rejects it: an input may be missing");
    }

    /// <summary>The inputs whose values decide shapes, as TensorRT finds them once the network is complete.</summary>
    private HashSet<string> ShapeTensors()
    {
        HashSet<string> names = [];
        VNetworkDefinition calls = new(_network);
        int inputs = calls.GetNbInputs();
        for (int i = 0; i < inputs; i++)
        {
            nint input = calls.GetInput(i);
            if (input == 0)
                throw new TensorRtException(TensorRtCodes.TensorRtFailed, _library.Release.ToString(), $"the network has no input {i}", _log.Lines);
            _library.Check("VTensor", input);
            VTensor tensor = new(new NativeCall(_library.Layout, input, _network));
            if (tensor.IsShapeTensor()) names.Add(Utf8.Read(tensor.GetName()));
        }
        return names;
    }

    private bool SetValues(VOptimizationProfile calls, string input, Constant selector, IReadOnlyList<long> values)
    {
        fixed (byte* name = Utf8.Bytes(input))
        {
            if (_library.Layout.Has(Member.VOptimizationProfile_setShapeValuesV2))
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

    /// <summary>A shape tensor without values ends the build here: TensorRT's message names neither the tensor nor the remedy.</summary>
    private void RequireValues(HashSet<string> shapeTensors, ShapeProfile? profile)
    {
        string[] missing = [.. shapeTensors.Where(t => profile?.Values.ContainsKey(t) != true).Order(StringComparer.Ordinal)];
        if (missing.Length > 0)
            throw new TensorRtException(
                TensorRtCodes.ShapeValuesMissing, string.Join(", ", missing), "the profile has no values of it", _log.Lines);
    }

    private int Selector(Constant selector) => _library.Layout.Value(selector);

    private void Require(bool holds, string where, string otherwise, DiagnosticCode? code = null)
    {
        if (!holds) throw new TensorRtException(code ?? TensorRtCodes.BadShapeProfile, where, otherwise, _log.Lines);
    }
}
