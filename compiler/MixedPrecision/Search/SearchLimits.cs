namespace GraphPartition.MixedPrecision.Search;

/// <summary>How long a search goes on.</summary>
public sealed record SearchLimits
{
    /// <summary>The most measurements that show that fewer nodes are not enough; 0: nothing is shown.</summary>
    public int Proof { get; init; } = 4096;

    /// <summary>The most measurements that try to replace two nodes by one.</summary>
    public int Exchange { get; init; } = 300;

    /// <summary>Samples that the noise of single nodes is measured on; a budget is always measured on all.</summary>
    public int SweepSamples { get; init; } = 2;

    /// <summary>Up to so many nodes are measured one by one; more are measured in groups of neighbors first.</summary>
    public int MostUnits { get; init; } = 512;
}
