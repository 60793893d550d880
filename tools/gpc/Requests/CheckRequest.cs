using System.Collections.Immutable;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.Operators.Definitions;

namespace GraphPartition.Gpc.Requests;

/// <summary>Which models to check, for which releases, and what their plans must keep.</summary>
/// <param name="Model">How to plan; its path and target are those of no model in particular.</param>
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

    /// <summary>The lock file, with {model} and {target} for what changes; null: there is none.</summary>
    public string? Lock { get; init; }

    /// <summary>Whether the lock file is written.</summary>
    public bool UpdatesLock { get; init; }

    /// <summary>What the outputs must keep; null: nothing.</summary>
    public AccuracyRequest? Accuracy { get; init; }
}

/// <summary>How exact the planned graph must be on samples.</summary>
/// <param name="Budgets">What outputs must keep.</param>
/// <param name="Format">The format that its nodes get first; null: none.</param>
/// <param name="Reference">The model that is right; null: the model itself, before the passes.</param>
/// <param name="Samples">The samples.</param>
internal sealed record AccuracyRequest(
    ImmutableArray<AccuracyBudget> Budgets, LowFormat? Format, string? Reference, SampleRequest Samples);
