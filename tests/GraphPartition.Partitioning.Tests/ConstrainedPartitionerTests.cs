using GraphPartition.Partitioning.Boundaries;
using GraphPartition.Partitioning.Checking;
using GraphPartition.Partitioning.Constraints;
using GraphPartition.Partitioning.Graphs;
using GraphPartition.TestModels.Graphs;
using GraphPartition.TestModels.Layers;
using Xunit;

namespace GraphPartition.Partitioning.Tests;

public class ConstrainedPartitionerTests
{
    [Fact]
    public void Without_constraints_it_is_the_optimal_partitioning()
    {
        foreach (MarkedGraph marked in LevelPartitionerTests.Shapes())
        {
            ConstrainedResult plan = ConstrainedPartitioner.Partition(marked.Graph, marked.Supported, new());
            Assert.Empty(plan.Partitioning!.Gaps);
            Assert.Equal(BoundaryOptimizer.Optimize(marked.Graph, marked.Supported).Partitioning.SegmentOf, plan.Partitioning.SegmentOf);
        }
    }

    [Fact]
    public void A_small_engine_falls_back_with_a_reason()
    {
        // 0,1 | U2 | 3: the engine of node 3 is too small.
        var marked = MarkedGraph.Of([[], [0], [1], [2]], 0, 1, 3);
        ConstrainedResult plan = ConstrainedPartitioner.Partition(marked.Graph, marked.Supported, new() { MinNodes = 2 });
        Assert.Equal(1, plan.Partitioning!.EngineCount);
        Assert.Equal([3], Assert.Single(plan.Dropped).Nodes);
        Assert.Equal(-1, Assert.Single(plan.Partitioning.Gaps).Engines);
        Assert.Equal(2, plan.Partitioning.Bound);
    }

    [Fact]
    public void An_included_node_keeps_its_small_engine()
    {
        var marked = MarkedGraph.Of([[], [0], [1], [2]], 0, 1, 3);
        var constraints = new PartitionConstraints { MinNodes = 2, Included = [3] };
        Assert.Equal(2, ConstrainedPartitioner.Partition(marked.Graph, marked.Supported, constraints).Partitioning!.EngineCount);
    }

    [Fact]
    public void The_most_profitable_engines_stay()
    {
        var marked = MarkedGraph.Of([[], [0], [1], [2], [3]], 0, 2, 4);
        var constraints = new PartitionConstraints { MaxEngines = 2, ProfitOf = new double[] { 3, 0, 1, 0, 2 } };
        ConstrainedResult plan = ConstrainedPartitioner.Partition(marked.Graph, marked.Supported, constraints);
        Assert.Equal(["0", "4"], LevelPartitionerTests.EngineNodes(plan.Partitioning!));
    }

    [Fact]
    public void Stop_at_sends_all_that_depends_on_it_to_fallback()
    {
        var marked = MarkedGraph.Of([[], [0], [1], [0]], 0, 1, 2, 3);
        ConstrainedResult plan = ConstrainedPartitioner.Partition(marked.Graph, marked.Supported, new() { StopAt = [1] });
        Assert.Equal(["0,3"], LevelPartitionerTests.EngineNodes(plan.Partitioning!));
    }

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Contradictions_are_values_that_name_both_sides(PartitionConstraints constraints, string expected)
    {
        var marked = MarkedGraph.Of([[], [0], [1], [0, 2]], 0, 1, 3);
        ConstrainedResult plan = ConstrainedPartitioner.Partition(marked.Graph, marked.Supported, constraints);
        Assert.Null(plan.Partitioning);
        Assert.Contains(plan.Contradictions, text => text.Contains(expected, StringComparison.Ordinal));
    }

    public static TheoryData<PartitionConstraints, string> Contradictions() => new()
    {
        { new() { Included = [2] }, "node 2 is included, but not supported" },
        { new() { Included = [1], Excluded = [1] }, "node 1 or its unit is included, but falls back because of exclude" },
        { new() { Included = [3], StopAt = [0] }, "stop-at" },
        {
            new() { AtomicUnits = [Unit(1, 3)] },
            "atomic unit u is not convex, a path leaves it and comes back: atomic unit u -(node 1 -> node 2)-> node 2"
        },
        { new() { AtomicUnits = [new("a", [0, 1]), new("b", [1])] }, "node 1 is in atomic unit a and in atomic unit b" },
        { new() { AtomicUnits = [Unit(0, 1)], ClassOf = new[] { 0, 1, 0, 0 } }, "holds node 0 of class 0 and node 1 of class 1" },
        { new() { MaxEngines = 0 }, "MaxEngines is 0" },
        { new() { MaxNodes = 2, MinNodes = 3 }, "MinNodes 3 is more than MaxNodes 2" },
        { new() { Included = [0, 3], MaxEngines = 1 }, "2 engines hold included nodes" },
        { new() { Excluded = [9] }, "there is no node 9" },
        { new() { FlopsOf = new long[] { 1 } }, "FlopsOf has 1 entries for 4 nodes" },
    };

