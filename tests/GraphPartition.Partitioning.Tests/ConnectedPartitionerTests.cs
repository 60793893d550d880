using GraphPartition.Partitioning.Checking;
using GraphPartition.Partitioning.Connected;
using GraphPartition.Partitioning.Constraints;
using GraphPartition.Partitioning.Graphs;
using GraphPartition.TestModels.Graphs;
using Xunit;

namespace GraphPartition.Partitioning.Tests;

public class ConnectedPartitionerTests
{
    [Fact]
    public void Separate_branches_make_separate_engines()
    {
        var marked = MarkedGraph.Of([[], [0], [0]], 1, 2);
        Partition plan = ConnectedPartitioner.Partition(marked.Graph, marked.Supported);
        Assert.Equal(2, plan.EngineCount);
        Assert.Equal(1, plan.Bound);
        Assert.Equal(1, Assert.Single(plan.Gaps).Engines);
    }

    [Fact]
    public void A_late_branch_joins_the_engine_after_its_fallback()
    {
        // 0 -> U1 -> 2 and 3 -> 2: nodes 2 and 3 have different levels, but nothing keeps them apart.
        var marked = MarkedGraph.Of([[], [0], [1, 3], []], 0, 2, 3);
        Partition plan = ConnectedPartitioner.Partition(marked.Graph, marked.Supported);
        Assert.Equal(plan.SegmentOf[2], plan.SegmentOf[3]);
        Assert.Equal(2, plan.EngineCount);
    }

    [Fact]
    public void Classes_do_not_mix()
    {
        var marked = MarkedGraph.Of([[], [0], [0, 1]], 0, 1, 2);
        Partition plan = ConnectedPartitioner.Partition(marked.Graph, marked.Supported, [0, 1, 0]);
        Assert.Equal(3, plan.EngineCount);
    }

    [Fact]
    public void Small_graphs_are_connected_acyclic_and_maximal() => Generate.Check(9, 3000, marked =>
    {
        AssertConnectedAcyclicMaximal(marked);
        return true;
    });

    [Fact]
    public void Graphs_of_every_shape_are_connected_acyclic_and_maximal()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            AssertConnectedAcyclicMaximal(GraphGenerators.RandomDag(150, 0.2, 20, seed));
            AssertConnectedAcyclicMaximal(GraphGenerators.SeriesParallel(100, 0.2, seed));
            AssertConnectedAcyclicMaximal(GraphGenerators.Dense(40, 0.1, 0.3, seed));
            AssertConnectedAcyclicMaximal(GraphGenerators.FanOutWithSkips(15, 5, 0.2, seed));
            AssertConnectedAcyclicMaximal(GraphGenerators.Layered(8, 12, 0.3, seed));
        }
    }

    [Fact]
    public void Renaming_nodes_renames_the_groups()
    {
        foreach (MarkedGraph marked in LevelPartitionerTests.Shapes().Where(shape => shape.Graph.NodeCount < 5000))
        {
            int[] newName = Generate.Permutation(marked.Graph.NodeCount, 5);
            MarkedGraph renamed = marked.Renamed(newName);
            Partition one = ConnectedPartitioner.Partition(marked.Graph, marked.Supported);
            Partition two = ConnectedPartitioner.Partition(renamed.Graph, renamed.Supported);
            Assert.Empty(LevelPartitionerTests.Verify(marked, one));

            // Nodes that look alike may swap places, so segments are compared by what they hold.
            Assert.Equal(one.Segments.Select(s => Describe(marked, s)), two.Segments.Select(s => Describe(renamed, s)));
        }
    }

    private static (bool, int, int, long) Describe(MarkedGraph marked, PartitionSegment segment)
    {
        HashSet<int> nodes = [.. segment.Nodes.ToArray()];
        long bytes = Enumerable.Range(0, marked.Graph.TensorCount)
            .Where(tensor => segment.Nodes.Length < 100 && nodes.Contains(marked.Graph.ProducerOf(tensor)))
            .Sum(marked.Graph.BytesOf);
        return (segment.IsEngine, segment.Level, segment.Nodes.Length, bytes);
    }

    [Fact]
    public void A_path_through_fallback_explains_two_engines()
    {
        MarkedGraph marked = Counterexamples.MindSpore;
        Assert.Equal([1, 2, 3], BlockingPath.Between(marked.Graph, marked.Supported, 3, 1));
        Assert.Empty(BlockingPath.Between(marked.Graph, marked.Supported, 1, 4));
    }

    private static void AssertConnectedAcyclicMaximal(MarkedGraph marked)
    {
        PartitionGraph graph = marked.Graph;
        Partition plan = ConnectedPartitioner.Partition(graph, marked.Supported);
        Assert.Empty(LevelPartitionerTests.Verify(marked, plan));
        Assert.Null(AcyclicityChecker.FindCycle(graph, plan.SegmentOf));
        int[] groupOf = plan.SegmentOf.ToArray().Select(id => plan.Segments[id].IsEngine ? id : -1).ToArray();
        Assert.All(plan.Segments.Where(segment => segment.IsEngine), segment => Assert.True(IsConnected(graph, segment)));
        for (int node = 0; node < graph.NodeCount; node++)
        {
            Assert.Equal(marked.Supported[node], groupOf[node] >= 0);
            foreach (int successor in graph.Successors(node).ToArray())
            {
                (int a, int b) = (groupOf[node], groupOf[successor]);
                if (a >= 0 && b >= 0 && a != b)
                {
                    int[] merged = groupOf.Select(group => group == b ? a : group).ToArray();
                    Assert.NotNull(AcyclicityChecker.FindCycle(graph, merged));
                    AssertIsPath(graph, BlockingPath.BetweenGroups(graph, groupOf, a, b));
                }
            }
        }
    }

    private static void AssertIsPath(PartitionGraph graph, IReadOnlyList<ContractedEdge> path)
    {
        Assert.True(path.Count >= 2);
        for (int i = 0; i < path.Count; i++)
        {
            Assert.True(graph.Successors(path[i].FromNode).Contains(path[i].ToNode));
            Assert.True(i == 0 || path[i].FromGroup == path[i - 1].ToGroup);
        }
    }

    internal static bool IsConnected(PartitionGraph graph, PartitionSegment segment)
    {
        var left = new HashSet<int>(segment.Nodes.ToArray());
        var queue = new Queue<int>([segment.Nodes.Span[0]]);
        left.Remove(segment.Nodes.Span[0]);
        while (queue.TryDequeue(out int node))
        {
            foreach (int next in graph.Successors(node).ToArray().Concat(graph.Predecessors(node).ToArray()))
            {
                if (left.Remove(next))
                {
                    queue.Enqueue(next);
                }
            }
        }

        return left.Count == 0;
    }
}
