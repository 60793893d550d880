using GraphPartition.Partitioning.Graphs;
using GraphPartition.TestModels.Graphs;
using Xunit;

namespace GraphPartition.Partitioning.Tests;

public class PartitionGraphTests
{
    [Fact]
    public void Edges_come_from_tensors_once_each()
    {
        var builder = new PartitionGraphBuilder();
        int a = builder.AddNode();
        int b = builder.AddNode();
        int input = builder.AddTensor(-1, 8);
        int first = builder.AddTensor(a, 4);
        int second = builder.AddTensor(a, 2, isOutput: true);
        builder.AddReader(input, a);
        builder.AddReader(input, b);
        builder.AddReader(first, b);
        builder.AddReader(first, b);
        builder.AddReader(second, b);
        PartitionGraph graph = builder.Build();

        Assert.Equal(1, graph.EdgeCount);
        Assert.Equal([b], graph.Successors(a).ToArray());
        Assert.Equal([a], graph.Predecessors(b).ToArray());
        Assert.Equal([b], graph.ReadersOf(first).ToArray());
        Assert.Equal([a, b], graph.ReadersOf(input).ToArray());
        Assert.Equal(-1, graph.ProducerOf(input));
        Assert.Equal(4, graph.BytesOf(first));
        Assert.True(graph.IsOutput(second) && !graph.IsOutput(first));
    }

    [Fact]
    public void Node_numbers_need_not_be_topological()
    {
        PartitionGraph graph = PartitionGraph.FromPredecessors([[1], [2], []]);
        Assert.Equal([2, 1, 0], graph.TopologicalOrder.ToArray());
    }

    [Fact]
    public void A_cycle_is_shown_not_built()
    {
        var builder = new PartitionGraphBuilder();
        for (int node = 0; node < 5; node++)
        {
            builder.AddTensor(builder.AddNode(), 1);
        }

        builder.AddReader(0, 1);
        builder.AddReader(1, 2);
        builder.AddReader(2, 3);
        builder.AddReader(3, 1);
        builder.AddReader(3, 4);
        Assert.False(builder.TryBuild(out PartitionGraph? graph, out IReadOnlyList<int> cycle));
        Assert.Null(graph);
        Assert.Equal([1, 2, 3], cycle.Order());
        Assert.Equal(cycle[1], cycle[0] % 3 + 1);
        Assert.Throws<ArgumentException>(builder.Build);
    }

    [Fact]
    public void A_node_that_reads_itself_is_a_cycle()
    {
        var builder = new PartitionGraphBuilder();
        builder.AddReader(builder.AddTensor(builder.AddNode(), 1), 0);
        Assert.False(builder.TryBuild(out _, out IReadOnlyList<int> cycle));
        Assert.Equal([0], cycle);
    }

    [Fact]
    public void Unknown_nodes_and_tensors_are_refused()
    {
        var builder = new PartitionGraphBuilder();
        builder.AddTensor(builder.AddNode(), 1);
        builder.AddReader(0, 7);
        Assert.Throws<ArgumentException>(builder.Build);
    }

    [Fact]
    public void The_empty_graph_is_a_graph() => Assert.Equal(0, PartitionGraph.FromPredecessors([]).NodeCount);

    [Fact]
    public void Every_generator_keeps_its_promise()
    {
        Assert.Equal(1000, GraphGenerators.RandomDag(1000, 0.2, 50).Graph.NodeCount);
        Assert.Equal(60, GraphGenerators.Layered(6, 10, 0.2).Graph.NodeCount);
        Assert.Equal(200, GraphGenerators.SeriesParallel(200, 0.2).Graph.NodeCount);
        Assert.Equal(30 * 29 / 2, GraphGenerators.Dense(30, 1, 0.2).Graph.EdgeCount);
        Assert.Equal(3 * 100 + 2, GraphGenerators.LongChains(3, 100, 0.2).Graph.NodeCount);
        Assert.Equal(1 + 4 * 10, GraphGenerators.FanOutWithSkips(10, 3, 0.2).Graph.NodeCount);
        Assert.Equal(64, GraphGenerators.All(4).Count());
    }
}
