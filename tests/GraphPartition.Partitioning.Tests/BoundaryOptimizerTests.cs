using GraphPartition.Partitioning.Boundaries;
using GraphPartition.Partitioning.Checking;
using GraphPartition.Partitioning.Graphs;
using GraphPartition.TestModels.Graphs;
using Xunit;

namespace GraphPartition.Partitioning.Tests;

public class BoundaryOptimizerTests
{
    [Fact]
    public void A_producer_moves_to_its_late_reader()
    {
        // 0 -> 1 -> 2 -> 3 alternates; 4 reads only the input and is read by 3: it may run with 0, but costs least beside 2.
        var builder = new PartitionGraphBuilder();
        for (int node = 0; node < 5; node++)
        {
            builder.AddTensor(builder.AddNode(), 10);
        }

        builder.AddReader(0, 1);
        builder.AddReader(1, 2);
        builder.AddReader(2, 3);
        builder.AddReader(4, 3);
        BoundaryResult plan = BoundaryOptimizer.Optimize(builder.Build(), [true, false, true, false, true]);
        Assert.Equal(plan.Partitioning.SegmentOf[2], plan.Partitioning.SegmentOf[4]);
        Assert.Equal(new BoundaryCost(40, 4, 40), plan.Cost);
        Assert.True(plan.IsExact);
    }

