using System.Globalization;
using GraphPartition.MixedPrecision.Diagnostics;
using GraphPartition.MixedPrecision.Measuring;

namespace GraphPartition.MixedPrecision.Budgets;

/// <summary>What a budget limits.</summary>
public enum BudgetMetric
{
    /// <summary>At least so many dB of signal-to-noise ratio in each sample.</summary>
    Sqnr,
    /// <summary>At least this cosine in each sample.</summary>
    Cosine,
    /// <summary>At least this share of rows with the greatest element at the same place, over all samples.</summary>
    Top1,
    /// <summary>At most this absolute error, in any sample.</summary>
    Max,
}

/// <summary>How far an output may be from that of the FP32 model.</summary>
/// <param name="Output">The output; null: all outputs of floating-point numbers that have no budget of their own.</param>
/// <param name="Metric">What is limited.</param>
/// <param name="Limit">The limit, in dB for <see cref="BudgetMetric.Sqnr"/>.</param>
public sealed record AccuracyBudget(string? Output, BudgetMetric Metric, double Limit)
{
    /// <summary>Reads <c>[OUTPUT=]METRIC:LIMIT</c>, for instance <c>sqnr:40</c> or <c>scores=top1:1.0</c>.</summary>
    /// <param name="text">The budget.</param>
    /// <param name="origin">Where it was written, for messages.</param>
    /// <exception cref="ModelException">GP3112: the text is no budget.</exception>
    public static AccuracyBudget Parse(string text, string origin)
    {
        int equals = text.LastIndexOf('='), colon = text.LastIndexOf(':');
        string? output = equals > 0 ? text[..equals] : null;
        string metric = colon > equals ? text[(equals + 1)..colon] : "";
        if (!Enum.TryParse(metric, ignoreCase: true, out BudgetMetric parsed) || !Enum.IsDefined(parsed) || char.IsDigit(metric[0]))
            throw PrecisionCodes.BadBudget.Error(origin, "a budget is [OUTPUT=]METRIC:LIMIT with sqnr, cosine, top1 or max");
        if (!double.TryParse(text.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out double limit)
            || !double.IsFinite(limit)) throw PrecisionCodes.BadBudget.Error(origin, $"'{text[(colon + 1)..]}' is not a number");
        return (parsed, limit) switch
        {
            (BudgetMetric.Cosine, > 1 or < -1) => throw PrecisionCodes.BadBudget.Error(origin, "a cosine is between -1 and 1"),
            (BudgetMetric.Top1, > 1 or < 0) => throw PrecisionCodes.BadBudget.Error(origin, "top1 is a share between 0 and 1"),
            (BudgetMetric.Max, < 0) => throw PrecisionCodes.BadBudget.Error(origin, "an error is at least 0"),
            _ => new(output, parsed, limit),
        };
    }

    /// <summary>Whether a measurement keeps the budget.</summary>
    internal bool Holds(OutputMeasure measure) => Metric switch
    {
        BudgetMetric.Sqnr => measure.Decibels >= Limit,
        BudgetMetric.Cosine => measure.Cosine >= Limit,
        BudgetMetric.Top1 => measure.Top1 >= Limit && measure.Decibels > double.NegativeInfinity,
        _ => measure.MaxAbsolute <= Limit,
    };

    /// <summary>
    /// How far a measurement is from the budget, in dB of noise: at most 0 where it holds, plus infinite where a result is not finite.
    /// </summary>
    internal double Shortfall(OutputMeasure measure)
    {
        double distance = Metric switch
        {
            BudgetMetric.Sqnr => Limit - measure.Decibels,
            BudgetMetric.Cosine => 10 * Math.Log10((1 - measure.Cosine) / Math.Max(1e-15, 1 - Limit)),
            BudgetMetric.Top1 => 100 * (Limit - measure.Top1),
            _ => 20 * Math.Log10(measure.MaxAbsolute / Math.Max(1e-30, Limit)),
        };
        if (double.IsNaN(distance)) distance = double.PositiveInfinity;
        return Holds(measure) ? Math.Min(0, distance) : Math.Max(double.Epsilon, distance);
    }

    /// <summary>
    /// The noise of a measurement as a part of what the budget allows. Energies of independent errors add up, so these do too.
    /// </summary>
    internal double NoisePart(OutputMeasure measure) => Metric switch
    {
        BudgetMetric.Sqnr => measure.NoiseShare * Math.Pow(10, Limit / 10),
        BudgetMetric.Cosine => measure.NoiseShare / Math.Max(1e-15, 2 * (1 - Limit)),
        BudgetMetric.Max => Math.Pow(measure.MaxAbsolute / Math.Max(1e-30, Limit), 2),
        _ => measure.NoiseShare, // a share of rows has no scale: only the order of nodes counts
    };

    /// <summary>The measurement in the words of the budget, for instance <c>36.1 dB</c> or <c>exact</c>.</summary>
    public string Describe(OutputMeasure measure) => Metric switch
    {
        BudgetMetric.Sqnr when double.IsPositiveInfinity(measure.Decibels) => "exact",
        BudgetMetric.Sqnr when double.IsNegativeInfinity(measure.Decibels) => "not finite",
        BudgetMetric.Sqnr => string.Create(CultureInfo.InvariantCulture, $"{measure.Decibels:F1} dB"),
        BudgetMetric.Cosine => string.Create(CultureInfo.InvariantCulture, $"cosine {measure.Cosine:F6}"),
        BudgetMetric.Top1 => string.Create(CultureInfo.InvariantCulture, $"top1 {measure.Top1:P1}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"max {measure.MaxAbsolute:G3}"),
    };

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{(Output is null ? "" : Output + "=")}{Metric.ToString().ToLowerInvariant()}:{Limit}");
}
