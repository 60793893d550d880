using GraphPartition.MixedPrecision.Measuring;

namespace GraphPartition.MixedPrecision.Budgets;

/// <summary>A node that stays in FP32 for a budget.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Op">Its operator.</param>
/// <param name="Without">What the budget's output has if only this node became 16 bits too, for instance <c>36.1 dB</c>.</param>
/// <param name="Worth">By how much it is better with the node in FP32, in dB of noise; infinite where the result breaks without it.</param>
public sealed record BudgetNode(string Node, string Op, string Without, double Worth);

/// <summary>What a budget has on one output.</summary>
/// <param name="Budget">The budget, for instance <c>sqnr:40</c>.</param>
/// <param name="Output">The output.</param>
/// <param name="Before">The measurement where no node stays for the budget.</param>
/// <param name="After">The measurement of the result.</param>
public sealed record BudgetLine(string Budget, string Output, string Before, string After);

/// <summary>What a search for a budget found.</summary>
/// <param name="Lines">Each budget on each output that it covers.</param>
/// <param name="Kept">The nodes that stay in FP32 for it, in the order of the graph.</param>
/// <param name="Candidates">The nodes that could have become 16 bits.</param>
/// <param name="LeastCount">So many nodes are needed at least: all smaller sets were measured. Equal to the number of kept nodes where
/// that is the minimum.</param>
/// <param name="Measurements">How many choices were measured.</param>
/// <param name="Final">The measurements of the result.</param>
public sealed record BudgetReport(
    ImmutableArray<BudgetLine> Lines, ImmutableArray<BudgetNode> Kept, int Candidates, int LeastCount, int Measurements,
    ImmutableArray<OutputMeasure> Final)
{
    /// <summary>Whether it was shown that fewer nodes are not enough.</summary>
    public bool IsMinimum => LeastCount == Kept.Length;
}

/// <summary>The result of a search.</summary>
/// <param name="Held">The nodes that stay in FP32, with the reason: for <see cref="Options.PrecisionOptions.Held"/>.</param>
/// <param name="Report">What was found.</param>
public sealed record BudgetResult(ImmutableDictionary<Node, string> Held, BudgetReport Report);
