using System.Globalization;
using GraphPartition.Compiler.Cost;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Tagging;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Cache;

namespace GraphPartition.ExecutionProvider.Options;

/// <summary>
/// Reads the provider's options out of the session's configuration, where ONNX Runtime puts them under the key
/// <c>ep.NAME.OPTION</c> with the provider's name in lower case. Each fault is a diagnostic (GP5102), and all are reported.
/// </summary>
internal sealed class OptionReader
{
    /// <summary>The options and what they accept: the table in docs/execution-provider.md is checked against it.</summary>
    public static ImmutableArray<(string Name, string Form)> All { get; } =
    [
        ("target", "a release, for instance 10.16 or tensorrt-rtx-1.6"), ("support", "table, all, none, random:SEED:P, or a file"),
        ("groups", "minimum or connected"), ("min_nodes", "a whole number"), ("max_nodes", "a whole number"),
        ("max_engines", "a whole number"), ("min_flops", "a whole number"), ("min_profit", "microseconds"),
        ("max_weight_bytes", "a whole number"), ("include", "selectors"), ("exclude", "selectors"), ("stop_at", "selectors"),
        ("tensorrt", "a folder, or system"), ("device", "a whole number"), ("cache", "a folder"),
        ("worker", "a program"),
        ("precision", "fp32, fp16, bf16 or astyped"), ("min_shapes", "NAME:D0xD1x..."), ("opt_shapes", "NAME:D0xD1x..."),
        ("max_shapes", "NAME:D0xD1x..."), ("device_profile", "a file"), ("report", "a file"), ("provider", "cpu or cuda"), ("threads", "a whole number"),
        ("optimization", "none, basic, extended or all"), ("on_mismatch", "rebuild or error"),
        ("cuda_graphs", "auto, on, only or off"),
    ];

    private readonly Dictionary<string, string> _given = [];
    private readonly List<Diagnostic> _faults = [];

    private OptionReader(IReadOnlyDictionary<string, string> config, string prefix)
    {
        foreach ((string key, string value) in config)
            if (key.StartsWith(prefix, StringComparison.Ordinal)) _given[key[prefix.Length..]] = value;
        foreach (string name in _given.Keys.Where(name => All.All(o => o.Name != name)))
            Fault(name, $"there is no such option{NearNames.Hint(name, All.Select(o => o.Name))}");
    }

    /// <summary>Reads the options.</summary>
    /// <param name="config">The session's configuration.</param>
    /// <param name="provider">The provider's name.</param>
    /// <param name="gpu">The number of the GPU that the provider was appended for: then groups run there. Null: it is for the processor.</param>
    /// <exception cref="ModelException">Everything that is wrong with the options.</exception>
    public static ProviderOptions Read(IReadOnlyDictionary<string, string> config, string provider, int? gpu)
    {
        var reader = new OptionReader(config, $"ep.{provider.ToLowerInvariant()}.");
        ProviderOptions? options = reader.Read(config, gpu);
        return reader._faults.Count == 0 ? options! : throw new ModelException(reader._faults);
    }

