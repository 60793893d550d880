using System.Collections.Immutable;
using System.CommandLine;
using GraphPartition.MixedPrecision.Budgets;

namespace GraphPartition.Gpc.Options;

/// <summary>The option --budget: how exact outputs must be on samples.</summary>
internal sealed class BudgetOption : Option<string[]>
{
    /// <summary>The option.</summary>
    /// <param name="description">What the command does with budgets.</param>
    public BudgetOption(string description) : base("--budget") =>
        (Description, HelpName) = (description + " It may be given several times, also for one output each.", "[OUTPUT=]METRIC:LIMIT");

    /// <summary>The budgets of the command line.</summary>
    /// <exception cref="Foundation.ModelException">GP3112: a budget cannot be read.</exception>
    public ImmutableArray<AccuracyBudget> Read(ParseResult parsed) =>
        [.. (parsed.GetValue(this) ?? []).Select(text => AccuracyBudget.Parse(text, $"{Name} {text}"))];
}
