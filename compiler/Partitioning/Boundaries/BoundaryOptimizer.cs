using GraphPartition.Partitioning.Minimum;
using static GraphPartition.Partitioning.Boundaries.BoundarySweep;

namespace GraphPartition.Partitioning.Boundaries;

/// <summary>
/// Chooses among the partitions with the fewest engines: few bytes times boundaries crossed
/// (<see cref="BoundaryCost.ByteBoundaries"/>), then the fewest segments, then fewer tiny engines and more connected groups
/// (<see cref="GroupConsolidation"/>).
/// </summary>
/// <remarks>
/// <para>Up to <c>exactLimit</c> nodes the cost is the minimum. Consolidation starts from the optimum in which every node runs as
/// early as possible. It is unique (see <see cref="DifferenceProgram.TakeLeastOptimum"/>), so it depends on the graph alone.</para>
/// <para>Above that limit it is a <b>heuristic</b> (<see cref="BoundaryResult.IsExact"/> is false): overlapping windows of consecutive
/// segments are solved exactly while all other nodes stay (<see cref="BoundarySweep"/>). The cost never grows. Windows are cut by
/// segment numbers and node counts only, so the result does not depend on the order of nodes. Up to 100,000 nodes windows are
/// large (<see cref="Effort.Thorough"/>): for graphs of 20,000 nodes of every generator the result is within 2% of the minimum. Above,
/// they are small and swept once (<see cref="Effort.Quick"/>). At 120,000 nodes that is 1.4% above the minimum on the benchmark's graphs,
/// 14 to 41% where segments are very wide, and 49% on series-parallel graphs, whose parts move far and together.
/// "benchmarks heuristic" repeats these figures.</para>
/// <para>The problem is the weighted layering of Gansner, Koutsofios, North and Vo, "A technique for drawing directed graphs"
/// (1993), section 2, with hyperedges and with parity; see <see cref="BoundaryProgram"/> and
/// <see cref="DifferenceProgram"/>.</para>
/// </remarks>
public static class BoundaryOptimizer
{
    /// <summary>The number of nodes up to which <see cref="Optimize"/> is exact by default.</summary>
    public const int DefaultExactLimit = 20_000;

    private const int ThoroughLimit = 100_000;

    /// <summary>The fewest engines, then few bytes across boundaries, then the fewest segments.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="supported">Which nodes an engine may take.</param>
    /// <param name="exactLimit">The number of nodes above which the heuristic is used.</param>
    public static BoundaryResult Optimize(
        PartitionGraph graph, ReadOnlySpan<bool> supported, int exactLimit = DefaultExactLimit)
    {
        ArgumentNullException.ThrowIfNull(graph);
        LevelNumbering numbering = LevelNumbering.Earliest(graph, supported);
        int[] numbers = numbering.Numbers;
        bool isExact = graph.NodeCount <= exactLimit;
        ulong[] fingerprints = CanonicalOrder.Fingerprints(graph, supported);
        if (graph.NodeCount > 0)
        {
            int count = (numbering.Last / 2) + 1;
            bool isLarge = graph.NodeCount > ThoroughLimit;
            bool[] marks = supported.ToArray();
            var tensors = new NodeTensors(graph);
            BoundaryProgram NewProgram() => new(graph, marks, tensors) { Range = (numbering.First, numbering.Last) };
            new BoundarySweep(NewProgram, numbers, count).Run(isExact ? Effort.Start : isLarge ? Effort.Quick : Effort.Thorough);
            if (isExact)
            {
                BoundaryProgram program = NewProgram();
                program.Improve(numbers, graph.TopologicalOrder, 0, count, takeLeast: true);
                numbers = Widen(graph, program, numbers, numbering);
            }
            new GroupConsolidation(graph, marks, tensors, numbers, fingerprints).Run(isLarge ? 1 : 4);
        }
        int[] witness = numbering.FindWitness(graph, fingerprints);
        Partition partitioning = SegmentTable.FromNumbers(numbers, numbering.Bound, witness);
        return new BoundaryResult(partitioning, BoundaryCost.Of(graph, partitioning), isExact);
    }

    /// <summary>
    /// A fallback segment before the first engine or after the last one can save boundaries where the fewest segments have none there.
    /// It is added only where it lowers the cost; where one of the two is enough, only that one.
    /// </summary>
    private static int[] Widen(PartitionGraph graph, BoundaryProgram program, int[] numbers, LevelNumbering numbering)
    {
        int widest = 2 * numbering.Bound;
        (int First, int Last) narrow = program.Range;
        if (numbering.Bound == 0 || narrow == (0, widest)) return numbers;
        (int[] Numbers, Int128 Cost) best = Within(0, widest);
        if (best.Cost == BoundaryCost.Of(graph, numbers).ByteBoundaries) return numbers;
        foreach ((int first, int last) in new[] { (0, narrow.Last), (narrow.First, widest) })
        {
            if ((first, last) != narrow && Within(first, last) is var wider && wider.Cost == best.Cost)
                return wider.Numbers;
        }
        return best.Numbers;

        (int[] Numbers, Int128 Cost) Within(int first, int last)
        {
            int[] moved = (int[])numbers.Clone();
            program.Range = (first, last);
            program.Improve(moved, graph.TopologicalOrder, 0, (last / 2) + 1, takeLeast: true);
            return (moved, BoundaryCost.Of(graph, moved).ByteBoundaries);
        }
    }
}

/// <summary>A partition with the fewest engines, and the cost of its boundaries.</summary>
/// <param name="Partitioning">The partition.</param>
/// <param name="Cost">The cost of its boundaries.</param>
/// <param name="IsExact">
/// Whether no partition with as few engines costs less; false where a heuristic was used.
/// </param>
public sealed record BoundaryResult(Partition Partitioning, BoundaryCost Cost, bool IsExact);
