using System.Collections.Immutable;
using System.Diagnostics;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Cost;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.EngineBuilder;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Quantization.Targets;
using GraphPartition.Runtime.Engines;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.TensorRt;
using GraphPartition.TensorRt.Library;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>Reads, plans and compiles the model of a request.</summary>
/// <param name="request">The model, and how to plan it.</param>
/// <param name="stage">Receives the name of the current stage.</param>
internal sealed class ModelService(ModelRequest request, Action<string> stage)
{
    /// <summary>The values at the edges of engines are in memory for so many samples.</summary>
    private const int MostSamples = 16;

    private readonly PlanSettings _settings = new(request);

    /// <summary>The libraries of custom operators, loaded.</summary>
    public CustomOperators CustomOperators => _settings.CustomOperators;

    /// <summary>The operators, with those that the user adds.</summary>
    public OperatorTable Operators => _settings.Operators;

    /// <summary>Reads the model.</summary>
    public Model Read()
    {
        stage("reading the model");
        return ModelReader.Read(request.Path, Operators, ModelReader.Key(request.KeyFile), request.KeepFunctions);
    }

    /// <summary>Reads the model and plans it.</summary>
    /// <param name="installed">The release that will build engines: the default target; null: none will be built.</param>
    public PlannedModel Plan(TensorRtRelease? installed = null)
    {
        long start = Stopwatch.GetTimestamp();
        return Plan(Read(), start, installed);
    }

    /// <summary>
    /// Reads the model and plans it. A compiled model has its own plan again, for the same target and without the nodes whose engines
    /// could not be built, unless the request changes the plan.
    /// </summary>
    /// <exception cref="ModelException">GP3010, GP5001: the compiled model is damaged.</exception>
    public PlannedModel PlanAgain()
    {
        Model model = Read();
        if (request.ChangesPlan || !CompiledModelFormat.IsCompiled(model)) return Plan(model, Stopwatch.GetTimestamp(), null);
        PlanFile made = PlanFile.Read(CompiledModelFormat.Read(model), request.Path);
        ModelRequest same = request with { Target = made.Options.Target, Support = made.Options.Support, Expand = false };
        PlannedModel planned = new ModelService(same, stage).Plan(model, Stopwatch.GetTimestamp(), null);
        KeyValuePair<Node, Verdict>[] moved = [.. EarlierPlan.Moved(planned.Compilation.Plan, made.Proof)];
        if (moved.Length == 0) return planned;
        Compilation again = planned.Compilation.Replan(moved);
        return planned with { Compilation = again, Report = planned.Replanned(again) };
    }

    /// <summary>Reads the model and plans it for each known release.</summary>
    public ReleaseMatrix Matrix()
    {
        Model source = _settings.Source(Read());
        request.ShapeRanges.Check(source.Graph);
        return ReleaseMatrix.Of(release =>
        {
            stage($"planning for {release}");
            CompileOptions options = _settings.Options(new TensorRtTarget(release));
            return new ModelCompiler(Operators, options).Plan(source).Plan;
        }, Operators);
    }

    /// <summary>Fixes the input shapes of a model and applies the passes.</summary>
    public SimplifiedModel Simplify(Model model)
    {
        Model source = _settings.Source(model);
        stage("simplifying");
        CompileOptions options = _settings.Options(TensorRtTarget.Default);
        SimplifiedModel simplified = new ModelCompiler(Operators, options).Simplify(source);
        ModelReader.Warn(simplified.Diagnostics);
        return simplified;
    }

    /// <summary>Plans models for the target of the request.</summary>
    public TargetCompiler TargetCompiler() => new(Operators, _settings.Options((TensorRtRelease?)null));

    /// <summary>Plans and compiles the model.</summary>
    /// <param name="engines">How to build engines.</param>
    /// <param name="cancellation">Stops building engines.</param>
    public CompiledResult Compile(EngineService engines, CancellationToken cancellation)
    {
        IReadOnlyList<BuildMachine> machines = engines.FindTargets(_settings.Release, out Diagnostic? problem);
        PlannedModel planned = Plan(Read(), Stopwatch.GetTimestamp(), machines.Count == 0 ? null : machines[0].Release, engines);
        return Emit(planned, machines, engines, cancellation) with { Problem = problem };
    }

