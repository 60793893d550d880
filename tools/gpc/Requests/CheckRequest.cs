using System.Collections.Immutable;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.Operators.Definitions;

namespace GraphPartition.Gpc.Requests;

/// <summary>Which models to check, for which releases, and what their plans must keep.</summary>
/// <param name="Model">How to plan. Its path and its target are not used.</param>
/// <param name="Paths">The models.</param>
/// <param name="Targets">The releases; null: the default one.</param>
internal sealed record CheckRequest(ModelRequest Model, ImmutableArray<string> Paths, ImmutableArray<string?> Targets)
{
    /// <summary>The most engines; null: no limit.</summary>
    public int? MaxEngines { get; init; }

    /// <summary>The least share of supported nodes, from 0 to 1; null: no limit.</summary>
    public double? MinSupported { get; init; }

    /// <summary>The most bytes that cross boundaries; null: no limit.</summary>
    public long? MaxBoundary { get; init; }

    /// <summary>
    /// The path of the lock file. In it, {model} and {target} stand for the names of the model and of the release. Null: no lock.
    /// </summary>
    public string? Lock { get; init; }

    /// <summary>Whether the lock file is written.</summary>
    public bool UpdatesLock { get; init; }

    /// <summary>The limits for the errors of the outputs; null: errors are not checked.</summary>
    public AccuracyRequest? Accuracy { get; init; }
}

/// <summary>How exact the planned graph must be on samples.</summary>
/// <param name="Budgets">The limits of the errors.</param>
/// <param name="Format">The 16-bit format that its nodes are converted to first; null: they stay as they are.</param>
/// <param name="Reference">The model to compare with; null: the model itself, before the passes.</param>
/// <param name="Samples">The samples.</param>
internal sealed record AccuracyRequest(
    ImmutableArray<AccuracyBudget> Budgets, LowFormat? Format, string? Reference, SampleRequest Samples);
