using GraphPartition.Ir.Tensors;

namespace GraphPartition.Runtime.Comparison;

/// <summary>
/// How far two numbers may differ: <c>|actual - expected| &lt;= Absolute + Relative * |expected|</c>. NaN equals NaN, an
/// infinity equals only itself.
/// </summary>
/// <param name="Relative">Part of the expected value.</param>
/// <param name="Absolute">In units of the value.</param>
public readonly record struct Tolerance(double Relative, double Absolute)
{
    /// <summary>No difference at all.</summary>
    public static Tolerance Exact => default;

    /// <summary>
    /// The tolerance of an element type, for computations that take their steps in another order: two or three decimal digits
    /// of what the type holds are given away. Integers, bools and strings must be equal.
    /// </summary>
    public static Tolerance Of(ElementType type) => type switch
    {
        ElementType.Float64 => new(1e-7, 1e-9),
        ElementType.Float32 => new(1e-3, 1e-4),
        ElementType.Float16 => new(1e-2, 1e-3),
        ElementType.BFloat16 => new(5e-2, 1e-2),
        _ when Numbers.IsFloat(type) => new(0.25, 0.1), // 8 bits and less: one step of the last mantissa bit
        ElementType.Complex64 => new(1e-3, 1e-4),
        ElementType.Complex128 => new(1e-7, 1e-9),
        _ => Exact,
    };

    /// <summary>Whether <paramref name="actual"/> is within the tolerance.</summary>
    public bool Accepts(double expected, double actual)
    {
        if (double.IsNaN(expected) || double.IsNaN(actual)) return double.IsNaN(expected) && double.IsNaN(actual);
        if (double.IsInfinity(expected) || double.IsInfinity(actual)) return expected.Equals(actual);
        return Math.Abs(actual - expected) <= Absolute + Relative * Math.Abs(expected);
    }
}
