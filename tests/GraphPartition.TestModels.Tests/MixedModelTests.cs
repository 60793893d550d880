using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Partitioning.Checking;
using GraphPartition.Partitioning.Graphs;
using GraphPartition.Partitioning.Minimum;

namespace GraphPartition.TestModels.Tests;

/// <summary>What <see cref="ModelZoo"/>'s "mixed" promises to those who partition it.</summary>
public class MixedModelTests
{
    private static readonly TensorRtTarget Target = new(new(10, 16));

    private readonly Graph _model = ModelZoo.Find("mixed")!.Build(new() { Rules = OperatorTable.Default }).Graph;
    private readonly PartitionGraph _graph;
    private readonly bool[] _supported;

    public MixedModelTests()
    {
        _supported = [.. _model.Nodes.Select(n => OperatorTable.Default.SupportOf(n, Target).IsYes)];
        GraphUses uses = _model.Uses;
        var builder = new PartitionGraphBuilder();
        for (int node = 0; node < _model.Nodes.Length; node++) builder.AddNode();
        for (int id = 0; id < uses.ValueCount; id++)
        {
            if (uses[id].IsConstant) continue;
            int tensor = builder.AddTensor(uses.ProducerOf(id), bytes: 1);
            foreach (int user in uses.UsersOf(id)) builder.AddReader(tensor, user);
        }
        _graph = builder.Build();
    }

    [Fact]
    public void Five_nodes_of_four_operators_fall_back()
    {
        IEnumerable<string> fallback = _model.Nodes.Where((_, node) => !_supported[node]).Select(n => n.Op.Type);
        Assert.Equal(["Col2Im", "Compress", "Det", "Det", "Unique"], fallback.Order());
    }

    [Fact]
    public void Four_engines_are_the_minimum()
    {
        Partition plan = LevelPartitioner.Partition(_graph, _supported);
        Assert.Equal(4, plan.EngineCount);
        Assert.True(plan.IsMinimum);
        Assert.Empty(CertificateVerifier.Verify(_graph, _supported, plan));
    }

    [Fact]
    public void Runs_of_supported_nodes_in_the_order_of_the_file_are_more()
    {
        int runs = Enumerable.Range(0, _supported.Length).Count(n => _supported[n] && (n == 0 || !_supported[n - 1]));
        Assert.Equal(6, runs);
    }

    [Fact]
    public void Connected_engines_are_more()
    {
        Partition plan = LevelPartitioner.Partition(_graph, _supported);
        int[] components = Components((a, b) => plan.SegmentOf[a] == plan.SegmentOf[b]);
        Assert.Equal(5, components.Where((_, node) => _supported[node]).Distinct().Count());
        Assert.Null(AcyclicityChecker.FindCycle(_graph, components));
    }

    [Fact]
    public void Joining_all_supported_neighbors_makes_a_cycle()
    {
        int[] components = Components((_, _) => true);
        Assert.NotNull(AcyclicityChecker.FindCycle(_graph, components));
    }

    /// <summary>For each node the first of the nodes that hang together with it over edges between supported nodes.</summary>
    private int[] Components(Func<int, int, bool> mayJoin)
    {
        int[] first = [.. Enumerable.Range(0, _graph.NodeCount)];
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int node = 0; node < first.Length; node++)
                foreach (int next in _graph.Successors(node))
                {
                    if (!_supported[node] || !_supported[next] || first[node] == first[next] || !mayJoin(node, next)) continue;
                    first[node] = first[next] = Math.Min(first[node], first[next]);
                    changed = true;
                }
        }
        return first;
    }
}
