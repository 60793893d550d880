using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Expanding;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Compiler;

/// <summary>Options of <see cref="ModelCompiler"/>.</summary>
public sealed record CompileOptions
{
    /// <summary>The TensorRT release that the plan is for.</summary>
    public TensorRtTarget Target { get; init; } = TensorRtTarget.Default;

    /// <summary>Decides which nodes an engine may take; null: the operator table's rules for <see cref="Target"/>.</summary>
    public SupportPolicy? SupportPolicy { get; init; }

    /// <summary>What may form a group.</summary>
    public GroupMode Groups { get; init; } = GroupMode.Minimum;

    /// <summary>Constraints on engines.</summary>
    public PlanConstraints Constraints { get; init; } = PlanConstraints.None;

    /// <summary>The passes before the graph is partitioned; null: <see cref="Pipeline.Standard"/>.</summary>
    public Pipeline? Passes { get; init; }

    /// <summary>
    /// Shapes that inputs have in every run, by name; the passes and the plan build on them. A dimension that is not a known number stays
    /// open. Empty: the model's own (<see cref="FixedShapes"/>).
    /// </summary>
    public IReadOnlyDictionary<string, Shape> InputShapes { get; init; } = ImmutableDictionary<string, Shape>.Empty;

    /// <summary>Bytes by which a folded constant may exceed the constants that it replaces.</summary>
    public long FoldLimit { get; init; } = PassContext.DefaultFoldLimit;

    /// <summary>The largest number of iterations for which a loop of known length is unrolled; 0: loops stay.</summary>
    public long UnrollLimit { get; init; }

    /// <summary>
    /// Whether a node that the target lacks is expressed in operators that it has, where all of them can be in an engine. It concerns
    /// the operator table's rules only: other policies judge the nodes as they are.
    /// </summary>
    public bool Expand { get; init; } = true;

    /// <summary>
    /// Operators that are not expressed in others, as <see cref="OpName.ToString"/> writes them, and rules for the target that are not
    /// applied (<see cref="Expansions.Rules"/>).
    /// </summary>
    public ImmutableHashSet<string> NotExpanded { get; init; } = [];

    /// <summary>Gives the graph other types behind the passes; null: it keeps its types.</summary>
    public IPrecisionConversion? Precision { get; init; }

    /// <summary>Names of values inside the graph whose sizes are given when engines are built.</summary>
    public ImmutableHashSet<string> Sized { get; init; } = [];

    /// <summary>Computes constant nodes; null: only shape arithmetic is folded.</summary>
    public IConstantEvaluator? Evaluator { get; init; }

    /// <summary>Runs the model once to observe what inference leaves open; null: nothing is observed.</summary>
    public IValueObserver? Observer { get; init; }

    /// <summary>The libraries that the model is compiled with; the compiled model remembers them.</summary>
    public ImmutableArray<UsedLibrary> Libraries { get; init; } = [];

    /// <summary>Whether the graph is verified after every pass, not only after the last.</summary>
    public bool Verify { get; init; }

    /// <summary>Whether <see cref="Compilation.Changes"/> keeps the graphs before and after each pass.</summary>
    public bool KeepsGraphs { get; init; }

    /// <summary>Called after every pass that changed the graph, with the name of the pass; null: not called.</summary>
    public Action<string, Graph>? Dump { get; init; }
}
