using System.Collections.Immutable;
using System.Globalization;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Measuring;

namespace GraphPartition.Gpc.Gates;

/// <summary>A model and the conditions on its plan for a release.</summary>
/// <param name="Path">The file as the user named it.</param>
/// <param name="Target">The release.</param>
/// <param name="Gates">The conditions.</param>
internal sealed record CheckedModel(string Path, string Target, IReadOnlyList<Gate> Gates)
{
    /// <summary>Whether all conditions hold.</summary>
    public bool Holds => Gates.All(g => g.Holds);
}

/// <summary>A condition on the plan of a model, and whether it holds.</summary>
/// <param name="Name">The option that asks for it, without dashes: the rule's name in reports.</param>
/// <param name="Limit">What was required.</param>
/// <param name="Actual">What the plan has.</param>
/// <param name="Findings">A sentence for each violation, with the node if one is at fault; empty if the condition holds.</param>
internal sealed record Gate(string Name, string Limit, string Actual, ImmutableArray<LockChange> Findings)
{
    /// <summary>Whether the condition holds.</summary>
    public bool Holds => Findings.IsEmpty;

    /// <summary>At most so many engines.</summary>
    public static Gate MaxEngines(PlanFile plan, int most) => Of("max-engines", $"{most}", $"{plan.Proof.TotalEngines}",
        plan.Proof.TotalEngines <= most, $"the plan has {plan.Proof.TotalEngines} {(plan.Proof.TotalEngines == 1 ? "engine" : "engines")}, at most {most} "
            + $"{(most == 1 ? "is" : "are")} allowed", FallingBack(plan));

    /// <summary>At least a share of the nodes that an engine may take.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="least">The share, from 0 to 1.</param>
    public static Gate MinSupported(PlanFile plan, double least)
    {
        double share = plan.Summary.Nodes == 0 ? 1 : (double)plan.Summary.Supported / plan.Summary.Nodes;
        string text = string.Create(CultureInfo.InvariantCulture, $"{share:P1}"), limit = string.Create(CultureInfo.InvariantCulture, $"{least:P1}");
        return Of("min-supported", limit, text, share >= least,
            $"an engine may take {plan.Summary.Supported} of {plan.Summary.Nodes} nodes ({text}), at least {limit} are required", FallingBack(plan));
    }

    /// <summary>At most so many bytes that cross boundaries between segments.</summary>
    public static Gate MaxBoundary(PlanFile plan, long most) => Of("max-boundary", $"{most}", $"{plan.Summary.BoundaryBytes:F0}",
        plan.Summary.BoundaryBytes <= most, $"{plan.Summary.BoundaryBytes:F0} bytes cross boundaries, at most {most} are allowed", []);

    /// <summary>The errors of the outputs are within the budgets.</summary>
    public static Gate Budget(ImmutableArray<AccuracyBudget> budgets, CoveredOutputs covered, ImmutableArray<OutputMeasure> measures) =>
        new("budget", string.Join(", ", budgets), covered.Worst(measures), [.. covered.Broken(measures).Select(b =>
            new LockChange($"output '{b.Output}' has {b.Measured} on the samples, the budget is {b.Budget}", null))]);

    /// <summary>The plan is the one in a lock.</summary>
    public static Gate Lock(PlanLock locked, PlanLock now, string path)
    {
        ImmutableArray<LockChange> changes = locked.ChangesTo(now);
        return new("lock", path, changes.IsEmpty ? "unchanged" : "changed", changes);
    }

    private static Gate Of(string name, string limit, string actual, bool holds, string text, IEnumerable<LockChange> causes) =>
        new(name, limit, actual, holds ? [] : [new(text, null), .. causes]);

    private static IEnumerable<LockChange> FallingBack(PlanFile plan) =>
        PlanLock.Of(plan).Fallback.Select(f => new LockChange($"'{f.Key}' falls back: {f.Value}", f.Key));
}
