using System.CommandLine;
using System.Diagnostics;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Cost;
using GraphPartition.Compiler.Operators;
using GraphPartition.Compiler.Opsets;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Plan;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Emit;
using GraphPartition.Ir;
using GraphPartition.Runtime;

namespace GraphPartition.Gpc;

/// <summary>The argument MODEL and the compile options, which most commands take.</summary>
internal sealed class ModelArguments
{
    private readonly Argument<string> _model = new("MODEL") { Description = "An ONNX or MindIR model, or a model that gpc compiled." };
    private readonly Option<string> _target = new("--target")
    {
        Description = "The TensorRT release to plan for.",
        DefaultValueFactory = _ => "tensorrt-10.16",
    };
    private readonly Option<string> _support = new("--support")
    {
        Description = "Which nodes engines may take: table | all | none | mindspore (what its own pass took) | random:SEED:P | FILE with 'op NAME' and 'node NAME' lines.",
        DefaultValueFactory = _ => "table",
    };
    private readonly Option<string> _groups = new("--groups")
    {
        Description = "minimum: the fewest engines; connected: the nodes of each engine are connected.",
        DefaultValueFactory = _ => "minimum",
    };
    private readonly Option<string> _precision = new("--precision") { Description = "The precision of engines.", DefaultValueFactory = _ => "fp32" };
    private readonly Option<string> _engines = new("--engines")
    {
        Description = "auto | off. Building engines is not wired in yet: both leave groups to ONNX Runtime.",
        DefaultValueFactory = _ => "auto",
    };
    private readonly Option<string> _passes = new("--passes")
    {
        Description = "standard | exact (without those that change weights) | none | names of passes, these among them, separated by commas: "
            + string.Join(", ", Pipeline.Names) + ".",
        DefaultValueFactory = _ => "standard",
    };
    private readonly Option<long> _foldLimit = new("--fold-limit")
    {
        Description = "Bytes by which a folded constant may exceed those that it makes superfluous.",
        DefaultValueFactory = _ => PassContext.DefaultFoldLimit,
    };
    private readonly Option<long> _unrollLimit = new("--unroll-limit")
    {
        Description = "The most iterations that a loop of known length is unrolled to; 0: loops stay.",
    };
    private readonly Option<bool> _allowNarrowing = new("--allow-narrowing")
    {
        Description = "Let engines compute doubles in 32 bits and, where the release has no 64-bit integers, these too, although numbers may be lost.",
    };
    private readonly Option<string?> _dumpAfter = new("--dump-after") { Description = "Print the graph after this pass, or after 'all' passes, to standard error." };
    private readonly Option<string?> _keyFile = new("--mindir-key-file") { Description = "A file with the key of an encrypted MindIR model: its bytes are the key." };
    private readonly ConstraintArguments _constraints;
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object instead of tables." };

    public ModelArguments(Command command)
    {
        _groups.AcceptOnlyFromAmong("minimum", "connected");
        _precision.AcceptOnlyFromAmong("fp32", "fp16");
        _engines.AcceptOnlyFromAmong("auto", "off");
        command.Add(_model);
        foreach (Option option in new Option[] { _target, _support, _groups, _precision, _engines, _passes, _foldLimit, _unrollLimit, _allowNarrowing, _dumpAfter, _keyFile, _json }) command.Add(option);
        _constraints = new(command);
    }

    /// <summary>The model's path.</summary>
    public string Path(ParseResult parsed) => parsed.GetRequiredValue(_model);

    /// <summary>Reads the model.</summary>
    public Model Read(ParseResult parsed) => ModelFile.Read(Path(parsed), OperatorTable.Default, Key(parsed.GetValue(_keyFile)));

    /// <summary>Whether to print JSON.</summary>
    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>Reads the model; one that is compiled already is taken as it is, unless options ask for another plan.</summary>
    public OpenedModel Open(ParseResult parsed, Action<string> stage)
    {
        stage("reading the model");
        long start = Stopwatch.GetTimestamp();
        Model model = Read(parsed);
        if (Package.IsCompiled(model) && IsDefault(parsed, _target) && IsDefault(parsed, _support) && IsDefault(parsed, _groups) && IsDefault(parsed, _passes)
            && IsDefault(parsed, _allowNarrowing) && IsDefault(parsed, _unrollLimit) && _constraints.AreDefault(parsed))
        {
            // Reading brought it to the canonical opset; it runs in the one that it was written in.
            CompiledModel compiled = Package.Unpack(OpsetExport.Lowest(model));
            return new(compiled, PlanFile.Read(compiled, Path(parsed)).Summary, () => compiled);
        }
        stage("planning");
        PlannedModel planned = Plan(parsed, model, start);
        return new(ModelCompiler.Emit(planned.Compilation), planned.Report, () => ModelCompiler.Emit(Plan(parsed, model, start, Pipeline.Exact).Compilation));
    }

    /// <summary>Reads the model and plans it.</summary>
    public PlannedModel Plan(ParseResult parsed, Action<string> stage)
    {
        stage("reading the model");
        long start = Stopwatch.GetTimestamp();
        Model model = Read(parsed);
        stage("planning");
        return Plan(parsed, model, start);
    }

