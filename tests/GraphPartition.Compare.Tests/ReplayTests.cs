using GraphPartition.Compare.Rules;
using GraphPartition.Partitioning.Checking;
using GraphPartition.Partitioning.Minimum;
using GraphPartition.TestModels.Graphs;
using Xunit;

namespace GraphPartition.Compare.Tests;

public class ReplayTests
{
    [Fact]
    public void MindSpore_makes_the_cycle_of_seven_nodes()
    {
        ReplayedPartition plan = Rule("MindSpore r1.3").Apply(Counterexamples.MindSpore.Graph, Counterexamples.MindSpore.Supported);
        Assert.Equal(1, plan.EngineCount);
        Assert.Null(plan.Partitioning);
        Assert.True(BruteForce.IsCycle(Counterexamples.MindSpore.Graph, plan.GroupOf, plan.Cycle!));
        Assert.Contains("node 2", plan.Cycle!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Tvm_makes_the_cycle_of_nine_nodes()
    {
        ReplayedPartition plan = Rule("TVM").Apply(Counterexamples.Tvm.Graph, Counterexamples.Tvm.Supported);
        Assert.Equal([-1, -1, 2, 3, -1, 2, -1, 3, 2], plan.GroupOf);
        Assert.True(BruteForce.IsCycle(Counterexamples.Tvm.Graph, plan.GroupOf, plan.Cycle!));
    }

    [Fact]
    public void The_other_rules_stay_acyclic_on_both_counterexamples()
    {
        foreach (string name in new[] { "TF-TRT", "Paddle", "ONNX Runtime TensorRT", "torch.fx" })
        {
            Assert.Null(Rule(name).Apply(Counterexamples.MindSpore.Graph, Counterexamples.MindSpore.Supported).Cycle);
            Assert.Null(Rule(name).Apply(Counterexamples.Tvm.Graph, Counterexamples.Tvm.Supported).Cycle);
        }
    }

    [Fact]
    public void No_acyclic_rule_beats_the_bound_and_every_plan_verifies() => Generate.Check(10, 2000, marked =>
    {
        int bound = LevelPartitioner.Partition(marked.Graph, marked.Supported).EngineCount;
        foreach (ReplayRule rule in ReplayRule.All)
        {
            ReplayedPartition plan = rule.Apply(marked.Graph, marked.Supported);
            Assert.Equal(plan.Cycle is null, BruteForce.IsAcyclic(marked.Graph, plan.GroupOf.ToArray()));
            Assert.Equal(marked.Supported, plan.GroupOf.Select(group => group >= 0));
            if (plan.Partitioning is { } partitioning)
            {
                Assert.Empty(CertificateVerifier.Verify(marked.Graph, marked.Supported, partitioning));
                Assert.Equal(plan.EngineCount, partitioning.EngineCount);
                Assert.True(plan.EngineCount >= bound);
            }
        }

        return true;
    });

    [Fact]
    public void Fx_reaches_the_minimum_and_contraction_does_not_always()
    {
        int worse = 0;
        for (ulong seed = 0; seed < 100; seed++)
        {
            MarkedGraph marked = GraphGenerators.RandomDag(100, 0.2, 20, seed);
            int bound = LevelPartitioner.Partition(marked.Graph, marked.Supported).EngineCount;
            Assert.Equal(bound, Rule("torch.fx").Apply(marked.Graph, marked.Supported).EngineCount);
            worse += Rule("TF-TRT").Apply(marked.Graph, marked.Supported).EngineCount > bound ? 1 : 0;
        }

        Assert.True(worse > 50);
    }

    private static ReplayRule Rule(string name) => ReplayRule.All.Single(rule => rule.Name == name);
}