    private static AtomicUnit Unit(params int[] nodes) => new("u", nodes);

    [Fact]
    public void Atomic_units_that_need_each_other_are_a_contradiction()
    {
        // 0 -> 1 and 2 -> 3: each of the units {0, 3} and {1, 2} is convex, together they are a cycle.
        var marked = MarkedGraph.Of([[], [0], [], [2]], 0, 1, 2, 3);
        var constraints = new PartitionConstraints { AtomicUnits = [Unit(0, 3), Unit(1, 2)] };
        ConstrainedResult plan = ConstrainedPartitioner.Partition(marked.Graph, marked.Supported, constraints);
        Assert.Contains("they depend on each other", Assert.Single(plan.Contradictions), StringComparison.Ordinal);
    }

    private const int Kinds = 11;

    [Fact]
    public void Every_constraint_alone_is_kept()
    {
        for (int which = 0; which < Kinds; which++)
        {
            for (ulong seed = 0; seed < Grid.Size(40, 10_000); seed++)
            {
                MarkedGraph marked = Shape(seed);
                AssertKept(marked, Constrain(marked, 1 << which, seed));
            }
        }
    }

    [Fact]
    public void Combinations_of_constraints_are_kept()
    {
        for (ulong seed = 0; seed < Grid.Size(1000, 10_000); seed++)
        {
            MarkedGraph marked = Shape(seed);
            AssertKept(marked, Constrain(marked, new SplitMix(seed).Next(1 << Kinds), seed));
        }
    }

    // 50 to 400 nodes.
    private static MarkedGraph Shape(ulong seed)
    {
        int size = 1 + new SplitMix(seed).Next(8);
        return (seed % 6) switch
        {
            0 => GraphGenerators.RandomDag(50 * size, 0.2, 20, seed),
            1 => GraphGenerators.SeriesParallel(50 * size, 0.3, seed),
            2 => GraphGenerators.Layered(5 * size, 10, 0.2, seed),
            3 => GraphGenerators.LongChains(3, 16 * size, 0.2, seed),
            4 => GraphGenerators.Dense(50 * size, 3.0 / (50 * size), 0.2, seed),
            _ => GraphGenerators.FanOutWithSkips(8 * size, 5, 0.2, seed),
        };
    }

    /// <summary>A part of an engine that loses does not take the others with it.</summary>
    [Fact]
    public void A_part_that_gains_stays()
    {
        var marked = MarkedGraph.Of([[], []], 0, 1);
        var constraints = new PartitionConstraints { MinProfit = 0, ProfitOf = new double[] { -5, 5 }, Costs = new(3, 0, 0) };
        ConstrainedResult plan = ConstrainedPartitioner.Partition(marked.Graph, marked.Supported, constraints);
        Assert.Equal(["1"], LevelPartitionerTests.EngineNodes(plan.Partitioning!));
    }

    /// <summary>0 -> 1 -> 2 with 1 in the fallback, and 3 alone: 3 joins 2, since the engine of 0 loses with it too.</summary>
    [Fact]
    public void A_node_joins_the_engine_that_gains()
    {
        var marked = MarkedGraph.Of([[], [0], [1], []], 0, 2, 3);
        var constraints = new PartitionConstraints { MinProfit = 0, ProfitOf = new double[] { 1, 0, 4, 1 }, Costs = new(3, 0, 0) };
        ConstrainedResult plan = ConstrainedPartitioner.Partition(marked.Graph, marked.Supported, constraints);
        Assert.Equal(["2,3"], LevelPartitionerTests.EngineNodes(plan.Partitioning!));
    }