    /// <summary>Adds the engines of this machine to a compiled model. Everything else in it stays.</summary>
    /// <exception cref="ModelException">GP3012: the file is not a compiled model.</exception>
    /// <exception cref="EnvironmentException">GP4020: this machine cannot build engines.</exception>
    public CompiledResult AddEngines(EngineService engines, CancellationToken cancellation)
    {
        Model file = Read();
        if (!CompiledModelFormat.IsCompiled(file)) throw GpcCodes.BadOption.Error(
            request.Path, "--add-engine takes a file that 'gpc compile' wrote");
        CompiledModel compiled = CompiledModelFormat.Read(file);
        IReadOnlyList<BuildMachine> machines = engines.FindTargets(_settings.Release, out Diagnostic? problem);
        if (machines.Count == 0)
            throw new EnvironmentException(TensorRtCodes.EnginesRequired, "--add-engine", problem?.ToString() ?? "--engines off");
        if (engines.FormatOfGraph(machines[0].Release) is { } format && !HasType(compiled.Model.Graph, format.Element))
            throw GpcCodes.BadOption.Error($"--precision {format.Name}",
                $"engines of {machines[0].Release} compute in the types of the file, and it has no {format.Name}: compile the model again");
        var (added, report) = Add(compiled, null, machines, engines, cancellation);
        return new(added, PlanFile.Read(compiled, request.Path).Summary, report);
    }

    /// <summary>Compares the engines of a compiled model with their nodes.</summary>
    /// <param name="made">The compiled model.</param>
    /// <param name="engines">How its engines were built.</param>
    /// <param name="inputs">The inputs of the runs.</param>
    /// <param name="budgets">What the outputs of engines must keep; empty: the tolerance of their types.</param>
    /// <param name="cancellation">Stops builds.</param>
    /// <returns>The model with the engines that hold, and what was found.</returns>
    /// <exception cref="EnvironmentException">GP4020: engines are required, and one was left out.</exception>
    public CompiledResult CheckEngines(CompiledResult made, EngineService engines, InputRequest inputs,
        ImmutableArray<AccuracyBudget> budgets, CancellationToken cancellation)
    {
        if (made.Engines is null || engines.FindMachine(out _) is not { } machine) return made;
        stage("running the model");
        ModelSessionOptions run = engines.In(new() { CustomOperators = CustomOperators });
        Model source = _settings.Source(Read());
        using SampleSet? samples = inputs.Samples is { } several ? SampleSet.Of(several, source.Graph, MostSamples) : null;
        using FeedSet? feeds = samples is null ? FeedSet.Of(inputs, source, request.Path, run) : null;
        var check = new EngineCheck(machine, Build(engines, machine), run) { Budgets = budgets, Stage = stage };
        IReadOnlyList<IReadOnlyDictionary<string, OrtValue>> runs = samples is null ? [feeds!.Values] : samples;
        CheckedEngines found = check.Check(made.Compiled, made.Planned?.Compilation, runs, cancellation);
        Diagnostic[] warnings = [.. found.Findings.Select(f => f.Warning).OfType<Diagnostic>()];
        if (engines.IsRequired && found.Findings.Any(f => f.Outcome == "dropped"))
            throw new EnvironmentException(
                TensorRtCodes.EnginesRequired, "--check-engines", string.Join("\n  ", warnings.Select(w => w.ToString())));
        return made with
        {
            Compiled = found.Compiled,
            Plan = made.Planned is { } planned ? planned.Replanned(found.Compilation!) : made.Plan,
            Engines = made.Engines with
            {
                Groups = [.. made.Engines.Groups.Select(g => found.Reports.TryGetValue(g.Id, out GroupReport? now) ? now : g)],
                Warnings = [.. made.Engines.Warnings, .. warnings],
            },
            Checked = found.Findings,
        };
    }

    /// <summary>Prepares the model for a run. A compiled model keeps its plan, unless the request changes it.</summary>
    /// <param name="engines">How to build engines; null: none are built.</param>
    /// <param name="cancellation">Stops building engines.</param>
    public OpenedModel Open(EngineService? engines = null, CancellationToken cancellation = default)
    {
        long start = Stopwatch.GetTimestamp();
        Model model = Read();
        if (CompiledModelFormat.IsCompiled(model) && !request.ChangesPlan)
        {
            CompiledModel compiled = WithEngines(model, engines, cancellation);
            request.ShapeRanges.Check(compiled.Model.Graph);
            // Fixed shapes choose the inputs of this run; the plan stays.
            return new(compiled, PlanFile.Read(compiled, request.Path).Summary, new(compiled)) { Source = _settings.Source(model) };
        }
        TensorRtMachine? machine = engines?.FindMachine(out _);
        TensorRtRelease? installed = machine?.Library.Release;
        CompiledResult result = Emit(Plan(model, start, installed, engines), machine is null ? [] : [machine], engines, cancellation);
        return new(result.Compiled, result.Plan, new(() => CompileExactly(model, installed)))
        {
            IsConverted = engines?.FormatOfGraph(_settings.ReleaseFor(installed)) is not null,
            Engines = result.Engines,
            Source = _settings.Source(model),
        };
    }

