using GraphPartition.Partitioning.Checking;
using GraphPartition.TestModels.Graphs;
using Xunit;

namespace GraphPartition.Partitioning.Tests;

public class CertificateVerifierTests
{
    private static readonly MarkedGraph Chain = MarkedGraph.Of([[], [0], [1]], 0, 2);

    [Fact]
    public void A_wrong_mark_is_found() =>
        Assert.Contains(
            CertificateVerifier.Verify(Chain.Graph, [false, false, true], LevelPartitionerTests.Partition(Chain)),
            fault => fault.Contains("not supported", StringComparison.Ordinal));

    [Fact]
    public void A_witness_that_is_not_a_path_is_detected()
    {
        // The same nodes and marks, but node 2 no longer reads node 1: the plan of the chain claims too much.
        var broken = MarkedGraph.Of([[], [0], []], 0, 2);
        Assert.Contains(
            LevelPartitionerTests.Verify(broken, LevelPartitionerTests.Partition(Chain)),
            fault => fault.Contains("not joined by an edge", StringComparison.Ordinal));
    }

    [Fact]
    public void A_number_that_falls_along_an_edge_is_found()
    {
        var reversed = MarkedGraph.Of([[1], [2], []], 0, 2);
        Assert.Contains(
            LevelPartitionerTests.Verify(reversed, LevelPartitionerTests.Partition(Chain)),
            fault => fault.Contains("smaller number", StringComparison.Ordinal));
    }

    [Fact]
    public void A_bound_with_too_few_runs_is_found() =>
        Assert.Contains(
            CertificateVerifier.Verify(Chain.Graph, [true, true, true], LevelPartitionerTests.Partition(Chain)),
            fault => fault.Contains("runs", StringComparison.Ordinal));

    [Fact]
    public void A_plan_of_another_size_is_found() =>
        Assert.Single(LevelPartitionerTests.Verify(Counterexamples.Tvm, LevelPartitionerTests.Partition(Chain)));
}
