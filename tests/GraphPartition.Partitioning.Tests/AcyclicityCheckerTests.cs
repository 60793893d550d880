using GraphPartition.Partitioning.Checking;
using GraphPartition.Partitioning.Graphs;
using GraphPartition.TestModels.Layers;
using Xunit;

namespace GraphPartition.Partitioning.Tests;

public class AcyclicityCheckerTests
{
    [Fact]
    public void A_group_around_a_node_is_a_cycle()
    {
        PartitionGraph graph = PartitionGraph.FromPredecessors([[], [0], [1]]);
        ContractedCycle? cycle = AcyclicityChecker.FindCycle(graph, [0, -1, 0]);
        Assert.NotNull(cycle);
        Assert.Equal(2, cycle.Edges.Count);
        Assert.Contains("group 0 -(0 -> 1)-> node 1", cycle.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_groups_that_need_each_other_are_a_cycle()
    {
        PartitionGraph graph = PartitionGraph.FromPredecessors([[], [0], [], [2]]);
        ContractedCycle? cycle = AcyclicityChecker.FindCycle(graph, [0, 1, 1, 0]);
        Assert.NotNull(cycle);
        Assert.True(BruteForce.IsCycle(graph, [0, 1, 1, 0], cycle));
    }

    [Fact]
    public void Groups_may_be_disconnected_and_nested_side_by_side() =>
        Assert.Null(AcyclicityChecker.FindCycle(PartitionGraph.FromPredecessors([[], [0], [], [2]]), [0, 1, 0, 1]));

    [Fact]
    public void It_agrees_with_the_transitive_closure_and_with_QuikGraph_and_its_cycles_are_cycles() => Generate.Check(7, 2000, marked =>
    {
        var random = new SplitMix((ulong)marked.Graph.EdgeCount);
        int[] groupOf = new int[marked.Graph.NodeCount];
        for (int node = 0; node < groupOf.Length; node++)
        {
            groupOf[node] = random.Next(4) - 1;
        }

        ContractedCycle? cycle = AcyclicityChecker.FindCycle(marked.Graph, groupOf);
        Assert.True(cycle is null || BruteForce.IsCycle(marked.Graph, groupOf, cycle));
        bool isAcyclic = BruteForce.IsAcyclic(marked.Graph, groupOf);
        QuikGraphTests.AssertAgrees(marked.Graph, groupOf, isAcyclic);
        return cycle is null == isAcyclic;
    });

    [Fact]
    public void A_partitioner_with_a_single_group_fails_the_check()
    {
        Assert.ThrowsAny<Exception>(() => Generate.Check(9, 1000, marked =>
            AcyclicityChecker.FindCycle(marked.Graph, marked.Supported.Select(mark => mark ? 0 : -1).ToArray()) is null));
    }
}
