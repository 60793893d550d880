using GraphPartition.MixedPrecision.Search;

namespace GraphPartition.MixedPrecision.Budgets;

/// <summary>What a conversion must keep, and how it is searched for.</summary>
/// <param name="Budgets">All of them must hold; none where only <see cref="Check"/> decides.</param>
public sealed record BudgetOptions(ImmutableArray<AccuracyBudget> Budgets)
{
    /// <summary>Whether a converted model is good enough, for tasks that no budget describes; null: the budgets decide alone.</summary>
    public Func<ConvertedModel, bool>? Check { get; init; }

    /// <summary>The file that keeps what was measured, so that a search can go on after it was stopped; null: nothing is kept.</summary>
    public string? Measurements { get; init; }

    /// <summary>How long to search.</summary>
    public SearchLimits Limits { get; init; } = new();

    /// <summary>Receives what is being measured, how much of it is done, and of how much; null: nobody looks.</summary>
    public Action<string, int, int>? Progress { get; init; }
}
