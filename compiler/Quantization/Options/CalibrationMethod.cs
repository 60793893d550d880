using System.Globalization;

namespace GraphPartition.Quantization.Options;

/// <summary>How a threshold T follows from the magnitudes of a tensor; the scale is T / 127 for INT8.</summary>
public enum CalibrationKind
{
    /// <summary>T is the largest magnitude.</summary>
    Max,
    /// <summary>T is the smallest edge of a bin below which a share of all magnitudes lies.</summary>
    Percentile,
    /// <summary>T has the smallest squared error.</summary>
    Mse,
    /// <summary>T has the smallest Kullback-Leibler divergence (S. Migacz, GTC 2017, S7310).</summary>
    Entropy,
}

/// <summary>A method of calibration.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Percent">The share of magnitudes that a percentile keeps, in percent; unused by others.</param>
public sealed record CalibrationMethod(CalibrationKind Kind, double Percent = 0)
{
    /// <summary>The largest magnitude.</summary>
    public static CalibrationMethod Max { get; } = new(CalibrationKind.Max);

    /// <summary>The percentile 99.99.</summary>
    public static CalibrationMethod Percentile { get; } = new(CalibrationKind.Percentile, 99.99);

    /// <summary>The smallest squared error.</summary>
    public static CalibrationMethod Mse { get; } = new(CalibrationKind.Mse);

    /// <summary>The smallest divergence.</summary>
    public static CalibrationMethod Entropy { get; } = new(CalibrationKind.Entropy);

    /// <summary>What <c>auto</c> chooses from, by the measured error of the outputs.</summary>
    public static ImmutableArray<CalibrationMethod> Candidates { get; } =
        [Mse, Max, Percentile, new(CalibrationKind.Percentile, 99.999), new(CalibrationKind.Percentile, 99.9), Entropy];

    /// <summary>Whether it clips so many numbers that only several samples can tell whether that is right.</summary>
    internal bool ClipsMuch => Kind == CalibrationKind.Entropy || Kind == CalibrationKind.Percentile && Percent < Percentile.Percent;

    /// <inheritdoc/>
    public override string ToString() => Kind == CalibrationKind.Percentile
        ? string.Create(CultureInfo.InvariantCulture, $"percentile {Percent}") : Kind.ToString().ToLowerInvariant();
}
