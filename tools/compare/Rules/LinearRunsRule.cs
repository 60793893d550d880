using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Compare.Rules;

/// <summary>
/// ONNX Runtime's TensorRT provider with the parser's grouping: a group is a run of supported nodes that follow each other in the
/// topological order; every unsupported node ends one (tensorrt_execution_provider.cc, onnx-tensorrt's ModelImporter.cpp).
/// </summary>
internal sealed class LinearRunsRule : ReplayRule
{
    public override string Name => "ONNX Runtime TensorRT";

    internal override int[] Group(PartitionGraph graph, ReadOnlySpan<bool> supported, ReadOnlySpan<int> order)
    {
        int[] groupOf = new int[order.Length];
        int run = -1;
        foreach (int node in order)
        {
            run = !supported[node] ? -1 : run < 0 ? node : run;
            groupOf[node] = run;
        }

        return groupOf;
    }
}
