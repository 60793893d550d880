namespace GraphPartition.MixedPrecision.Search;

/// <summary>A set of units that stay in FP32 and meets the budget.</summary>
/// <param name="Units">The units, ascending.</param>
/// <param name="LeastCount">So many are needed at least: all smaller sets were measured, and none met the budget.</param>
public sealed record KeptSet(ImmutableArray<int> Units, int LeastCount)
{
    /// <summary>Whether no smaller set meets the budget.</summary>
    public bool IsMinimum => LeastCount == Units.Length;
}
