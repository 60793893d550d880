using System.CommandLine;
using System.Globalization;
using GraphPartition.Cuda;
using GraphPartition.Gpc.Requests;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Cache;

namespace GraphPartition.Gpc.Options;

/// <summary>The options of commands that build TensorRT engines.</summary>
internal sealed class EngineArguments
{
    private readonly Option<string> _engines = OptionOf.Choice(
        "--engines", "auto: build engines if TensorRT is installed. off: groups run on ONNX Runtime. required: fail without engines.",
        "auto", "off", "required");
    private readonly Option<string> _precision = OptionOf.Choice(
        "--precision", "What engines may compute in; typed: exactly the types of the model. From TensorRT 10 on, fp16 and bf16 change the "
            + "types of the graph, for the fallback too (docs/precision.md).", "fp32", "fp16", "bf16", "typed");
    private readonly Option<string> _tf32 = OptionOf.Choice(
        "--tf32", "Let products of float32 in engines round their factors to 10 bits: several times faster.", "on", "off");
    private readonly Option<string?> _workspace = Text(
        "--workspace", "SIZE", "Scratch memory on the device for one layer, for instance 2G.");
    private readonly Option<int?> _level = OptionOf.OptionalNumber("--builder-level", "N", "0 builds fast, 5 searches long.", 0);
    private readonly Option<string> _hardware = OptionOf.Choice(
        "--hardware-compatibility", "On which GPUs engines may run.", "same-gpu", "ampere-plus", "same-capability");
    private readonly Option<bool> _versionCompatible = new("--version-compatible")
    {
        Description = "Let later minor releases load the engines. They carry their runtime: see --trust-engines.",
    };
    private readonly Option<bool> _excludeLean = new("--exclude-lean-runtime")
    { Description = "With --version-compatible: leave that runtime out." };
    private readonly Option<bool> _refit = new("--refit") { Description = "Build engines whose weights can be replaced later." };
    private readonly Option<bool> _strip = new("--strip-weights")
    {
        Description = "Leave weights out of engines; the session puts those of the model back when it loads an engine.",
    };
    private readonly Option<bool> _streaming = new("--weight-streaming")
    {
        Description = "Let weights stay in host memory if the device lacks room (with --precision typed).",
    };
    private readonly Option<bool> _sparse = new("--sparse-weights") { Description = "Use the zeros of 2:4 sparse weights." };
    private readonly Option<string> _names = OptionOf.Choice(
        "--engine-names", "How engines name tensors. place: gp_in_0, ..., so that equal groups share an engine. values: as the model does, so that "
            + "other programs find them.", "place", "values");
    private readonly Option<string> _profiling = OptionOf.Choice(
        "--profiling", "What engines keep about their layers (gpc inspect --engines).", "names", "none", "detailed");
    private readonly Option<int?> _auxStreams = OptionOf.OptionalNumber("--aux-streams", "N", "Extra streams for one run of an engine.", 0);
    private readonly Option<int?> _threads = OptionOf.OptionalNumber("--builder-threads", "N", "Threads of one build.", 1);
    private readonly Option<int?> _jobs = OptionOf.OptionalNumber(
        "--build-jobs", "N", "Groups built at a time, if memory allows. Default: one on a GPU, since builds disturb each other's timings; more with --for.",
        1);
    private readonly Option<string?> _for = Text("--for", "CAPABILITIES",
        "Build for these GPUs without having one, for instance sm_89,sm_120, or 'all' that the library knows. TensorRT-RTX only.");
    private readonly Option<string?> _command = Text("--builder-command", "COMMAND",
        "Another program builds each engine: 'trtexec --onnx={onnx} --saveEngine={engine} {shapes} {flags}'. For releases that gpc cannot call.");
    private readonly Option<string?> _timeout = Text("--build-timeout", "SECONDS",
        "The most time of one build, or 'off'. Then its group has no engine. Default: ten minutes, and more for a large group.");
    private readonly Option<string?> _memory = Text("--build-memory", "SIZE",
        "The most host memory of the process that builds, or 'off'. Default: four fifths of the machine's.");
    private readonly Option<bool> _inProcess = new("--in-process")
    {
        Description = "Build in this process, for debugging: a crash of TensorRT ends it, and no limit holds.",
    };
    private readonly Option<string> _cache = new("--engine-cache")
    {
        Description = "The folder of the engine cache, or 'off'.",
        HelpName = "FOLDER",
        DefaultValueFactory = _ => EngineCache.DefaultFolder,
    };
    private readonly Option<string?> _cacheSize = Text(
        "--engine-cache-size", "SIZE", "The size that the cache stays under, for instance 20G. The least recently used engines are removed.");
    private readonly Option<string?> _timing = Text(
        "--timing-cache", "FOLDER", "The folder of TensorRT's timings, or 'off'. Default: beside the engines.");
    private readonly Option<bool> _trust = new("--trust-engines")
    { Description = "Let engines run code that they carry with them (version-compatible ones do)." };
    private readonly MachineArguments _machine;

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="runs">Whether the command runs engines too.</param>
    /// <param name="hasTargets">Whether the command builds for other GPUs and by other programs, too.</param>
    public EngineArguments(GpcCommand command, bool runs, bool hasTargets = false)
    {
        command.Add(OptionGroup.Common, _engines, _precision);
        command.Add(OptionGroup.Engines, runs ? _trust : _tf32); // commands that run have --tf32 already, for engines and fallback alike
        command.Add(OptionGroup.Engines, _cache, _cacheSize, _timing);
        _machine = new MachineArguments(command);
        command.Add(
            OptionGroup.Engines, _jobs, _timeout, _memory, _inProcess, _threads, _level, _workspace, _hardware, _versionCompatible,
            _excludeLean, _refit, _strip, _streaming, _sparse, _profiling, _names, _auxStreams);
        if (hasTargets) AddTargets(command);
        OptionOf.Refuse(command, result => result.GetValue(_engines) == "off" ? $"with {_engines.Name} off" : null,
            _trust, _cache, _cacheSize, _timing, _jobs, _timeout, _memory, _inProcess, _threads, _level, _workspace, _hardware,
            _versionCompatible, _refit, _strip, _streaming, _sparse, _profiling, _names, _auxStreams);
        OptionOf.Refuse(command, result => result.GetValue(_engines) == "off" && result.GetValue(_precision) is "fp32" or "typed"
            ? $"with {_engines.Name} off" : null, _precision);
        OptionOf.Refuse(command, result => result.GetValue(_cache) == "off" ? $"with {_cache.Name} off" : null, _cacheSize);
        OptionOf.Refuse(command, result => result.GetValue(_inProcess) ? $"with {_inProcess.Name}" : null, _timeout, _memory);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_excludeLean) && !result.GetValue(_versionCompatible))
                result.AddError($"{_excludeLean.Name} needs {_versionCompatible.Name}");
        });
    }

    /// <summary>The option that names the GPUs to build for: their engines do not run here.</summary>
    public Option<string?> For => _for;

    /// <summary>
    /// Options about other GPUs and other builders. What needs a GPU is refused at once, not after the model was planned.
    /// </summary>
    private void AddTargets(GpcCommand command)
    {
        command.Add(OptionGroup.Engines, _for, _command);
        OptionOf.Refuse(command, result => result.GetValue(_engines) == "off" ? $"with {_engines.Name} off" : null, _for, _command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_for) is not { Implicit: false }) return;
            Option[] needDevice = [_refit, _strip, _versionCompatible, _excludeLean, _hardware, _timing, .. _machine.OfDevice];
            foreach (Option option in needDevice)
                if (result.GetResult(option) is { Implicit: false })
                    result.AddError($"{option.Name} needs a GPU, and {_for.Name} builds without one");
        });
    }

    /// <summary>The options of the command line.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="tf32">Whether engines may use TF32, for commands that have no --tf32 here; null: the option decides.</param>
    public EngineRequest Request(ParseResult parsed, bool? tf32 = null)
    {
        string cache = parsed.GetRequiredValue(_cache);
        string timing = parsed.GetValue(_timing) ?? (cache == "off" ? "off" : Path.Combine(cache, "timings"));
        EngineMode mode = parsed.GetRequiredValue(_engines) switch
        { "off" => EngineMode.Off, "required" => EngineMode.Required, _ => EngineMode.Auto };
        return new(mode, _machine.Request(parsed))
        {
            Build = Build(parsed, tf32 ?? parsed.GetRequiredValue(_tf32) == "on"),
            CacheFolder = cache == "off" ? null : cache,
            CacheBytes = ByteSize.Parse(parsed.GetValue(_cacheSize)),
            TimingFolder = timing == "off" ? null : timing,
            Jobs = parsed.GetValue(_jobs),
            For = CapabilitiesOf(parsed.GetResult(_for) is null ? null : parsed.GetValue(_for)),
            ForAll = parsed.GetResult(_for) is not null && parsed.GetValue(_for) == All,
            Command = parsed.GetResult(_command) is null ? null : parsed.GetValue(_command),
            NamesValues = parsed.GetRequiredValue(_names) == "values",
            InProcess = parsed.GetValue(_inProcess),
            BuildTimeout = TimeoutOf(parsed.GetValue(_timeout)),
            WorkerBytes = parsed.GetValue(_memory) switch
            {
                "off" => null,
                { } size => ByteSize.Parse(size),
                null => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 5 * 4,
            },
            Precision = parsed.GetResult(_precision) is null or { Implicit: true } ? null : parsed.GetValue(_precision),
            Trust = parsed.GetValue(_trust),
        };
    }

    private BuildOptions Build(ParseResult parsed, bool tf32) => new()
    {
        Precision = parsed.GetRequiredValue(_precision) switch
        {
            "fp16" => Precision.Fp16,
            "bf16" => Precision.Bf16,
            "typed" => Precision.AsTyped,
            _ => Precision.Fp32,
        },
        Tf32 = tf32,
        WorkspaceBytes = ByteSize.Parse(parsed.GetValue(_workspace)),
        OptimizationLevel = parsed.GetValue(_level),
        HardwareCompatibility = parsed.GetRequiredValue(_hardware) switch
        {
            "ampere-plus" => HardwareCompatibility.AmperePlus,
            "same-capability" => HardwareCompatibility.SameComputeCapability,
            _ => HardwareCompatibility.SameGpu,
        },
        VersionCompatible = parsed.GetValue(_versionCompatible),
        ExcludeLeanRuntime = parsed.GetValue(_excludeLean),
        Refittable = parsed.GetValue(_refit),
        StripWeights = parsed.GetValue(_strip),
        WeightStreaming = parsed.GetValue(_streaming),
        SparseWeights = parsed.GetValue(_sparse),
        Profiling = parsed.GetRequiredValue(_profiling) switch
        {
            "none" => ProfilingDetail.None,
            "detailed" => ProfilingDetail.Detailed,
            _ => ProfilingDetail.LayerNames,
        },
        MaxAuxStreams = parsed.GetValue(_auxStreams),
        MaxThreads = parsed.GetValue(_threads),
    };

    private const string All = "all";

    /// <summary>Reads "sm_89,sm_120"; "8.9" means the same as "sm_89".</summary>
    private ComputeCapability[] CapabilitiesOf(string? text) => text is null or All ? [] : [.. text.Split(',').Select(name =>
    {
        string digits = name.StartsWith("sm_", StringComparison.Ordinal) ? name[3..] : name.Replace(".", "", StringComparison.Ordinal);
        return digits.Length is 2 or 3 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? new ComputeCapability(number / 10, number % 10)
            : throw GpcCodes.BadOption.Error(name, $"{_for.Name} takes compute capabilities, for instance sm_89,sm_120, or 'all'");
    }).Distinct()];

    private TimeSpan? TimeoutOf(string? text) => text switch
    {
        null => null,
        "off" => Timeout.InfiniteTimeSpan,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and < 1e6 =>
            TimeSpan.FromSeconds(seconds),
        _ => throw GpcCodes.BadOption.Error(text, $"{_timeout.Name} takes a number of seconds, or 'off'"),
    };

    private static Option<string?> Text(string name, string valueName, string description) =>
        new(name) { Description = description, HelpName = valueName };
}