    /// <summary>All engines together gain at least what they gain if all losing engines fall back at once, again and again.</summary>
    [Fact]
    public void No_profit_is_lost_by_the_order_of_falling_back()
    {
        int better = 0;
        for (ulong seed = 1; seed <= 150; seed++)
        {
            MarkedGraph marked = GraphGenerators.RandomDag(12 + (int)(seed % 30), 0.15, 8, seed);
            var random = new SplitMix(seed + 1);
            var constraints = new PartitionConstraints
            {
                MinProfit = 0,
                ProfitOf = Enumerable.Range(0, marked.Graph.NodeCount).Select(_ => (double)random.Next(100) - 30).ToArray(),
                Costs = new EngineCosts(60, 4, 0),
            };
            Partition plan = ConstrainedPartitioner.Partition(marked.Graph, marked.Supported, constraints).Partitioning!;
            double profit = ProfitOf(marked.Graph, plan, constraints), atOnce = AtOnce(marked, constraints);
            Assert.True(profit >= Math.Max(0, atOnce - 1e-6), $"seed {seed}: {profit}, at once {atOnce}");
            better += profit > atOnce + 1e-6 ? 1 : 0;
        }
        Assert.True(better > 10, $"better in {better} of 150 graphs");
    }

    /// <summary>The profit if all engines that lose fall back at once, until none loses.</summary>
    private static double AtOnce(MarkedGraph marked, PartitionConstraints constraints)
    {
        List<int> excluded = [];
        while (true)
        {
            Partition plan = ConstrainedPartitioner.Partition(marked.Graph, marked.Supported,
                constraints with { MinProfit = double.NegativeInfinity, Excluded = excluded, MaxNodes = 1_000_000 }).Partitioning!;
            PartitionSegment[] losing = [.. plan.Segments.Where(
                s => s.IsEngine && ProfitOf(marked.Graph, plan, s, constraints) < constraints.MinProfit)];
            if (losing.Length == 0) return ProfitOf(marked.Graph, plan, constraints);
            excluded.AddRange(losing.SelectMany(s => s.Nodes.ToArray()));
        }
    }

    private static double ProfitOf(PartitionGraph graph, Partition plan, PartitionConstraints constraints) =>
        plan.Segments.Where(s => s.IsEngine).Sum(s => ProfitOf(graph, plan, s, constraints));

    private static PartitionConstraints Constrain(MarkedGraph marked, int which, ulong seed)
    {
        var random = new SplitMix(seed);
        int n = marked.Graph.NodeCount;
        int[] classes = Enumerable.Range(0, n).Select(_ => random.Next(3)).ToArray();
        long[] weights = Enumerable.Range(0, n).Select(_ => (long)random.Next(100)).ToArray();
        double[] profit = Enumerable.Range(0, n).Select(_ => (double)random.Next(100)).ToArray();
        bool Has(int bit) => (which >> bit & 1) == 1;
        return new PartitionConstraints
        {
            MinNodes = Has(0) ? 3 : 1,
            MinFlops = Has(1) ? 120 : 0,
            FlopsOf = weights,
            MaxEngines = Has(2) ? 2 : int.MaxValue,
            ProfitOf = profit,
            MaxNodes = Has(3) ? 7 : int.MaxValue,
            MaxWeightBytes = Has(4) ? 300 : long.MaxValue,
            WeightBytesOf = weights,
            Connected = Has(5),
            ClassOf = Has(6) ? classes : default,
            Excluded = Has(7) ? [1, n / 2] : [],
            AtomicUnits = Has(7) && !Has(6) ? Edges(marked.Graph) : [],
            MinProfit = Has(8) ? 150 : double.NegativeInfinity,
            Costs = Has(8) ? new EngineCosts(50, 5, 0.0001) : default,
            StopAt = Has(9) ? [n - 1 - (n / 4)] : [],
            Included = Has(10) && !Has(2) && !Has(7) && !Has(9) ? Some(marked.Supported) : [],
        };
    }

    // Every fifth supported node; with a cap on engines, exclusions or a stop that would be a contradiction.
    private static int[] Some(bool[] supported) =>
        [.. Enumerable.Range(0, supported.Length).Where(node => supported[node]).Where((_, i) => i % 5 == 0)];

    // Pairs that are the only reader of the only tensor they share: always convex, also together.
    private static List<AtomicUnit> Edges(PartitionGraph graph)
    {
        var units = new List<AtomicUnit>();
        var used = new HashSet<int>();
        for (int node = 0; node < graph.NodeCount && units.Count < 5; node += 7)
        {
            ReadOnlySpan<int> successors = graph.Successors(node);
            if (successors.Length == 1 && !used.Contains(node) && used.Add(successors[0]) && used.Add(node))
            {
                units.Add(Unit(node, successors[0]));
            }
        }

        return units;
    }

