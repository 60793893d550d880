using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace GraphPartition.Partitioning.Boundaries;

/// <summary>
/// The boundary heuristic: solves overlapping windows of consecutive segments exactly, upwards, while all other nodes stay.
/// </summary>
/// <remarks>
/// <para>At the start every node has its earliest number, so nodes only rise. Windows overlap, so a node that reaches the top of one
/// window continues in the next: one sweep can move it any distance. The cost never grows, and windows are cut by numbers and node
/// counts only, so nothing depends on the order of nodes.</para>
/// <para>A large graph is cut into stretches of segments, which are swept in parallel. A second sweep around the seams moves the nodes
/// that a seam held back, and continues only where something moves. A window reads of other nodes only whether they are below or
/// above it, and no node leaves its stretch: so the result is the same for any number of processors.</para>
/// </remarks>
internal sealed class BoundarySweep
{
    private const int LargestWindow = 40_000;
    private const int StretchNodes = 50_000;
    private const int MostWorkers = 8; // each keeps 8 bytes a node of its own

    private readonly Func<BoundaryProgram> _newProgram;
    private readonly int[] _numbers;
    private readonly int[] _heads;
    private readonly int[] _next;

    /// <summary>Numbers 2x and 2x+1 are pair x; there are <paramref name="count"/> pairs. A linked list holds the nodes of each.</summary>
    public BoundarySweep(Func<BoundaryProgram> newProgram, int[] numbers, int count)
    {
        _newProgram = newProgram;
        _numbers = numbers;
        _heads = new int[count];
        _next = new int[numbers.Length];
        Array.Fill(_heads, -1);
        for (int node = 0; node < numbers.Length; node++) Add(node);
    }

    /// <summary>Improves the numbers in place.</summary>
    public void Run(Effort effort)
    {
        int[] seams = effort.InStretches ? Seams(4 * effort.Pairs) : [0, _heads.Length];
        BoundaryProgram program = _newProgram();
        var idle = new ConcurrentBag<BoundaryProgram>(); // a loop starts more tasks than it runs at a time
        for (int sweep = 0; sweep < effort.Sweeps; sweep++)
        {
            if (seams.Length == 2)
            {
                Sweep(program, 0, _heads.Length, effort);
                continue;
            }
            Parallel.For(
                1,
                seams.Length,
                new ParallelOptions { MaxDegreeOfParallelism = Math.Min(MostWorkers, Environment.ProcessorCount) },
                () => idle.TryTake(out BoundaryProgram? free) ? free : _newProgram(),
                (i, _, own) =>
                {
                    Sweep(own, seams[i - 1], seams[i], effort);
                    return own;
                },
                idle.Add);
            SweepAcross(program, seams.AsSpan(1..^1), effort);
        }
    }

    // Where stretches begin and end. Each has enough nodes, and enough pairs that the windows around two seams do not overlap.
    private int[] Seams(int pairs)
    {
        var seams = new List<int> { 0 };
        int nodes = 0;
        for (int pair = 0; pair < _heads.Length; pair++)
        {
            bool isFull = nodes >= StretchNodes && pair - seams[^1] >= pairs;
            if (isFull && _heads.Length - pair >= pairs)
            {
                seams.Add(pair);
                nodes = 0;
            }
            for (int node = _heads[pair]; node >= 0; node = _next[node]) nodes++;
        }
        return [.. seams, _heads.Length];
    }

    private void Sweep(BoundaryProgram program, int begin, int limit, Effort effort)
    {
        for (int end = begin; end < limit;) (begin, end, _) = Improve(program, begin, limit, effort);
    }

    // Nodes that a seam held back rise further, window after window, until one window changes nothing.
    private void SweepAcross(BoundaryProgram program, ReadOnlySpan<int> seams, Effort effort)
    {
        int next = 0;
        foreach (int seam in seams)
        {
            int begin = Math.Max(next, seam - (2 * effort.Pairs));
            bool changed = true;
            for (int end = begin; end < _heads.Length && (changed || next < seam); begin = next)
                (next, end, changed) = Improve(program, begin, _heads.Length, effort);
        }
    }

    // Solves the window at begin. Returns the begin of the next window, the end of this one, and whether anything moved.
    private (int Next, int End, bool Changed) Improve(BoundaryProgram program, int begin, int limit, Effort effort)
    {
        var nodes = new List<int>(2 * effort.Nodes);
        int end = begin;
        int middle = begin + 1;
        while (end < limit && effort.ShouldGrow(end - begin, nodes.Count))
        {
            for (int node = _heads[end]; node >= 0; node = _next[node]) nodes.Add(node);
            end++;
            middle = nodes.Count <= effort.Nodes * 3 / 4 ? end : middle;
        }
        int next = effort.InStretches ? begin + ((end - begin) * 3 / 4) : Math.Min(middle, end - 1);
        bool changed = nodes.Count <= LargestWindow
            && program.Improve(_numbers, CollectionsMarshal.AsSpan(nodes), begin, end, takeLeast: false);
        if (changed)
        {
            Array.Fill(_heads, -1, begin, end - begin);
            nodes.ForEach(Add);
        }
        return (Math.Max(begin + 1, next), end, changed);
    }

    private void Add(int node)
    {
        ref int head = ref _heads[_numbers[node] / 2];
        _next[node] = head;
        head = node;
    }

    /// <summary>The size of the windows.</summary>
    /// <param name="Sweeps">The number of sweeps over all windows.</param>
    /// <param name="Nodes">The least number of nodes of a window.</param>
    /// <param name="Pairs">The number of pairs of a window with fewer than <paramref name="Most"/> nodes.</param>
    /// <param name="Most">The number of nodes from which <paramref name="Few"/> pairs are enough.</param>
    /// <param name="Few">The number of pairs of such a window; from <see cref="WideWindow"/> nodes on, two are enough.</param>
    /// <param name="InStretches">
    /// Whether stretches are swept in parallel, with windows that overlap by a quarter of their engines; else windows overlap by all
    /// engines but one where segments are wide.
    /// </param>
    public readonly record struct Effort(int Sweeps, int Nodes, int Pairs, int Most, int Few, bool InStretches)
    {
        private const int WideWindow = 15_000;

        /// <summary>A start for the exact method, close to the optimum.</summary>
        public static Effort Start => new(1, 600, 2, 600, 2, InStretches: false);

        /// <summary>For graphs somewhat too large for the exact method.</summary>
        public static Effort Thorough => new(2, 2400, 8, 20_000, 2, InStretches: false);

        /// <summary>For large graphs.</summary>
        public static Effort Quick => new(1, 600, 12, 2400, 4, InStretches: true);

        /// <summary>Whether a window of this size should grow.</summary>
        public bool ShouldGrow(int pairs, int nodes) =>
            pairs < 2 || nodes < Nodes || (pairs < Few && nodes < WideWindow) || (pairs < Pairs && nodes < Most);
    }
}
