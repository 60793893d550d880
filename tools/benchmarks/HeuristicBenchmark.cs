using System.CommandLine;
using System.Diagnostics;
using GraphPartition.Partitioning.Boundaries;
using GraphPartition.Partitioning.Minimum;
using GraphPartition.TestModels.Graphs;

namespace GraphPartition.Benchmarks;

/// <summary>The boundary heuristic against the exact answer, on graphs of every shape that both can solve.</summary>
internal static class HeuristicBenchmark
{
    public static Command Create()
    {
        var command =
            new Command("heuristic",
                "Boundary cost of the heuristic against the exact answer on graphs of about 20,000 nodes of every shape.");
        var nodes = new Option<int>("--nodes") { DefaultValueFactory = _ => 20_000 };
        command.Add(nodes);
        command.SetAction(parsed =>
        {
            int n = parsed.GetValue(nodes);
            Console.WriteLine("| graph | nodes | engines | exact ms | heuristic ms | earliest / exact | heuristic / exact |");
            Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- |");
            foreach ((string name, Func<MarkedGraph> make) in Shapes(n)) Row(name, make());
            return 0;
        });
        return command;
    }

    private static IEnumerable<(string Name, Func<MarkedGraph> Make)> Shapes(int n) =>
    [
        ("random, window 50", () => GraphGenerators.RandomDag(n, 0.2, 50)),
        ("random, window 500", () => GraphGenerators.RandomDag(n, 0.2, 500)),
        ("random, window 5000", () => GraphGenerators.RandomDag(n, 0.2, 5000)),
        ("layered, 1000 wide", () => GraphGenerators.Layered(n / 1000, 1000, 0.2)),
        ("layered, 100 wide", () => GraphGenerators.Layered(n / 100, 100, 0.2)),
        ("layered, 10 wide", () => GraphGenerators.Layered(n / 10, 10, 0.2)),
        ("series-parallel", () => GraphGenerators.SeriesParallel(n, 0.2)),
        ("dense, 2 edges a node", () => GraphGenerators.Dense(n, 4.0 / n, 0.2)),
        ("20 long chains", () => GraphGenerators.LongChains(20, n / 20, 0.2)),
        ("500 chains", () => GraphGenerators.LongChains(500, n / 500, 0.2)),
        ("fan-out 9 with skips", () => GraphGenerators.FanOutWithSkips(n / 10, 9, 0.2)),
        ("fan-out 99 with skips", () => GraphGenerators.FanOutWithSkips(n / 100, 99, 0.2)),
    ];

    private static void Row(string name, MarkedGraph marked)
    {
        (BoundaryResult exact, double exactMs) = Timed(marked, int.MaxValue);
        (BoundaryResult heuristic, double heuristicMs) = Timed(marked, 0);
        BoundaryCost early = BoundaryCost.Of(marked.Graph, LevelPartitioner.Partition(marked.Graph, marked.Supported));
        double least = (double)exact.Cost.ByteBoundaries;
        Console.WriteLine($"| {name} | {marked.Graph.NodeCount} | {exact.Partitioning.EngineCount} | {exactMs:F0} | {heuristicMs:F0} | "
            + $"{(double)early.ByteBoundaries / least:F4} | {(double)heuristic.Cost.ByteBoundaries / least:F4} |");
    }

    private static (BoundaryResult Plan, double Ms) Timed(MarkedGraph marked, int exactLimit)
    {
        long start = Stopwatch.GetTimestamp();
        BoundaryResult plan = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported, exactLimit);
        return (plan, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }
}
