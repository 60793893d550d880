using System.CommandLine;
using System.Diagnostics;
using GraphPartition.Partitioning.Boundaries;
using GraphPartition.Partitioning.Connected;
using GraphPartition.Partitioning.Graphs;
using GraphPartition.Partitioning.Minimum;
using GraphPartition.TestModels.Graphs;

namespace GraphPartition.Benchmarks;

/// <summary>The partitioner alone, on random graphs: 20% unsupported, edges at most 50 nodes long.</summary>
internal static class PartitionBenchmark
{
    private static readonly int[] Sizes = [1_000, 3_000, 10_000, 20_000, 100_000, 1_000_000];

    public static Command Create()
    {
        var command = new Command("partition", "Time of the partitioner on random graphs of 10^3 to 10^6 nodes.");
        command.SetAction(_ =>
        {
            Console.WriteLine(
                "| nodes | edges | engines | minimum ms | bytes allocated / node | with boundaries ms | CPU ms | bytes allocated / node | exact | connected ms | connected engines |");
            Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
            Row(1000); // compiles the code; printed once more below
            foreach (int nodes in Sizes) Row(nodes);
            return 0;
        });
        return command;
    }

    private static void Row(int nodes)
    {
        MarkedGraph marked = GraphGenerators.RandomDag(nodes, 0.2, 50);
        (double minimum, Partition plan, long bytes) = Best(() => LevelPartitioner.Partition(marked.Graph, marked.Supported));
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        (double optimal, BoundaryResult boundary, long boundaryBytes) =
            Best(() => BoundaryOptimizer.Optimize(marked.Graph, marked.Supported), 1);
        double cpuMs = (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds;
        (double connected, Partition groups, _) = Best(() => ConnectedPartitioner.Partition(marked.Graph, marked.Supported), 1);
        Console.WriteLine(
            $"| {nodes} | {marked.Graph.EdgeCount} | {plan.EngineCount} | {minimum:F1} | {bytes / nodes} | {optimal:F0} | {cpuMs:F0} | {boundaryBytes / nodes} | {boundary.IsExact} | {connected:F0} | {groups.EngineCount} |");
    }

    private static (double Ms, T Result, long Bytes) Best<T>(Func<T> work, int repeats = 5)
    {
        double best = double.MaxValue;
        T result = default!;
        long bytes = 0;
        for (int i = 0; i < repeats; i++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true), start = Stopwatch.GetTimestamp();
            result = work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            bytes = GC.GetTotalAllocatedBytes(precise: true) - before;
        }
        return (best, result, bytes);
    }
}
