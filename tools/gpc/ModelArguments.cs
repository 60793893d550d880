using System.CommandLine;
using System.Diagnostics;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Cost;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Compiler.Tagging;
using GraphPartition.EngineBuilder;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Engines;
using GraphPartition.Runtime.Ort;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.Gpc;

/// <summary>The argument MODEL and the compile options, which most commands take.</summary>
internal sealed class ModelArguments
{
    private readonly Argument<string> _model = new("MODEL") { Description = "An ONNX or MindIR model, or a model that gpc compiled." };
    private readonly Option<string> _target = new("--target")
    {
        Description = "The TensorRT release to plan for.",
        DefaultValueFactory = _ => TensorRtTarget.Default.Release.Id,
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
    private readonly OperatorsOption _operators;
    private readonly ConstraintArguments _constraints;
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object instead of tables." };

    public ModelArguments(Command command)
    {
        _groups.AcceptOnlyFromAmong("minimum", "connected");
        command.Add(_model);
        foreach (Option option in new Option[] { _target, _support, _groups, _passes, _foldLimit, _unrollLimit, _allowNarrowing, _dumpAfter, _keyFile, _json }) command.Add(option);
        _operators = new(command);
        _constraints = new(command);
    }

    /// <summary>The model's path.</summary>
    public string Path(ParseResult parsed) => parsed.GetRequiredValue(_model);

    /// <summary>Reads the model.</summary>
    public Model Read(ParseResult parsed) => Read(Path(parsed), Operators(parsed), Key(parsed.GetValue(_keyFile)));

    /// <summary>Reads a model, and says on standard error what is odd about it.</summary>
    public static Model Read(string path, OperatorTable operators, ReadOnlyMemory<byte> key)
    {
        Model model = ModelFile.Read(path, operators, key);
        foreach (Diagnostic warning in model.Warnings) Console.Error.WriteLine($"gpc: {warning}");
        return model;
    }

    /// <summary>The operators that are known: the table, and what <c>--operators</c> adds.</summary>
    public OperatorTable Operators(ParseResult parsed) => _operators.Table(parsed);

    /// <summary>A release of TensorRT by its name.</summary>
    public static TensorRtTarget Target(string text) => TensorRtTarget.TryParse(text, out TensorRtTarget? target) ? target
        : throw Codes.UnknownTarget.Error(text, $"known are {string.Join(", ", TensorRtTarget.Releases)}");

    /// <summary>Whether to print JSON.</summary>
    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>Reads the model; one that is compiled already is taken as it is, unless options ask for another plan.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="stage">Hears what is being done.</param>
    /// <param name="engines">How to build engines; null: none are built.</param>
    /// <param name="cancellation">Ends building engines.</param>
    public OpenedModel Open(ParseResult parsed, Action<string> stage, EngineArguments? engines = null, CancellationToken cancellation = default)
    {
        stage("reading the model");
        long start = Stopwatch.GetTimestamp();
        Model model = Read(parsed);
        if (CompiledModelFormat.IsCompiled(model) && IsDefault(parsed, _target) && IsDefault(parsed, _support) && IsDefault(parsed, _groups) && IsDefault(parsed, _passes)
            && IsDefault(parsed, _allowNarrowing) && IsDefault(parsed, _unrollLimit) && !_operators.IsGiven(parsed) && _constraints.AreDefault(parsed))
        {
            CompiledModel compiled = WithEngines(parsed, model, engines, stage, cancellation);
            return new(compiled, PlanFile.Read(compiled, Path(parsed)).Summary, new(compiled));
        }
        stage("planning");
        TensorRtMachine? machine = engines?.Machine(parsed, out _);
        PlannedModel planned = Plan(parsed, model, start, machine);
        CompiledModel emitted = Emit(parsed, ref planned, machine, engines, stage, cancellation, out BuildReport? report);
        return new(emitted, planned.Report, new(() => CompileExactly(parsed, model, machine))) { Engines = report };
    }

    /// <summary>A compiled model; where engines are required and it has none for this machine, they are built for this run.</summary>
    private static CompiledModel WithEngines(
        ParseResult parsed, Model canonical, EngineArguments? engines, Action<string> stage, CancellationToken cancellation)
    {
        CompiledModel compiled = CompiledModelFormat.Read(canonical.Path!); // it runs in the opset that it was written in
        if (engines is null || !engines.Mode(parsed).Required || engines.Machine(parsed, out _) is not { } machine) return compiled;
        bool isComplete = compiled.AllGroups.All(g => EngineFit.Choose(g.Engines, machine, null, out _) is not null);
        if (isComplete && EngineOrigin.FindStale(compiled).IsEmpty) return compiled;
        return new EngineCompiler(machine, engines.Options(parsed, stage)).Add(CompiledModelFormat.Read(canonical), cancellation).Compiled;
    }

    /// <summary>The compiled model of a plan, with engines where there is a machine to build them for; the plan may change for that.</summary>
    public static CompiledModel Emit(
        ParseResult parsed, ref PlannedModel planned, TensorRtMachine? machine, EngineArguments? engines, Action<string> stage,
        CancellationToken cancellation, out BuildReport? report)
    {
        report = null;
        if (machine is null || engines is null || !(planned.Support.IsReal || engines.Mode(parsed).Required)) return ModelCompiler.Emit(planned.Compilation);
        EngineOptions options = engines.Options(parsed, stage) with { Operators = planned.Operators };
        EngineCompilation built = new EngineCompiler(machine, options).Compile(planned.Compilation, cancellation);
        report = built.Report;
        planned = planned with { Compilation = built.Compilation, Report = planned.Replanned(built.Compilation) };
        return built.Compiled;
    }

    /// <summary>Reads the model and plans it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="stage">Hears what is being done.</param>
    /// <param name="machine">The machine that engines will be built for: its release is planned for unless the user names one.</param>
    public PlannedModel Plan(ParseResult parsed, Action<string> stage, TensorRtMachine? machine = null)
    {
        stage("reading the model");
        long start = Stopwatch.GetTimestamp();
        Model model = Read(parsed);
        stage("planning");
        return Plan(parsed, model, start, machine);
    }

    /// <summary>Plans a model, and says on standard error what its passes warn of.</summary>
    private PlannedModel Plan(ParseResult parsed, Model model, long start, TensorRtMachine? machine)
    {
        double import = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        OperatorTable operators = Operators(parsed);
        CompileOptions options = Options(parsed, operators, machine);
        if (parsed.GetValue(_dumpAfter) is { } wanted) options = options with { Dump = (pass, graph) => Dump(wanted, pass, graph) };
        Model flat = Flat(model);
        Compilation compilation = new ModelCompiler(operators, options).Plan(flat);
        foreach (Diagnostic warning in compilation.Diagnostics) Console.Error.WriteLine($"gpc: {warning}");
        PlanReport ReportOf(PartitionPlan plan) => PlanReport.Of(plan, new CostModel(options.Constraints.Device));
        PlanReport report = ReportOf(compilation.Plan) with
        {
            NodesBeforePasses = flat.Graph.Nodes.Length,
            Passes = compilation.Passes,
            Refusals = compilation.Refusals,
            Milliseconds = new(import, compilation.PassesMilliseconds, compilation.PartitionMilliseconds,
                Stopwatch.GetElapsedTime(start).TotalMilliseconds),
        };
        return new(compilation, report, options.Target, options.Support!, operators) { ReportOf = ReportOf };
    }

    /// <summary>Compiles a model once more, without passes that change weights. What there is to say was said the first time.</summary>
    private CompiledModel CompileExactly(ParseResult parsed, Model model, TensorRtMachine? machine)
    {
        OperatorTable operators = Operators(parsed);
        CompileOptions options = Options(parsed, operators, machine) with { Passes = Pipeline.Exact };
        return ModelCompiler.Emit(new ModelCompiler(operators, options).Plan(Flat(model)));
    }

    private CompileOptions Options(ParseResult parsed, OperatorTable operators, TensorRtMachine? machine)
    {
        TensorRtTarget target = Target(parsed.GetRequiredValue(_target));
        if (machine is not null && IsDefault(parsed, _target)) target = TensorRtTarget.For(machine.Library.Release) ?? target;
        if (parsed.GetValue(_allowNarrowing)) target = target with { AllowsDoubleAsFloat = true, AllowsInt64AsInt32 = true };
        SupportPolicy support = SupportPolicy.Parse(parsed.GetRequiredValue(_support), operators, target);
        return new CompileOptions
        {
            Target = target,
            Support = support,
            Constraints = _constraints.Read(parsed, support),
            Groups = parsed.GetRequiredValue(_groups) == "connected" ? GroupMode.Connected : GroupMode.Minimum,
            Passes = Pipeline.Parse(parsed.GetRequiredValue(_passes)),
            FoldLimit = parsed.GetValue(_foldLimit),
            UnrollLimit = parsed.GetValue(_unrollLimit),
            Evaluator = new OrtConstantEvaluator(),
        };
    }

    /// <summary>A compiled model is planned again from its flat graph, so that every option means the same for both kinds of file.</summary>
    private static Model Flat(Model model) => CompiledModelFormat.IsCompiled(model) ? CompiledModelFormat.Read(model).Model : model;

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
