using GraphPartition.MixedPrecision.Diagnostics;
using GraphPartition.MixedPrecision.Measuring;

namespace GraphPartition.MixedPrecision.Budgets;

/// <summary>Which budget applies to which output.</summary>
public sealed class CoveredOutputs
{
    private readonly ImmutableArray<(AccuracyBudget Budget, string Output)> _pairs;

    /// <summary>Finds the outputs of the budgets.</summary>
    /// <exception cref="ModelException">GP3112: there is no such output, or none that a budget can apply to.</exception>
    public CoveredOutputs(ImmutableArray<AccuracyBudget> budgets, Graph graph)
    {
        string[] names = [.. graph.Outputs.Select(v => v.Name)];
        Diagnostic[] unknown = [.. budgets.Where(b => b.Output is { } name && !names.Contains(name)).Select(b =>
            PrecisionCodes.BadBudget.At($"--budget {b}", $"the model has no output '{b.Output}'{NearNames.Hint(b.Output!, names)}"))];
        if (unknown.Length > 0) throw new ModelException(unknown);
        HashSet<string> own = [.. budgets.Select(b => b.Output).OfType<string>()];
        string[] others = [.. graph.Outputs.Where(v => Numbers.IsFloat(v.ElementType) && !own.Contains(v.Name)).Select(v => v.Name)];
        _pairs = [.. budgets.SelectMany(b => (b.Output is { } name ? [name] : others).Select(o => (b, o)))];
        if (budgets.FirstOrDefault(b => !_pairs.Any(p => p.Budget == b)) is { } idle)
            throw PrecisionCodes.BadBudget.Error($"--budget {idle}", "no output of floating-point numbers is left for it");
    }

    /// <summary>The budgets of a part of a model: those for outputs that it lacks, or for which it has none, do not count.</summary>
    /// <returns>Null: no budget is left.</returns>
    public static CoveredOutputs? InPart(ImmutableArray<AccuracyBudget> budgets, Graph part)
    {
        string[] floats = [.. part.Outputs.Where(v => Numbers.IsFloat(v.ElementType)).Select(v => v.Name)];
        AccuracyBudget[] own = [.. budgets.Where(b => b.Output is { } name && part.Outputs.Any(v => v.Name == name))];
        bool hasOthers = floats.Except(own.Select(b => b.Output)).Any();
        ImmutableArray<AccuracyBudget> left = [.. budgets.Where(b => b.Output is null ? hasOthers : own.Contains(b))];
        return left.IsEmpty ? null : new(left, part);
    }

    /// <summary>Whether a budget covers the output.</summary>
    public bool Has(string output) => _pairs.Any(p => p.Output == output);

    /// <summary>How far the measurements are from the budgets: the worst decides; at most 0 where all hold.</summary>
    public double Shortfall(ImmutableArray<OutputMeasure> measures) => Of(measures, (b, m) => b.Shortfall(m));

    /// <summary>The noise as a part of what the budgets allow; without budgets, the largest share of noise of all outputs.</summary>
    public double Noise(ImmutableArray<OutputMeasure> measures) => _pairs.IsEmpty
        ? measures.Select(m => m.NoiseShare).DefaultIfEmpty(0).Max() : Of(measures, (b, m) => b.NoisePart(m));

    /// <summary>Each budget on each of its outputs.</summary>
    public ImmutableArray<BudgetLine> Lines(ImmutableArray<OutputMeasure> before, ImmutableArray<OutputMeasure> after) =>
        [.. _pairs.Select(p => new BudgetLine(p.Budget.ToString(), p.Output, Describe(p, before), Describe(p, after)))];

    /// <summary>The budgets that do not hold, each with the output and what was measured there.</summary>
    public ImmutableArray<(AccuracyBudget Budget, string Output, string Measured)> Broken(ImmutableArray<OutputMeasure> measures) =>
        [.. _pairs.Where(p => Find(p.Output, measures) is not { } measure || !p.Budget.Holds(measure))
            .Select(p => (p.Budget, p.Output, Describe(p, measures)))];

    /// <summary>The measurement that is farthest from its budget.</summary>
    public string Worst(ImmutableArray<OutputMeasure> measures)
    {
        if (_pairs.IsEmpty) return "the command fails";
        var worst = _pairs.MaxBy(p => Find(p.Output, measures) is { } m ? p.Budget.Shortfall(m) : double.PositiveInfinity);
        return (_pairs.Select(p => p.Output).Distinct().Count() > 1 ? $"{worst.Output}: " : "") + Describe(worst, measures);
    }

    private double Of(ImmutableArray<OutputMeasure> measures, Func<AccuracyBudget, OutputMeasure, double> part)
    {
        double most = _pairs.IsEmpty ? 0 : double.NegativeInfinity;
        foreach ((AccuracyBudget budget, string output) in _pairs)
            most = Math.Max(most, Find(output, measures) is { } measure ? part(budget, measure) : double.PositiveInfinity);
        return most;
    }

    private static string Describe((AccuracyBudget Budget, string Output) pair, ImmutableArray<OutputMeasure> measures) =>
        Find(pair.Output, measures) is { } measure ? pair.Budget.Describe(measure) : "not comparable";

    private static OutputMeasure? Find(string output, ImmutableArray<OutputMeasure> measures)
    {
        foreach (OutputMeasure measure in measures)
            if (measure.Output == output) return measure;
        return null;
    }
}
