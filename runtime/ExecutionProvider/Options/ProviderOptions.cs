using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.ExecutionProvider.Options;

/// <summary>The options that a user gives to the provider, checked. Names and meanings are those of gpc.</summary>
internal sealed record ProviderOptions
{
    /// <summary>The release that the plan is for.</summary>
    public required TensorRtTarget Target { get; init; }

    /// <summary>Decides which nodes a group may take.</summary>
    public required SupportPolicy Support { get; init; }

    /// <summary>What may form a group.</summary>
    public required GroupMode Groups { get; init; }

    /// <summary>Constraints on groups.</summary>
    public required PlanConstraints Constraints { get; init; }

    /// <summary>The file that gets the plan as JSON; null: none.</summary>
    public string? Report { get; init; }

    /// <summary>The TensorRT that builds and runs engines; null: groups have none.</summary>
    public TensorRtOptions? TensorRt { get; init; }

    /// <summary>Whether the user named the target: then a library of another release does not change it.</summary>
    public bool IsTargetGiven { get; init; }

    /// <summary>What runs groups without an engine.</summary>
    public required InnerProvider Provider { get; init; }

    /// <summary>The number of the GPU that runs groups.</summary>
    public int Device { get; init; }

    /// <summary>The threads of an inner session; 0: as many as ONNX Runtime chooses.</summary>
    public int Threads { get; init; }

    /// <summary>How far inner sessions optimize their graphs.</summary>
    public required Optimization Optimization { get; init; }

    /// <summary>Whether the work of inner sessions on the GPU is recorded.</summary>
    public Recording Recording { get; init; }

    /// <summary>What happens to an EPContext node that does not fit this machine.</summary>
    public Mismatch OnMismatch { get; init; }

    /// <summary>
    /// The path of a model with EPContext nodes that was loaded from memory (ONNX Runtime's key ep.context_file_path); null: there is none.
    /// </summary>
    public string? ContextPath { get; init; }

    /// <summary>How EPContext nodes are written; null: none are.</summary>
    public ContextOptions? Context { get; init; }

    /// <summary>The options for an installed release: it is the target, unless the user named another one.</summary>
    public ProviderOptions For(TensorRtRelease installed) =>
        IsTargetGiven || TensorRtTarget.For(installed) is not { } target ? this
            : this with { Target = target, Support = Support is TableSupport ? new TableSupport(OperatorTable.Default, target) : Support };
}

/// <summary>What the session options state about EPContext nodes (ONNX Runtime's keys <c>ep.context_*</c>).</summary>
/// <param name="ModelPath">The model that ONNX Runtime writes; null: beside the source, with a name that it makes up.</param>
/// <param name="Embeds">Whether the node has the bytes; if not, it has the path of a file beside the model.</param>
internal sealed record ContextOptions(string? ModelPath, bool Embeds);
