using GraphPartition.TestModels;
using Xunit;

namespace GraphPartition.Partition.Tests;

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
        BoundaryPlan plan = BoundaryOptimizer.Optimize(builder.Build(), [true, false, true, false, true]);
        Assert.Equal(plan.Partitioning.SegmentOf[2], plan.Partitioning.SegmentOf[4]);
        Assert.Equal(new BoundaryCost(40, 4, 40), plan.Cost);
        Assert.True(plan.IsExact);
    }

    [Fact]
    public void Mixed_readers_count_up_to_the_last()
    {
        // Node 0 is read on both sides of a boundary; its tensor crosses as far as the later of them.
        PartitionGraph graph = PartitionGraph.FromPredecessors([[], [0], [0, 1]]);
        Assert.Equal(new BoundaryCost(3, 2, 2), BoundaryCost.Of(graph, [0, 1, 2]));
    }

    [Fact]
    public void Small_graphs_reach_the_least_cost_of_all_assignments() => Generate.Check(9, 3000, marked =>
    {
        BoundaryPlan plan = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported);
        AssertKeepsTheMinimum(marked, plan);
        AssertIsEarliestOfTheBest(marked, plan);
        return true;
    });

    [Fact]
    public void Dense_graphs_of_nine_nodes_reach_the_least_cost_of_all_assignments()
    {
        for (ulong seed = 0; seed < 1000; seed++)
        {
            MarkedGraph marked = GraphGenerators.Dense(9, 0.15 + (seed % 5 * 0.08), 0.4, seed);
            BoundaryPlan plan = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported);
            AssertKeepsTheMinimum(marked, plan);
            AssertIsEarliestOfTheBest(marked, plan);
        }
    }

    [Fact]
    public void Exact_and_heuristic_keep_the_minimum_on_every_shape()
    {
        foreach (MarkedGraph marked in LevelPartitionerTests.Shapes())
        {
            BoundaryPlan exact = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported);
            BoundaryPlan heuristic = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported, exactLimit: 0);
            BoundaryCost early = BoundaryCost.Of(marked.Graph, LevelPartitionerTests.Partition(marked));
            AssertKeepsTheMinimum(marked, exact);
            AssertKeepsTheMinimum(marked, heuristic);
            Assert.False(heuristic.IsExact);
            Assert.True(exact.Cost.ByteBoundaries <= heuristic.Cost.ByteBoundaries);
            Assert.True(heuristic.Cost.ByteBoundaries <= early.ByteBoundaries);
        }
    }

    [Fact]
    public void The_heuristic_is_within_five_percent_at_20000_nodes()
    {
        MarkedGraph marked = GraphGenerators.RandomDag(20_000, 0.2, 50, seed: 3);
        BoundaryPlan exact = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported);
        BoundaryPlan heuristic = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported, exactLimit: 0);
        Assert.True(heuristic.Cost.ByteBoundaries * 100 <= exact.Cost.ByteBoundaries * 105);
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
            Partitioning one = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported, exactLimit).Partitioning;
            Partitioning two = BoundaryOptimizer.Optimize(renamed.Graph, renamed.Supported, exactLimit).Partitioning;
            for (int node = 0; node < newName.Length; node++)
            {
                Assert.Equal(one.SegmentOf[node], two.SegmentOf[newName[node]]);
            }
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

        BoundaryPlan plan = BoundaryOptimizer.Optimize(builder.Build(), [true, false, true, false, true, false]);
        Assert.Equal((Int128)long.MaxValue * 5, plan.Cost.ByteBoundaries);
    }

    private static void AssertIsEarliestOfTheBest(MarkedGraph marked, BoundaryPlan plan)
    {
        if (marked.Graph.NodeCount == 0)
        {
            return;
        }

        int[] numbers = plan.Partitioning.Certificate.Numbers.ToArray();
        Int128 least = BruteForce.LeastBoundaryCost(
            marked.Graph, marked.Supported, numbers[0], numbers[^1], out int[] earliest);
        Assert.Equal(least, plan.Cost.ByteBoundaries);
        Assert.Equal(earliest, plan.Partitioning.SegmentOf.ToArray().Select(segment => numbers[segment]));
    }

    private static void AssertKeepsTheMinimum(MarkedGraph marked, BoundaryPlan plan)
    {
        Partitioning early = LevelPartitionerTests.Partition(marked);
        Assert.Empty(LevelPartitionerTests.Verify(marked, plan.Partitioning));
        Assert.Null(AcyclicityChecker.FindCycle(marked.Graph, plan.Partitioning.SegmentOf));
        Assert.True(plan.Partitioning.IsMinimum);
        Assert.Equal(early.Segments.Count, plan.Partitioning.Segments.Count);
    }
}
