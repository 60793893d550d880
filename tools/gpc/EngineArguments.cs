using System.CommandLine;
using GraphPartition.EngineBuilder;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.Foundation;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Cache;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.Gpc;

/// <summary>The options of commands that build TensorRT engines.</summary>
internal sealed class EngineArguments
{
    private readonly Option<string> _engines = Choice("--engines", "auto: build engines where TensorRT is there; off: leave groups to ONNX Runtime; required: fail without engines.", "auto", "off", "required");
    private readonly Option<string> _precision = Choice("--precision", "What engines may compute in; typed: exactly the types of the model.", "fp32", "fp16", "bf16", "typed");
    private readonly Option<string?> _min = new("--min-shapes") { Description = "The smallest shapes of dynamic inputs, as trtexec has them: x:1x3x224x224,mask:1x16. Values inside whose sizes only a run tells, for instance what a loop carries, may be named too." };
    private readonly Option<string?> _opt = new("--opt-shapes") { Description = "The shapes to be fast for; alone they are the only ones." };
    private readonly Option<string?> _max = new("--max-shapes") { Description = "The greatest shapes." };
    private readonly Option<string> _tf32 = Choice("--tf32", "on: products of float32 in engines may round their factors to 10 bits, several times faster; off: they do not.", "on", "off");
    private readonly Option<string?> _workspace = new("--workspace") { Description = "Device memory that one layer's algorithm may use for scratch, for instance 2G." };
    private readonly Option<int?> _level = new("--builder-level") { Description = "0 (builds fast) to 5 (searches long)." };
    private readonly Option<string> _hardware = Choice("--hardware-compatibility", "On which GPUs engines may run.", "same-gpu", "ampere-plus", "same-capability");
    private readonly Option<bool> _versionCompatible = new("--version-compatible") { Description = "Let later minor releases load the engines (they carry their runtime: see --trust-engines)." };
    private readonly Option<bool> _excludeLean = new("--exclude-lean-runtime") { Description = "With --version-compatible: leave that runtime out." };
    private readonly Option<bool> _refit = new("--refit") { Description = "Let the weights of engines be replaced later." };
    private readonly Option<bool> _strip = new("--strip-weights") { Description = "Leave weights out of engines; the session puts the model's back in when it loads them." };
    private readonly Option<bool> _streaming = new("--weight-streaming") { Description = "Let weights stay in host memory where the device lacks room (with --precision typed)." };
    private readonly Option<bool> _sparse = new("--sparse-weights") { Description = "Use the zeros of 2:4 sparse weights." };
    private readonly Option<string> _profiling = Choice("--profiling", "What engines remember of their layers (gpc inspect --engines).", "names", "none", "detailed");
    private readonly Option<int?> _auxStreams = new("--aux-streams") { Description = "Streams that one run of an engine may use besides its own." };
    private readonly Option<int?> _threads = new("--builder-threads") { Description = "Threads of one build." };
    private readonly Option<int> _jobs = new("--build-jobs") { Description = "Groups built at a time, where device memory allows.", DefaultValueFactory = _ => Math.Clamp(Environment.ProcessorCount / 2, 1, 4) };
    private readonly Option<string> _cache = new("--engine-cache") { Description = "The folder of the engine cache, or 'off'.", DefaultValueFactory = _ => EngineCache.DefaultFolder };
    private readonly Option<string?> _cacheSize = new("--engine-cache-size") { Description = "The size that the cache stays under, for instance 20G; least recently used engines go." };
    private readonly Option<string?> _timing = new("--timing-cache") { Description = "The folder of the timing caches, or 'off' (default: beside the engines)." };
    private readonly Option<bool> _trust = new("--trust-engines") { Description = "Let engines of the file run code that they bring along (version compatible ones do)." };
    private readonly MachineArguments _machine;

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="runs">Whether it runs engines too.</param>
    public EngineArguments(Command command, bool runs)
    {
        _machine = new MachineArguments(command);
        command.Add(runs ? _trust : _tf32); // commands that run have --tf32 already, for engines and fallback alike
        foreach (Option option in new Option[]
        {
            _engines, _precision, _min, _opt, _max, _workspace, _level, _hardware, _versionCompatible, _excludeLean, _refit, _strip, _streaming,
            _sparse, _profiling, _auxStreams, _threads, _jobs, _cache, _cacheSize, _timing,
        }) command.Add(option);
    }

