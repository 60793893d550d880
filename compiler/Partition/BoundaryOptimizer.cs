using System.Runtime.InteropServices;

namespace GraphPartition.Partition;

/// <summary>
/// Uses the freedom that <see cref="LevelPartitioner"/> leaves: with the fewest engines kept, moves nodes between segments so that
/// bytes times boundaries crossed (<see cref="BoundaryCost.ByteBoundaries"/>) is small; then the fewest segments; then, at the same
/// cost, fewer tiny groups and more connected ones (<see cref="GroupConsolidation"/>).
/// </summary>
/// <remarks>
/// <para>Up to <c>exactLimit</c> nodes the cost is the true minimum. Consolidation starts from that minimum in which every node
/// runs as early as possible (it exists, see <see cref="DifferenceProgram.TakeLeastOptimum"/>): a function of the graph alone.</para>
/// <para>Above, it is a <b>heuristic</b>: overlapping windows of consecutive segments are solved exactly with all other nodes held
/// still. The cost never grows, and windows are cut by segment numbers and node counts only, so that this too does not depend on
/// the order of nodes. Up to 100,000 nodes windows are large (<see cref="Effort.Thorough"/>): on graphs of 20,000 nodes of every
/// generator it is within 2% of the minimum. Above that they are small and swept once (<see cref="Effort.Quick"/>): 2% on the
/// benchmark's graphs, up to 47% on graphs with very wide segments. A window holds at least two engines and the fallback beside
/// them; when that is more than 40,000 nodes they stay as early as possible. "benchmarks heuristic" repeats these figures.</para>
/// <para>The problem is the weighted layering of Gansner, Koutsofios, North and Vo, "A technique for drawing directed graphs"
/// (1993), section 2, with hyperedges and with parity; see <see cref="BoundaryProgram"/> and
/// <see cref="DifferenceProgram"/>.</para>
/// </remarks>
public static class BoundaryOptimizer
{
    /// <summary>The number of nodes up to which <see cref="Optimize"/> is exact unless told otherwise.</summary>
    public const int DefaultExactLimit = 20_000;

    private const int ThoroughLimit = 100_000;
    private const int LargestWindow = 40_000;

    /// <summary>The fewest engines, then few bytes across boundaries, then the fewest segments.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="supported">Which nodes an engine may take.</param>
    /// <param name="exactLimit">The number of nodes above which the heuristic stands.</param>
    public static BoundaryPlan Optimize(
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
            var program = new BoundaryProgram(graph, supported.ToArray()) { Range = (numbering.First, numbering.Last) };
            Effort effort = isExact ? Effort.Start : graph.NodeCount <= ThoroughLimit ? Effort.Thorough : Effort.Quick;
            for (int sweep = 0; sweep < effort.Sweeps; sweep++)
            {
                Sweep(program, numbers, count, effort);
            }

            if (isExact)
            {
                program.Improve(numbers, graph.TopologicalOrder, 0, count, takeLeast: true);
                numbers = Widen(graph, program, numbers, numbering);
            }

            new GroupConsolidation(graph, supported, program, numbers, fingerprints).Run(graph.NodeCount <= ThoroughLimit ? 4 : 1);
        }

