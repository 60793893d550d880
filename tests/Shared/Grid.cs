namespace GraphPartition.Partition.Tests;

/// <summary>How much of a grid of random graphs is tried: a sample in every test run, all of it with GRAPHPARTITION_FULL_GRID=1.</summary>
internal static class Grid
{
    public static ulong Size(ulong sample, ulong all) => Environment.GetEnvironmentVariable("GRAPHPARTITION_FULL_GRID") == "1" ? all : sample;
}