    [Fact]
    public void A_tiny_engine_grows_at_no_cost()
    {
        // 0 -> 1 -> 2 -> U3 -> 4, and 5 -> 6 alone: wherever the two run they cross no boundary, and beside 4 no engine is tiny.
        var marked = MarkedGraph.Of([[], [0], [1], [2], [3], [], [5]], 0, 1, 2, 4, 5, 6);
        BoundaryResult plan = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported);
        Assert.Equal(["0,1,2", "4,5,6"], LevelPartitionerTests.EngineNodes(plan.Partitioning));
        Assert.Equal(new BoundaryCost(2, 2, 2), plan.Cost);
    }

    [Fact]
    public void A_segment_gets_connected_at_no_cost()
    {
        // U0 -> 1 -> U2 -> 3, and U4 -> U5 where 4 reads nothing: with 0, or with 2 whose reader it shares, it costs the same,
        // and beside 2 the fallback is connected: 5 reads 2.
        var builder = new PartitionGraphBuilder();
        for (int node = 0; node < 6; node++)
        {
            builder.AddTensor(builder.AddNode(), node == 4 ? 0 : 8);
        }

        foreach ((int from, int to) in new[] { (0, 1), (1, 2), (2, 3), (4, 5), (2, 5) })
        {
            builder.AddReader(from, to);
        }

        Partition plan = BoundaryOptimizer.Optimize(builder.Build(), [false, true, false, true, false, false]).Partitioning;
        Assert.Equal([0], plan.Segments[0].Nodes.ToArray());
        Assert.Equal([2, 4, 5], plan.Segments[2].Nodes.ToArray());
    }

    [Fact]
    public void A_fallback_before_the_first_engine_is_used_where_it_saves_a_boundary()
    {
        // 0 -> U1 -> 2, and 4 reads 0 and U3. With the fewest segments U3 waits for 1 and 4 for the second engine, so the tensor of 0,
        // which weighs most, crosses two boundaries. With U3 first it crosses one, on its way to 1.
        var builder = new PartitionGraphBuilder();
        for (int node = 0; node < 5; node++)
        {
            builder.AddTensor(builder.AddNode(), node == 0 ? 100 : 1);
        }

        foreach ((int from, int to) in new[] { (0, 1), (1, 2), (3, 4), (0, 4) })
        {
            builder.AddReader(from, to);
        }

        BoundaryResult plan = BoundaryOptimizer.Optimize(builder.Build(), [true, false, true, false, true]);
        Assert.Equal(["0,4", "2"], LevelPartitionerTests.EngineNodes(plan.Partitioning));
        Assert.Equal(4, plan.Partitioning.Segments.Count);
        Assert.Equal(102, plan.Cost.ByteBoundaries);
    }

    [Fact]
    public void A_buffer_lives_until_its_last_reader()
    {
        // Node 0 is read on both sides of a boundary; its tensor crosses as far as the later of them.
        PartitionGraph graph = PartitionGraph.FromPredecessors([[], [0], [0, 1]]);
        Assert.Equal(new BoundaryCost(3, 2, 2), BoundaryCost.Of(graph, [0, 1, 2]));
    }

    [Fact]
    public void Small_graphs_reach_the_least_cost_of_all_assignments() => Generate.Check(9, 3000, marked =>
    {
        BoundaryResult plan = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported);
        AssertKeepsTheMinimum(marked, plan);
        AssertIsBest(marked, plan);
        return true;
    });

    [Fact]
    public void Dense_graphs_of_nine_nodes_reach_the_least_cost_of_all_assignments()
    {
        for (ulong seed = 0; seed < 1000; seed++)
        {
            MarkedGraph marked = GraphGenerators.Dense(9, 0.15 + (seed % 5 * 0.08), 0.4, seed);
            BoundaryResult plan = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported);
            AssertKeepsTheMinimum(marked, plan);
            AssertIsBest(marked, plan);
        }
    }

    [Fact]
    public void Exact_and_heuristic_keep_the_minimum_on_every_shape()
    {
        foreach (MarkedGraph marked in LevelPartitionerTests.Shapes())
        {
            BoundaryResult exact = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported);
            BoundaryResult heuristic = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported, exactLimit: 0);
            BoundaryCost early = BoundaryCost.Of(marked.Graph, LevelPartitionerTests.Partition(marked));
            AssertKeepsTheMinimum(marked, exact);
            AssertKeepsTheMinimum(marked, heuristic);
            Assert.False(heuristic.IsExact);
            Assert.True(exact.Cost.ByteBoundaries <= heuristic.Cost.ByteBoundaries);
            Assert.True(heuristic.Cost.ByteBoundaries <= early.ByteBoundaries);
        }
    }

    // 'benchmarks heuristic' does the same for more shapes, and with wider segments; those here take a second together.
    [Fact]
    public void The_heuristic_is_within_five_percent_at_20000_nodes()
    {
        foreach (MarkedGraph marked in (MarkedGraph[])
        [
            GraphGenerators.RandomDag(20_000, 0.2, 50, seed: 3),
            GraphGenerators.SeriesParallel(20_000, 0.2),
            GraphGenerators.LongChains(500, 40, 0.2),
            GraphGenerators.LongChains(20, 1000, 0.2),
            GraphGenerators.FanOutWithSkips(200, 99, 0.2),
        ])
        {
            BoundaryResult exact = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported, int.MaxValue);
            BoundaryResult heuristic = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported, exactLimit: 0);
            Assert.True(heuristic.Cost.ByteBoundaries * 100 <= exact.Cost.ByteBoundaries * 105);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(BoundaryOptimizer.DefaultExactLimit)]
    public void Renaming_nodes_renames_the_plan(int exactLimit)
    {
        foreach (MarkedGraph marked in LevelPartitionerTests.Shapes())
        {
            int[] newName = Generate.Permutation(marked.Graph.NodeCount, 11);
            MarkedGraph renamed = marked.Renamed(newName);
            Partition one = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported, exactLimit).Partitioning;
            Partition two = BoundaryOptimizer.Optimize(renamed.Graph, renamed.Supported, exactLimit).Partitioning;
            for (int node = 0; node < newName.Length; node++)
            {
                Assert.Equal(one.SegmentOf[node], two.SegmentOf[newName[node]]);
            }
        }
    }

    // More than 100,000 nodes are swept in stretches, side by side.
    [Fact]
    public void Large_graphs_keep_the_minimum_whatever_the_order_of_nodes_and_threads()
    {
        MarkedGraph[] graphs = [GraphGenerators.RandomDag(110_000, 0.2, 50), GraphGenerators.SeriesParallel(110_000, 0.2)];
        foreach (MarkedGraph marked in graphs)
        {
            int[] newName = Generate.Permutation(marked.Graph.NodeCount, 13);
            MarkedGraph renamed = marked.Renamed(newName);
            BoundaryResult plan = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported);
            AssertKeepsTheMinimum(marked, plan);
            Assert.False(plan.IsExact);
            Assert.True(plan.Cost.ByteBoundaries < BoundaryCost.Of(marked.Graph, LevelPartitionerTests.Partition(marked)).ByteBoundaries);
            int[] again = BoundaryOptimizer.Optimize(renamed.Graph, renamed.Supported).Partitioning.SegmentOf.ToArray();
            Assert.Equal(plan.Partitioning.SegmentOf.ToArray(), newName.Select(name => again[name]));
        }
    }

    [Fact]
    public void Sizes_near_the_largest_number_do_not_overflow()
    {
        var builder = new PartitionGraphBuilder();
        for (int node = 0; node < 6; node++)
        {
            builder.AddTensor(builder.AddNode(), long.MaxValue);
            if (node > 0)
            {
                builder.AddReader(node - 1, node);
            }
        }

        BoundaryResult plan = BoundaryOptimizer.Optimize(builder.Build(), [true, false, true, false, true, false]);
        Assert.Equal((Int128)long.MaxValue * 5, plan.Cost.ByteBoundaries);
    }

    // No plan with as few engines costs less, one more fallback segment at either end is only taken where it costs less, and
    // no node runs earlier than in the best plan that runs everything early.
    private static void AssertIsBest(MarkedGraph marked, BoundaryResult plan)
    {
        if (marked.Graph.NodeCount == 0)
        {
            return;
        }

        int[] numbers = plan.Partitioning.Certificate.Numbers.ToArray();
        int widest = plan.Partitioning.Bound == 0 ? 0 : 2 * plan.Partitioning.Bound;
        Assert.Equal(Least(0, widest), plan.Cost.ByteBoundaries);
        Partition early = LevelPartitionerTests.Partition(marked);
        if (plan.Partitioning.Segments.Count > early.Segments.Count)
        {
            int[] fewest = early.Certificate.Numbers.ToArray();
            Assert.True(Least(fewest[0], fewest[^1]) > plan.Cost.ByteBoundaries);
        }

        BruteForce.LeastBoundaryCost(marked.Graph, marked.Supported, numbers[0], numbers[^1], out int[] earliest);
        Assert.All(earliest.Zip(plan.Partitioning.SegmentOf.ToArray()), pair => Assert.True(pair.First <= numbers[pair.Second]));

        Int128 Least(int first, int last) =>
            BruteForce.LeastBoundaryCost(marked.Graph, marked.Supported, first, last, out _);
    }

    private static void AssertKeepsTheMinimum(MarkedGraph marked, BoundaryResult plan)
    {
        Partition early = LevelPartitionerTests.Partition(marked);
        Assert.Empty(LevelPartitionerTests.Verify(marked, plan.Partitioning));
        Assert.Null(AcyclicityChecker.FindCycle(marked.Graph, plan.Partitioning.SegmentOf));
        Assert.True(plan.Partitioning.IsMinimum);
        Assert.InRange(plan.Partitioning.Segments.Count, early.Segments.Count, early.Segments.Count + 2);
    }
}
