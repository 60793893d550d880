using GraphPartition.TestModels.Graphs;

namespace GraphPartition.TestSupport;

/// <summary>Small graphs on which published partitioning rules make a cycle.</summary>
public static class Counterexamples
{
    /// <summary>
    /// MindSpore r1.3's rule puts all five supported nodes around node 2, which depends on them and they on it.
    /// The minimum is two groups: {1, 4, 5} and {3, 6}.
    /// </summary>
    public static MarkedGraph MindSpore { get; } =
        MarkedGraph.Of([[], [0], [1], [2], [0], [4, 1], [3, 5]], 1, 3, 4, 5, 6);

    /// <summary>
    /// TVM's rule makes {2, 5, 8} and {3, 7}, which depend on each other.
    /// The minimum is two groups: {2, 3, 5} and {7, 8}.
    /// </summary>
    public static MarkedGraph Tvm { get; } =
        MarkedGraph.Of([[], [0], [1, 0], [0], [3, 1], [2, 0], [5, 2], [3, 6], [4, 5]], 2, 3, 5, 7, 8);
}