    private ProviderOptions? Read(IReadOnlyDictionary<string, string> config, int? gpu)
    {
        TensorRtTarget target = TensorRtTarget.Default;
        if (_given.TryGetValue("target", out string? text) && TensorRtTarget.TryParse(text, out TensorRtTarget? known)) target = known;
        else if (text is not null)
            Fault("target", $"'{text}' is not a release in the table: {string.Join(", ", TensorRtTarget.Releases)}");
        SupportPolicy? support = Catch(() => SupportPolicy.Parse(_given.GetValueOrDefault("support", "table"), OperatorTable.Default, target));
        DeviceProfile? profile = Catch(() => _given.TryGetValue("device_profile", out string? file) ? DeviceProfile.Read(file) : DeviceProfile.Default);
        var constraints = new PlanConstraints
        {
            MinNodes = (int)Whole("min_nodes", 0, int.MaxValue, 1),
            MaxNodes = (int)Whole("max_nodes", 1, int.MaxValue, int.MaxValue),
            MaxEngines = (int)Whole("max_engines", 1, int.MaxValue, int.MaxValue),
            MinFlops = Whole("min_flops", 0, long.MaxValue, 0),
            MinProfit = Number("min_profit"),
            MaxWeightBytes = Whole("max_weight_bytes", 1, long.MaxValue, long.MaxValue),
            Include = Selectors("include"),
            Exclude = Selectors("exclude"),
            StopAt = Selectors("stop_at"),
            Device = profile ?? DeviceProfile.Default,
        };
        GroupMode groups = Choice("groups", GroupMode.Minimum);
        InnerProvider provider = Choice("provider", gpu is null ? InnerProvider.Cpu : InnerProvider.Cuda);
        if (gpu is not null && provider == InnerProvider.Cpu)
            Fault("provider", "'cpu' cannot read tensors on a GPU; append the provider for the processor instead");
        int device = (int)Whole("device", 0, int.MaxValue, gpu ?? 0);
        if (gpu is not null && device != gpu)
            Fault("device", $"the provider was appended for GPU {gpu}; append it for GPU {device} instead");
        Optimization optimization = Choice("optimization", Optimization.All);
        Mismatch mismatch = Choice("on_mismatch", Mismatch.Rebuild);
        Recording recording = Choice("cuda_graphs", Recording.Auto);
        if (gpu is null && recording is Recording.On or Recording.Only)
            Fault("cuda_graphs", "work is recorded on a GPU, where tensors must stay; append the provider for a GPU");
        long threads = Whole("threads", 0, int.MaxValue, 0);
        TensorRtOptions? tensorRt = TensorRt();
        if (support is null) return null;
        string? contextPath = config.GetValueOrDefault("ep.context_file_path") is { Length: > 0 } path ? path : null;
        return new ProviderOptions
        {
            Target = target,
            Support = support,
            Groups = groups,
            Constraints = constraints,
            Report = _given.GetValueOrDefault("report"),
            Provider = provider,
            Device = device,
            Threads = (int)threads,
            TensorRt = tensorRt,
            IsTargetGiven = _given.ContainsKey("target"),
            Optimization = optimization,
            OnMismatch = mismatch,
            Recording = recording,
            ContextPath = contextPath,
            Context = config.GetValueOrDefault("ep.context_enable") == "1"
                ? new(contextPath, config.GetValueOrDefault("ep.context_embed_mode") == "1") : null,
        };
    }

    private TensorRtOptions? TensorRt()
    {
        Precision precision = Choice("precision", Precision.Fp32);
        var shapes = new ModelShapes { Min = Shapes("min_shapes"), Opt = Shapes("opt_shapes"), Max = Shapes("max_shapes") };
        if (_given.ContainsKey("min_shapes") != _given.ContainsKey("max_shapes")) Fault("min_shapes", "give both min_shapes and max_shapes, or only opt_shapes");
        if (!_given.TryGetValue("tensorrt", out string? folder)) return null;
        if (folder != "system" && !Directory.Exists(folder)) Fault("tensorrt", $"there is no folder '{folder}'");
        string? worker = _given.GetValueOrDefault("worker");
        if (worker is not null && !File.Exists(worker)) Fault("worker", $"there is no file '{worker}'");
        return new(folder == "system" ? null : folder, _given.GetValueOrDefault("cache", EngineCache.DefaultFolder), precision, shapes, worker);
    }

    private IReadOnlyDictionary<string, long[]> Shapes(string name) =>
        (_given.TryGetValue(name, out string? text) ? Catch(() => ShapeSpec.Parse(text)) : null) ?? new Dictionary<string, long[]>();

    private long Whole(string name, long least, long most, long otherwise)
    {
        if (!_given.TryGetValue(name, out string? text)) return otherwise;
        bool isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value);
        if (isNumber && value >= least && value <= most) return value;
        Fault(name, $"'{text}' is not a whole number from {least} to {most}");
        return otherwise;
    }

    private double? Number(string name)
    {
        if (!_given.TryGetValue(name, out string? text)) return null;
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        if (isNumber && double.IsFinite(value)) return value;
        Fault(name, $"'{text}' is not a number");
        return null;
    }

    private T Choice<T>(string name, T otherwise) where T : struct, Enum
    {
        if (!_given.TryGetValue(name, out string? text)) return otherwise;
        string[] names = [.. Enum.GetNames<T>().Select(n => n.ToLowerInvariant())];
        if (names.Contains(text)) return Enum.Parse<T>(text, ignoreCase: true);
        Fault(name, $"'{text}' is none of {string.Join(", ", names)}");
        return otherwise;
    }

    private ImmutableArray<NodeSelector> Selectors(string name) => !_given.TryGetValue(name, out string? text) ? []
        : Catch(() => (ImmutableArray<NodeSelector>?)[.. text.Split(',').Select(s => NodeSelector.Parse(s, $"{name} {s}"))]) ?? [];

    /// <summary>The result of a call; null, with its diagnostics among the faults, where it finds a fault of the user.</summary>
    private T? Catch<T>(Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (ModelException e)
        {
            _faults.AddRange(e.Diagnostics);
            return default;
        }
    }

    private void Fault(string option, string message) => _faults.Add(ProviderCodes.BadOption.At(option, message));
}
