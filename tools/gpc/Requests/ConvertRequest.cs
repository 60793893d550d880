using System.Collections.Immutable;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Options;

namespace GraphPartition.Gpc.Requests;

/// <summary>What to convert, and where to.</summary>
/// <param name="Model">The model and its passes.</param>
/// <param name="Precision">The format, and what stays in FP32.</param>
/// <param name="Output">The file to write.</param>
/// <param name="Samples">What the FP32 model runs on; empty: nothing is measured.</param>
internal sealed record ConvertRequest(ModelRequest Model, PrecisionOptions Precision, string Output, SampleRequest Samples)
{
    /// <summary>What the conversion must keep; empty where no budget is given.</summary>
    public ImmutableArray<AccuracyBudget> Budgets { get; init; } = [];

    /// <summary>A command that judges a converted model; null: there is none.</summary>
    public string? BudgetCommand { get; init; }

    /// <summary>The file that keeps what the search measured; null: nothing is kept.</summary>
    public string? Measurements { get; init; }

    /// <summary>Whether nodes are searched that stay in FP32.</summary>
    public bool HasBudget => !Budgets.IsEmpty || BudgetCommand is not null;
}