    private PlannedModel Plan(ParseResult parsed, Model model, long start, Pipeline? passes = null)
    {
        double import = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (!TensorRtTarget.TryParse(parsed.GetRequiredValue(_target), out TensorRtTarget? target))
            throw Codes.UnknownTarget.Error(parsed.GetRequiredValue(_target), $"known are {string.Join(", ", TensorRtTarget.Releases)}");
        if (parsed.GetValue(_allowNarrowing)) target = target with { AllowsDoubleAsFloat = true, AllowsInt64AsInt32 = true };
        SupportPolicy support = SupportPolicy.Parse(parsed.GetRequiredValue(_support), OperatorTable.Default, target);
        var options = new CompileOptions
        {
            Target = target,
            Support = support,
            Constraints = _constraints.Read(parsed, support),
            Groups = parsed.GetRequiredValue(_groups) == "connected" ? GroupMode.Connected : GroupMode.Minimum,
            Passes = passes ?? Pipeline.Parse(parsed.GetRequiredValue(_passes)),
            FoldLimit = parsed.GetValue(_foldLimit),
            UnrollLimit = parsed.GetValue(_unrollLimit),
            Evaluator = new OrtConstantEvaluator(),
            Dump = parsed.GetValue(_dumpAfter) is { } wanted ? (pass, graph) => Dump(wanted, pass, graph) : null,
            Precision = parsed.GetRequiredValue(_precision) == "fp16" ? Precision.Fp16 : Precision.Fp32,
        };
        // A compiled model is planned again from its flat graph, so that every option means the same for both kinds of file.
        Model flat = Package.IsCompiled(model) ? Package.Unpack(model).Model : model;
        Compilation compilation = new ModelCompiler(OperatorTable.Default, options).Plan(flat);
        foreach (Diagnostic warning in compilation.Diagnostics) Console.Error.WriteLine($"gpc: {warning}");
        var report = PlanReport.Of(compilation.Plan, new CostModel(options.Constraints.Device)) with
        {
            NodesBeforePasses = flat.Graph.Nodes.Length,
            Passes = compilation.Passes,
            Milliseconds = new(import, compilation.PassesMilliseconds, compilation.PartitionMilliseconds,
                Stopwatch.GetElapsedTime(start).TotalMilliseconds),
        };
        return new(compilation, report, target);
    }

    private static void Dump(string wanted, string pass, Graph graph)
    {
        if (wanted == "all" || wanted == pass) Console.Error.WriteLine($"// after {pass}\n{GraphPrinter.Print(graph)}");
    }

    /// <summary>The key in a file; empty where no file is given.</summary>
    public static ReadOnlyMemory<byte> Key(string? path)
    {
        try
        {
            return path is null ? default : WithoutLineEnd(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Codes.CannotRead.Error(path!, e.Message);
        }
    }

    /// <summary>An editor or echo ends a line: that is no part of a key, where the key is one without it.</summary>
    private static ReadOnlyMemory<byte> WithoutLineEnd(byte[] key)
    {
        int length = key.AsSpan().TrimEnd("\r\n"u8).Length;
        return key.Length is not (16 or 24 or 32) && length is 16 or 24 or 32 ? key.AsMemory(0, length) : key;
    }

    private static bool IsDefault(ParseResult parsed, Option option) => parsed.GetResult(option) is null or { Implicit: true };
}

/// <summary>A compiled model to run.</summary>
/// <param name="Compiled">The model.</param>
/// <param name="Report">Its plan.</param>
/// <param name="CompileExactly">Compiles it once more, without passes that change weights; a file that was compiled before stays as it is.</param>
internal sealed record OpenedModel(CompiledModel Compiled, PlanReport Report, Func<CompiledModel> CompileExactly);

/// <summary>A planned model, the report of its plan with times, and what it was planned for.</summary>
internal sealed record PlannedModel(Compilation Compilation, PlanReport Report, TensorRtTarget Target);

/// <summary>How the fallback executor runs: options of the commands that execute.</summary>
internal sealed class SessionArguments
{
    private readonly Option<string> _device = new("--device") { Description = "Where fallback segments run.", DefaultValueFactory = _ => "cpu" };
    private readonly Option<bool> _keepGroups = new("--keep-groups")
    {
        Description = "Keep every group a step of its own, even without an engine (to test the boundaries).",
    };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads of one operator; 0: one per core." };

    public SessionArguments(Command command)
    {
        _device.AcceptOnlyFromAmong("cpu", "cuda");
        command.Add(_device);
        command.Add(_keepGroups);
        command.Add(_threads);
    }

    public ModelSessionOptions Options(ParseResult parsed) => new()
    {
        Device = parsed.GetRequiredValue(_device) == "cuda" ? Device.Cuda : Device.Cpu,
        KeepGroups = parsed.GetValue(_keepGroups),
        Threads = parsed.GetValue(_threads),
    };
}
