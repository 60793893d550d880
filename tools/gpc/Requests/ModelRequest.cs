using System.Collections.Immutable;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Gpc.Requests;

/// <summary>Which model to read, and how to plan it.</summary>
/// <param name="Path">The file of the model.</param>
internal sealed record ModelRequest(string Path)
{
    /// <summary>The file with the key of an encrypted MindIR model; null: there is none.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Files of operators that the user adds.</summary>
    public ImmutableArray<string> OperatorFiles { get; init; } = [];

    /// <summary>Functions of the model whose calls stay nodes.</summary>
    public ImmutableArray<OpName> KeepFunctions { get; init; } = [];

    /// <summary>Libraries of custom operators for ONNX Runtime.</summary>
    public ImmutableArray<string> CustomOperators { get; init; } = [];

    /// <summary>The TensorRT release to plan for; null: the installed one, or else the default.</summary>
    public string? Target { get; init; }

    /// <summary>Which nodes engines may take, in the words of <c>--support</c>.</summary>
    public string Support { get; init; } = "table";

    /// <summary>What may form a group.</summary>
    public GroupMode Groups { get; init; }

    /// <summary>The passes, in the words of <c>--passes</c>.</summary>
    public string Passes { get; init; } = "standard";

    /// <summary>Shapes that inputs have in every run, by name.</summary>
    public IReadOnlyDictionary<string, long[]> InputShapes { get; init; } = ImmutableDictionary<string, long[]>.Empty;

    /// <summary>The shapes that engines must accept.</summary>
    public ModelShapes ShapeRanges { get; init; } = ModelShapes.None;

    /// <summary>How many bytes a folded constant may add to the model.</summary>
    public long FoldLimit { get; init; } = PassContext.DefaultFoldLimit;

    /// <summary>Up to how many iterations a loop is unrolled; 0: none.</summary>
    public long UnrollLimit { get; init; }

    /// <summary>Whether nodes that the release lacks are expressed in operators that it has.</summary>
    public bool Expand { get; init; } = true;

    /// <summary>Operators that are not expressed in others, and rules for the target that are not applied.</summary>
    public ImmutableHashSet<string> NotExpanded { get; init; } = [];

    /// <summary>Whether engines may compute in narrower types although numbers may be lost.</summary>
    public bool AllowNarrowing { get; init; }

    /// <summary>The pass after which the graph is printed, or <c>all</c>; null: none.</summary>
    public string? DumpAfter { get; init; }

    /// <summary>Whether the graphs before and after each pass are kept, to be shown.</summary>
    public bool KeepsGraphs { get; init; }

    /// <summary>What engines must satisfy besides being few.</summary>
    public PlanConstraints Constraints { get; init; } = PlanConstraints.None;

    /// <summary>The inputs of one run that shows what inference leaves open; null: the model does not run.</summary>
    public InputRequest? Observe { get; init; }

    /// <summary>Whether an option changes the plan. If not, a compiled model keeps its plan.</summary>
    public bool ChangesPlan { get; init; }
}