    private PlannedModel Plan(Model model, long start, TensorRtRelease? installed, EngineService? engines = null)
    {
        stage("planning");
        double import = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        CompileOptions options = _settings.Options(installed) with { Libraries = _settings.LibrariesOf(model) };
        if (engines?.FormatOfGraph(_settings.ReleaseFor(installed)) is { } format)
            options = options with { Precision = new ConversionForTarget(new(format), r => ModelReader.Warn(r.Warnings)) };
        Model flat = _settings.Source(model);
        using FeedSet? feeds = request.Observe is { } inputs
            ? FeedSet.Of(inputs, flat, request.Path, new() { CustomOperators = CustomOperators }) : null;
        if (feeds is not null) options = options with { Observer = new OrtValueObserver(feeds.Values, CustomOperators) };
        Compilation compilation = new ModelCompiler(Operators, options).Plan(flat);
        request.ShapeRanges.Check(flat.Graph, compilation.Plan.Graph);
        ModelReader.Warn(compilation.Diagnostics);
        PlanReport ReportOf(PartitionPlan plan) => PlanReport.Of(plan, new CostModel(options.Constraints.Device));
        PlanReport report = ReportOf(compilation.Plan) with
        {
            NodesBeforePasses = flat.Graph.Nodes.Length,
            Passes = compilation.Passes,
            Refusals = compilation.Refusals,
            Expansions = ExpansionReport.Of(compilation.Expansions),
            EnginesWithoutExpansions = compilation.EnginesWithoutExpansions,
            Observed = ObservedReport.Of(compilation.Observed),
            Milliseconds = new(import, compilation.PassesMilliseconds, compilation.PartitionMilliseconds,
                Stopwatch.GetElapsedTime(start).TotalMilliseconds),
        };
        return new(compilation, report, options.Target, options.SupportPolicy!, Operators) { ReportOf = ReportOf };
    }

    /// <summary>The compiled model of a plan, with engines where they can be built. Building may change the plan.</summary>
    private CompiledResult Emit(
        PlannedModel planned, IReadOnlyList<BuildMachine> machines, EngineService? engines, CancellationToken cancellation)
    {
        if (engines is { Plugins: { IsEmpty: false } plugins }) planned = planned.With(plugins);
        if (machines.Count == 0 || engines is null || !(planned.SupportPolicy.IsReal || engines.IsRequired))
            return new(planned.Compilation.ToCompiledModel(), planned.Report, null) { Planned = planned };
        EngineCompilation built = new EngineCompiler(machines[0], Build(engines, machines[0])).Compile(planned.Compilation, cancellation);
        var (compiled, report) = Add(built.Compiled, built.Report, [.. machines.Skip(1)], engines, cancellation);
        PlanReport plan = planned.Replanned(built.Compilation);
        return new(compiled, plan, report) { Planned = planned with { Compilation = built.Compilation, Report = plan } };
    }

    /// <summary>Adds engines for machines to a compiled model, whose plan stays.</summary>
    private (CompiledModel Compiled, BuildReport Report) Add(
        CompiledModel compiled, BuildReport? report, IReadOnlyList<BuildMachine> machines, EngineService engines,
        CancellationToken cancellation)
    {
        foreach (BuildMachine machine in machines)
        {
            (compiled, BuildReport more) = new EngineCompiler(machine, Build(engines, machine)).Add(compiled, cancellation);
            report = report is null ? more : report.And(more);
        }
        return (compiled, report!);
    }

    /// <summary>A compiled model. If engines are required and it has none for this machine, they are built for this run.</summary>
    private CompiledModel WithEngines(Model canonical, EngineService? engines, CancellationToken cancellation)
    {
        CompiledModel compiled = CompiledModelFormat.Read(canonical.Path!); // it runs in the opset that it was written in
        if (engines is not { IsRequired: true } || engines.FindMachine(out _) is not { } machine) return compiled;
        bool isComplete = compiled.AllGroups.All(g => EngineFit.Choose(g.Engines, machine, null, out _) is not null);
        if (isComplete && EngineOrigin.FindUnusable(compiled).IsEmpty) return compiled;
        return new EngineCompiler(machine, Build(engines, machine)).Add(CompiledModelFormat.Read(canonical), cancellation).Compiled;
    }

    private EngineOptions Build(EngineService engines, BuildMachine machine) =>
        engines.BuildOptions(Operators, request.ShapeRanges, machine.Release);

    private static bool HasType(Graph graph, ElementType element) => graph.Nodes.Any(n =>
        n.Outputs.Any(v => v?.ElementType == element) || n.Attributes.Bodies().Any(b => HasType(b, element)));

    /// <summary>Compiles the model once more, without passes that change weights. Its warnings were printed the first time.</summary>
    private CompiledModel CompileExactly(Model model, TensorRtRelease? installed) =>
        new ModelCompiler(Operators, _settings.Options(installed) with { Passes = Pipeline.Exact, Expand = false, Dump = null })
            .Plan(_settings.Source(model)).ToCompiledModel();
}