    private static void AssertKept(MarkedGraph marked, PartitionConstraints constraints)
    {
        ConstrainedResult result = ConstrainedPartitioner.Partition(marked.Graph, marked.Supported, constraints);
        Assert.Empty(result.Contradictions);
        Partition plan = result.Partitioning!;
        Assert.Empty(LevelPartitionerTests.Verify(marked, plan));
        Assert.Null(AcyclicityChecker.FindCycle(marked.Graph, plan.SegmentOf));
        Assert.Equal(LevelPartitionerTests.Partition(marked).EngineCount, plan.Bound);
        Assert.Equal(plan.EngineCount - plan.Bound, plan.Gaps.Sum(gap => gap.Engines));
        Assert.True(plan.EngineCount <= constraints.MaxEngines);
        foreach (PartitionSegment segment in plan.Segments.Where(segment => segment.IsEngine))
        {
            int[] nodes = segment.Nodes.ToArray();
            bool isWanted = nodes.Intersect(constraints.Included).Any(); // then it may be as small as it likes
            Assert.InRange(nodes.Length, isWanted ? 1 : constraints.MinNodes, constraints.MaxNodes);
            Assert.True(isWanted || nodes.Sum(node => constraints.FlopsOf.Span[node]) >= constraints.MinFlops);
            Assert.True(nodes.Sum(node => constraints.WeightBytesOf.Span[node]) <= constraints.MaxWeightBytes);
            Assert.True(constraints.ClassOf.IsEmpty || nodes.DistinctBy(node => constraints.ClassOf.Span[node]).Count() == 1);
            Assert.True(!constraints.Connected || ConnectedPartitionerTests.IsConnected(marked.Graph, segment));
            Assert.Empty(nodes.Intersect(constraints.Excluded));
            Assert.True(isWanted || ProfitOf(marked.Graph, plan, segment, constraints) >= constraints.MinProfit);
        }

        Assert.All(constraints.Included, node => Assert.True(plan.Segments[plan.SegmentOf[node]].IsEngine));

        foreach (int stop in constraints.StopAt)
        {
            AssertFallsBack(marked.Graph, plan, stop);
        }

        foreach (IReadOnlyList<int> unit in constraints.AtomicUnits.Select(unit => unit.Nodes))
        {
            bool[] inEngine = unit.Select(node => plan.Segments[plan.SegmentOf[node]].IsEngine).Distinct().ToArray();
            Assert.Single(inEngine);
            Assert.True(!inEngine[0] || unit.Select(node => plan.SegmentOf[node]).Distinct().Count() == 1);
        }

        int[] fallen = Enumerable.Range(0, marked.Supported.Length)
            .Where(node => marked.Supported[node] && !plan.Segments[plan.SegmentOf[node]].IsEngine).ToArray();
        Assert.Equal(fallen, result.Dropped.SelectMany(dropped => dropped.Nodes).Order());
    }

    private static double ProfitOf(PartitionGraph graph, Partition plan, PartitionSegment segment, PartitionConstraints constraints)
    {
        double profit = -constraints.Costs.Call;
        foreach (int node in segment.Nodes.Span)
        {
            profit += constraints.ProfitOf.Span[node];
        }

        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            int[] readers = graph.ReadersOf(tensor).ToArray();
            bool reads = readers.Any(reader => plan.SegmentOf[reader] == segment.Id);
            bool makes = graph.ProducerOf(tensor) >= 0 && plan.SegmentOf[graph.ProducerOf(tensor)] == segment.Id;
            bool leaves = graph.IsOutput(tensor) || readers.Any(reader => plan.SegmentOf[reader] != segment.Id);
            double cost = constraints.Costs.Tensor + (constraints.Costs.Byte * graph.BytesOf(tensor));
            profit -= (makes && leaves) || (reads && !makes) ? cost : 0;
        }

        return profit;
    }

    private static void AssertFallsBack(PartitionGraph graph, Partition plan, int node)
    {
        var waiting = new Stack<int>([node]);
        var seen = new HashSet<int> { node };
        while (waiting.TryPop(out int next))
        {
            Assert.False(plan.Segments[plan.SegmentOf[next]].IsEngine);
            foreach (int successor in graph.Successors(next).ToArray().Where(seen.Add))
            {
                waiting.Push(successor);
            }
        }
    }
}
