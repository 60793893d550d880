namespace GraphPartition.TestSupport;

/// <summary>How much of a grid is tried: a sample in every test run, all of it with GRAPHPARTITION_FULL_GRID=1.</summary>
public static class Grid
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("GRAPHPARTITION_FULL_GRID") == "1";

    public static ulong Size(ulong sample, ulong all) => IsFull ? all : sample;
}
