using GraphPartition.Partitioning.Checking;
using GraphPartition.Partitioning.Graphs;
using GraphPartition.Partitioning.Minimum;
using GraphPartition.TestModels.Graphs;
using Xunit;

namespace GraphPartition.Partitioning.Tests;

public class LevelPartitionerTests
{
    [Fact]
    public void The_MindSpore_counterexample_takes_two_engines()
    {
        Partition plan = Partition(Counterexamples.MindSpore);
        Assert.Equal(["1,4,5", "3,6"], EngineNodes(plan));
        Assert.True(plan.IsMinimum);
        Assert.Empty(Verify(Counterexamples.MindSpore, plan));
    }

    [Fact]
    public void The_Tvm_counterexample_takes_two_engines()
    {
        Partition plan = Partition(Counterexamples.Tvm);
        Assert.Equal(["2,3,5", "7,8"], EngineNodes(plan));
        Assert.Empty(Verify(Counterexamples.Tvm, plan));
    }

    [Fact]
    public void Segments_alternate_and_the_certificate_names_the_path()
    {
        var chain = MarkedGraph.Of([[], [0], [1], [2], [3]], 0, 1, 3);
        Partition plan = Partition(chain);
        Assert.Equal([true, false, true, false], plan.Segments.Select(segment => segment.IsEngine));
        Assert.Equal([1, 1, 2, 2], plan.Segments.Select(segment => segment.Level));
        Assert.Equal([1, 2, 3], plan.Certificate.Witness.ToArray());
        Assert.Equal(2, plan.Bound);
    }

    [Fact]
    public void Nothing_supported_is_one_fallback_segment()
    {
        Partition plan = Partition(MarkedGraph.Of([[], [0], []]));
        Assert.Equal(0, plan.EngineCount);
        Assert.Single(plan.Segments);
        Assert.True(plan.Certificate.Witness.IsEmpty);
    }

    [Fact]
    public void Everything_supported_is_one_engine() =>
        Assert.True(Assert.Single(Partition(MarkedGraph.Of([[], [0], []], 0, 1, 2)).Segments).IsEngine);

    [Fact]
    public void No_nodes_no_segments() => Assert.Empty(Partition(MarkedGraph.Of([])).Segments);

    [Fact]
    public void All_graphs_of_up_to_five_nodes_reach_the_brute_force_minimum()
    {
        for (int nodes = 1; nodes <= 5; nodes++)
        {
            foreach (PartitionGraph graph in GraphGenerators.All(nodes))
            {
                for (int mask = 0; mask < 1 << nodes; mask++)
                {
                    bool[] supported = new bool[nodes];
                    for (int node = 0; node < nodes; node++)
                    {
                        supported[node] = (mask >> node & 1) == 1;
                    }

                    AssertBest(new MarkedGraph(graph, supported));
                }
            }
        }
    }

    [Fact]
    public void Random_graphs_of_up_to_eight_nodes_reach_the_brute_force_minimum() => Generate.Check(8, 5000, marked =>
    {
        AssertBest(marked);
        QuikGraphTests.AssertAgrees(marked.Graph, Partition(marked).SegmentOf.ToArray(), isAcyclic: true);
        return true;
    });

    [Fact]
    public void Random_graphs_of_up_to_ten_nodes_reach_the_brute_force_minimum()
    {
        for (ulong seed = 0; seed < 100_000; seed++)
        {
            int nodes = seed % 5 == 0 ? 10 : 5 + (int)(seed % 5);
            AssertBest(GraphGenerators.Dense(nodes, 0.15 + (seed % 7 * 0.07), 0.4, seed));
        }
    }

    [Fact]
    public void Large_graphs_of_every_shape_verify()
    {
        foreach (MarkedGraph marked in Shapes())
        {
            Partition plan = Partition(marked);
            Assert.Empty(Verify(marked, plan));
            Assert.Null(AcyclicityChecker.FindCycle(marked.Graph, plan.SegmentOf));
            QuikGraphTests.AssertAgrees(marked.Graph, plan.SegmentOf.ToArray(), isAcyclic: true);
            Assert.True(plan.IsMinimum);
        }
    }

    [Fact]
    public void Levels_groups_and_certificate_need_at_most_200_bytes_per_node()
    {
        foreach (int nodes in new[] { 1_000, 10_000, 100_000 })
        {
            MarkedGraph marked = GraphGenerators.RandomDag(nodes, 0.2, 50);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Partition plan = Partition(marked);
            Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / nodes, 8, 200);
            Assert.True(plan.IsMinimum);
        }
    }

    [Fact]
    public void Renaming_nodes_renames_the_plan()
    {
        foreach (MarkedGraph marked in Shapes())
        {
            int[] newName = Generate.Permutation(marked.Graph.NodeCount, 7);
            Partition plan = Partition(marked);
            MarkedGraph renamedGraph = marked.Renamed(newName);
            Partition renamed = Partition(renamedGraph);
            for (int node = 0; node < newName.Length; node++)
            {
                Assert.Equal(plan.SegmentOf[node], renamed.SegmentOf[newName[node]]);
            }

            // Nodes that look alike may swap places in the witness, so it is compared by what it passes.
            Dictionary<int, long> bytes = BytesByNode(marked.Graph);
            Dictionary<int, long> renamedBytes = BytesByNode(renamedGraph.Graph);
            Assert.Equal(
                plan.Certificate.Witness.ToArray().Select(node => (plan.SegmentOf[node], bytes[node])),
                renamed.Certificate.Witness.ToArray().Select(node => (renamed.SegmentOf[node], renamedBytes[node])));
        }
    }

    private static Dictionary<int, long> BytesByNode(PartitionGraph graph) =>
        Enumerable.Range(0, graph.TensorCount).Where(tensor => graph.ProducerOf(tensor) >= 0)
            .ToDictionary(graph.ProducerOf, graph.BytesOf);

    internal static IEnumerable<MarkedGraph> Shapes() =>
    [
        GraphGenerators.RandomDag(3000, 0.2, 50),
        GraphGenerators.Layered(40, 50, 0.3),
        GraphGenerators.SeriesParallel(2000, 0.2),
        GraphGenerators.Dense(150, 0.1, 0.3),
        GraphGenerators.LongChains(3, 20_000, 0.4),
        GraphGenerators.FanOutWithSkips(300, 6, 0.2),
    ];

    internal static Partition Partition(MarkedGraph marked) => LevelPartitioner.Partition(marked.Graph, marked.Supported);

    internal static IReadOnlyList<string> Verify(MarkedGraph marked, Partition plan) =>
        CertificateVerifier.Verify(marked.Graph, marked.Supported, plan);

    internal static IEnumerable<string> EngineNodes(Partition plan) =>
        plan.Segments.Where(segment => segment.IsEngine).Select(segment => string.Join(",", segment.Nodes.ToArray()));

    private static void AssertBest(MarkedGraph marked)
    {
        Partition plan = Partition(marked);
        Assert.Empty(Verify(marked, plan));
        Assert.True(BruteForce.IsAcyclic(marked.Graph, plan.SegmentOf));
        Assert.Equal(BruteForce.FewestEngines(marked.Graph, marked.Supported), plan.EngineCount);
        Assert.Equal(BruteForce.FewestSegments(marked.Graph, marked.Supported), plan.Segments.Count);
        for (int id = 1; id < plan.Segments.Count; id++)
        {
            Assert.NotEqual(plan.Segments[id - 1].IsEngine, plan.Segments[id].IsEngine);
        }
    }
}