    /// <summary>Whether engines are wanted at all, and whether they must be had.</summary>
    public (bool Wanted, bool Required) Mode(ParseResult parsed) =>
        (parsed.GetRequiredValue(_engines) != "off", parsed.GetRequiredValue(_engines) == "required");

    /// <summary>The machine to build for; null, with the reason, where engines are not wanted or nothing can build them.</summary>
    /// <exception cref="EnvironmentException">Engines are required and nothing can build them (GP4020).</exception>
    public TensorRtMachine? Machine(ParseResult parsed, out Diagnostic? problem)
    {
        problem = null;
        if (!Mode(parsed).Wanted) return null;
        MachineSearch search = _machine.Find(parsed);
        TensorRtMachine? machine = search.Machine;
        problem = search.Problem;
        if (machine is { Library.HasParser: false })
        {
            problem = Codes.NoOnnxParser.At(machine.Library.Path, $"{machine.Library.Release} has no ONNX parser beside it");
            machine = null;
        }
        return machine is null && Mode(parsed).Required ? throw new EnvironmentException(Codes.EnginesRequired, "--engines required", problem!.ToString()) : machine;
    }

    /// <summary>How to build.</summary>
    public EngineOptions Options(ParseResult parsed, Action<string> stage)
    {
        string cache = parsed.GetRequiredValue(_cache);
        string? timing = parsed.GetValue(_timing) ?? (cache == "off" ? "off" : Path.Combine(cache, "timings"));
        return new EngineOptions
        {
            Build = Build(parsed),
            Shapes = Shapes(parsed),
            Cache = cache == "off" ? null : new EngineCache(cache, ByteSize.Parse(parsed.GetValue(_cacheSize)) ?? long.MaxValue),
            TimingFolder = timing == "off" ? null : timing,
            Jobs = parsed.GetValue(_jobs),
            IsRequired = Mode(parsed).Required,
            Logger = _machine.Logger(parsed),
            Progress = new Stage(p => stage($"engines {p.Done}/{p.Groups}: {p.What}")),
        };
    }

    /// <summary>How the session uses engines.</summary>
    public EngineUse Use(ParseResult parsed) => new()
    {
        Mode = Mode(parsed) switch { (false, _) => EngineMode.Off, (_, true) => EngineMode.Required, _ => EngineMode.Auto },
        Trust = parsed.GetValue(_trust),
        Precision = parsed.GetResult(_precision) is null or { Implicit: true } ? null : parsed.GetValue(_precision),
        Machine = _machine.Options(parsed),
        Logger = _machine.Logger(parsed),
        Warn = warning => Console.Error.WriteLine($"gpc: {warning}"),
    };

    /// <summary>The shapes that were given, for models with dynamic inputs.</summary>
    public ModelShapes Shapes(ParseResult parsed)
    {
        return new() { Min = Of(_min), Opt = Of(_opt), Max = Of(_max) };
        IReadOnlyDictionary<string, long[]> Of(Option<string?> option) =>
            parsed.GetValue(option) is { } text ? ShapeSpec.Parse(text) : new Dictionary<string, long[]>();
    }

    private BuildOptions Build(ParseResult parsed) => new()
    {
        Precision = parsed.GetRequiredValue(_precision) switch
        {
            "fp16" => Precision.Fp16,
            "bf16" => Precision.Bf16,
            "typed" => Precision.AsTyped,
            _ => Precision.Fp32,
        },
        Tf32 = parsed.GetValue<string>(_tf32.Name) == "on",
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

    private static Option<string> Choice(string name, string description, params string[] values)
    {
        Option<string> option = new(name) { Description = description, DefaultValueFactory = _ => values[0] };
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    private sealed class Stage(Action<EngineProgress> report) : IProgress<EngineProgress>
    {
        public void Report(EngineProgress value) => report(value);
    }
}