        int[] witness = numbering.FindWitness(graph, fingerprints);
        Partitioning partitioning = SegmentTable.FromNumbers(numbers, numbering.Bound, witness);
        return new BoundaryPlan(partitioning, BoundaryCost.Of(graph, partitioning), isExact);
    }

    /// <summary>
    /// Fallback before the first engine or behind the last one, where the fewest segments have none, may spare tensors a boundary:
    /// it is taken where it makes the cost less, and no more of it than that takes.
    /// </summary>
    private static int[] Widen(PartitionGraph graph, BoundaryProgram program, int[] numbers, LevelNumbering numbering)
    {
        int widest = 2 * numbering.Bound;
        (int First, int Last) narrow = program.Range;
        if (numbering.Bound == 0 || narrow == (0, widest))
        {
            return numbers;
        }

        (int[] Numbers, Int128 Cost) best = Within(0, widest);
        if (best.Cost == BoundaryCost.Of(graph, numbers).ByteBoundaries)
        {
            return numbers;
        }

        foreach ((int first, int last) in new[] { (0, narrow.Last), (narrow.First, widest) })
        {
            if ((first, last) != narrow && Within(first, last) is var wider && wider.Cost == best.Cost)
            {
                return wider.Numbers;
            }
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

    /// <summary>
    /// Improves window after window of consecutive segments, upwards. From the earliest numbers nodes only want to rise, and
    /// windows overlap, so a node that reaches the top of one window rises on in the next: one sweep takes it any distance.
    /// </summary>
    private static void Sweep(BoundaryProgram program, int[] numbers, int count, Effort effort)
    {
        var pairs = new PairLists(numbers, count);
        var nodes = new List<int>();
        int begin = 0;
        int end = 0;
        while (end < count)
        {
            nodes.Clear();
            end = begin;
            int middle = begin + 1;
            while (end < count && effort.Wants(end - begin, nodes.Count))
            {
                pairs.CopyTo(nodes, end++);
                middle = nodes.Count <= effort.Nodes * 3 / 4 ? end : middle;
            }

            if (nodes.Count <= LargestWindow)
            {
                ReadOnlySpan<int> members = CollectionsMarshal.AsSpan(nodes);
                program.Improve(numbers, members, begin, end, takeLeast: false);
                pairs.Replace(begin, end, members, numbers);
            }

            begin = Math.Max(begin + 1, effort.StepsFar ? begin + ((end - begin) * 3 / 4) : Math.Min(middle, end - 1));
        }
    }

    /// <summary>How much a sweep looks at together.</summary>
    /// <param name="Sweeps">How often all windows are gone through.</param>
    /// <param name="Nodes">A window has at least so many nodes.</param>
    /// <param name="Pairs">A window has so many engines with the fallback beside them, unless it has <paramref name="Most"/> nodes.</param>
    /// <param name="Most">The number of nodes from which on two engines are enough.</param>
    /// <param name="StepsFar">Whether windows overlap by a quarter of their engines; else by all but one where segments are wide.</param>
    private readonly record struct Effort(int Sweeps, int Nodes, int Pairs, int Most, bool StepsFar)
    {
        /// <summary>Enough to save the exact method most of its way.</summary>
        public static Effort Start => new(1, 600, 2, 600, StepsFar: false);

        public static Effort Thorough => new(2, 2400, 8, 20_000, StepsFar: false);

        public static Effort Quick => new(1, 600, 8, 2400, StepsFar: true);

        /// <summary>Whether a window with so much in it should have more.</summary>
        public bool Wants(int pairs, int nodes) => pairs < 2 || nodes < Nodes || (pairs < Pairs && nodes < Most);
    }

    /// <summary>The nodes of each pair of numbers 2x, 2x+1, as linked lists.</summary>
    private sealed class PairLists
    {
        private readonly int[] _heads;
        private readonly int[] _next;

        public PairLists(int[] numbers, int count)
        {
            _heads = new int[count];
            _next = new int[numbers.Length];
            Array.Fill(_heads, -1);
            for (int node = 0; node < numbers.Length; node++)
            {
                Add(node, numbers[node] / 2);
            }
        }

        public void CopyTo(List<int> nodes, int pair)
        {
            for (int node = _heads[pair]; node >= 0; node = _next[node])
            {
                nodes.Add(node);
            }
        }

        public void Replace(int begin, int end, ReadOnlySpan<int> nodes, int[] numbers)
        {
            Array.Fill(_heads, -1, begin, end - begin);
            foreach (int node in nodes)
            {
                Add(node, numbers[node] / 2);
            }
        }

        private void Add(int node, int pair)
        {
            _next[node] = _heads[pair];
            _heads[pair] = node;
        }
    }
}

/// <summary>A partitioning with the fewest engines, and what its boundaries cost.</summary>
/// <param name="Partitioning">The partitioning.</param>
/// <param name="Cost">The cost of its boundaries.</param>
/// <param name="IsExact">
/// Whether no partitioning with as few engines and segments costs less; otherwise a heuristic was used.
/// </param>
public sealed record BoundaryPlan(Partitioning Partitioning, BoundaryCost Cost, bool IsExact);
