using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Expanding;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Gpc.Services;

/// <summary>How the compiler plans the model of a request: its operators, its release and its options.</summary>
internal sealed class PlanSettings(ModelRequest request)
{
    private CustomOperators? _customOperators;
    private OperatorTable? _operators;
    private bool _toldOfTarget;

    /// <summary>The libraries of custom operators, loaded.</summary>
    public CustomOperators CustomOperators => _customOperators ??= CustomOperatorLoader.Load(request.CustomOperators);

    /// <summary>The operators, with those that the user adds.</summary>
    public OperatorTable Operators => _operators ??= ModelReader.Operators(request.OperatorFiles, CustomOperators);

    /// <summary>The TensorRT release of a name.</summary>
    /// <exception cref="ModelException">GP3002: it is not known.</exception>
    public static TensorRtTarget TargetOf(string name) => TensorRtTarget.TryParse(name, out TensorRtTarget? target) ? target
        : throw GpcCodes.UnknownTarget.Error(name, $"known releases are {string.Join(", ", TensorRtTarget.Releases)}");

    /// <summary>The requested release; null: none is requested.</summary>
    public TensorRtRelease? Release =>
        TensorRtRelease.TryParse(request.Target, out TensorRtRelease release) ? release : null;

    /// <summary>The release that builds, else the one that is planned for.</summary>
    public TensorRtRelease ReleaseFor(TensorRtRelease? installed) => installed ?? TargetFor(null).Release;

    /// <summary>The release to plan for: the requested one, or that of the library that builds the engines.</summary>
    private TensorRtTarget TargetFor(TensorRtRelease? installed)
    {
        TensorRtTarget? known = installed is { } release ? TensorRtTarget.For(release) : null;
        TensorRtTarget target = request.Target is { } name ? TargetOf(name) : known ?? TensorRtTarget.Default;
        if (installed is null || target.Release == installed.Value.WithoutPatch || _toldOfTarget) return target;
        _toldOfTarget = true;
        ModelReader.Warn([GpcCodes.TargetDiffers.At(request.Target is null ? "the default target" : "--target",
            $"the plan is for {target}, the engines are built with {installed}")]);
        return target;
    }

    /// <summary>The options for the library that builds engines; null: there is none.</summary>
    public CompileOptions Options(TensorRtRelease? installed) => Options(TargetFor(installed));

    /// <summary>The options for a release.</summary>
    public CompileOptions Options(TensorRtTarget target)
    {
        if (request.AllowNarrowing) target = target with { AllowsDoubleAsFloat = true, AllowsInt64AsInt32 = true };
        SupportPolicy support = SupportPolicy.Parse(request.Support, Operators, target);
        return new CompileOptions
        {
            Target = target,
            SupportPolicy = support,
            Sized = [.. request.ShapeRanges.Names],
            Constraints = request.Constraints,
            Groups = request.Groups,
            Passes = Pipeline.Parse(request.Passes),
            FoldLimit = request.FoldLimit,
            UnrollLimit = request.UnrollLimit,
            Expand = request.Expand,
            NotExpanded = Expansions.Checked(request.NotExpanded, Operators),
            Evaluator = new OrtConstantEvaluator(CustomOperators),
            KeepsGraphs = request.KeepsGraphs,
            Dump = request.DumpAfter is { } wanted ? (pass, graph) => Dump(wanted, pass, graph) : null,
        };
    }

    /// <summary>A compiled model is planned again from its flat graph, so that every option means the same for both kinds of
    /// file.</summary>
    private static Model Flat(Model model) => CompiledModelFormat.IsCompiled(model) ? CompiledModelFormat.Read(model).Model : model;

    /// <summary>The model as it is planned: flat, with the sizes that the request fixes.</summary>
    /// <exception cref="ModelException">GP3020: a shape does not fit.</exception>
    public Model Source(Model model)
    {
        Dictionary<string, Shape> shapes = request.InputShapes.ToDictionary(s => s.Key, s => Shape.Of(s.Value));
        Model source = FixedShapes.In(Flat(model), shapes, Operators);
        return FixedShapes.In(source, request.ShapeRanges.FixedOf(source.Graph), Operators);
    }

    /// <summary>The libraries that are given, and those that a compiled model was made with before.</summary>
    public ImmutableArray<UsedLibrary> LibrariesOf(Model model) =>
        [.. CustomOperators.Libraries, .. UsedLibrary.Missing(CompiledModelFormat.LibrariesOf(model), CustomOperators.Libraries)];

    private static void Dump(string wanted, string pass, Graph graph)
    {
        if (wanted == "all" || wanted == pass) Console.Error.WriteLine($"// after {pass}\n{GraphPrinter.Print(graph)}");
    }
}
