using System.Runtime.InteropServices;

namespace GraphPartition.Partitioning.Boundaries;

/// <summary>
/// The boundary heuristic: solves overlapping windows of consecutive segments exactly, upwards, with all other nodes held still.
/// </summary>
/// <remarks>
/// <para>From the earliest numbers nodes only want to rise, and windows overlap, so a node that reaches the top of one window rises
/// on in the next: one sweep takes it any distance. The cost never grows, and windows are cut by numbers and node counts only,
/// so that nothing depends on the order of nodes.</para>
/// <para>A large graph is cut into stretches of segments, which are swept in parallel; what then wants to rise over a seam does so in
/// a second sweep, which only looks where something moves. A window asks of nodes outside only whether they are below or above
/// it, and no node leaves its stretch: so the answer is the same at any time, and the result on any number of processors.</para>
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

    /// <summary>Numbers 2x and 2x+1 are pair x, of which there are <paramref name="count"/>; their nodes are kept as linked lists.</summary>
    public BoundarySweep(Func<BoundaryProgram> newProgram, int[] numbers, int count)
    {
        _newProgram = newProgram;
        _numbers = numbers;
        _heads = new int[count];
        _next = new int[numbers.Length];
        Array.Fill(_heads, -1);
        for (int node = 0; node < numbers.Length; node++)
        {
            Add(node);
        }
    }

    /// <summary>Improves the numbers in place.</summary>
    public void Run(Effort effort)
    {
        int[] seams = effort.InStretches ? Seams(4 * effort.Pairs) : [0, _heads.Length];
        BoundaryProgram program = _newProgram();
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
                _newProgram,
                (i, _, own) =>
                {
                    Sweep(own, seams[i - 1], seams[i], effort);
                    return own;
                },
                _ => { });
            SweepAcross(program, seams.AsSpan(1..^1), effort);
        }
    }

    // Where stretches begin and end: each has so many nodes, and so many pairs that the surroundings of two seams do not meet.
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

            for (int node = _heads[pair]; node >= 0; node = _next[node])
            {
                nodes++;
            }
        }

        return [.. seams, _heads.Length];
    }

    private void Sweep(BoundaryProgram program, int begin, int limit, Effort effort)
    {
        for (int end = begin; end < limit;)
        {
            (begin, end, _) = Improve(program, begin, limit, effort);
        }
    }

    // What was held back by a seam rises on, window after window, until one changes nothing.
    private void SweepAcross(BoundaryProgram program, ReadOnlySpan<int> seams, Effort effort)
    {
        int next = 0;
        foreach (int seam in seams)
        {
            int begin = Math.Max(next, seam - (2 * effort.Pairs));
            bool changed = true;
            for (int end = begin; end < _heads.Length && (changed || next < seam); begin = next)
            {
                (next, end, changed) = Improve(program, begin, _heads.Length, effort);
            }
        }
    }

    // Solves the window that begins there; says where the next one begins, where this one ended, and whether anything moved.
    private (int Next, int End, bool Changed) Improve(BoundaryProgram program, int begin, int limit, Effort effort)
    {
        var nodes = new List<int>();
        int end = begin;
        int middle = begin + 1;
        while (end < limit && effort.Wants(end - begin, nodes.Count))
        {
            for (int node = _heads[end]; node >= 0; node = _next[node])
            {
                nodes.Add(node);
            }

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

    /// <summary>How much a sweep looks at together.</summary>
    /// <param name="Sweeps">How often all windows are gone through.</param>
    /// <param name="Nodes">A window has at least so many nodes.</param>
    /// <param name="Pairs">A window has so many engines with the fallback beside them, unless it has <paramref name="Most"/> nodes.</param>
    /// <param name="Most">The number of nodes from which on <paramref name="Few"/> engines are enough.</param>
    /// <param name="Few">As many engines as a window should have even so; with <see cref="WideWindow"/> nodes, two.</param>
    /// <param name="InStretches">
    /// Whether stretches are swept in parallel, with windows that overlap by a quarter of their engines; else windows overlap by all
    /// engines but one where segments are wide.
    /// </param>
    public readonly record struct Effort(int Sweeps, int Nodes, int Pairs, int Most, int Few, bool InStretches)
    {
        private const int WideWindow = 15_000;

        /// <summary>Enough to save the exact method most of its way.</summary>
        public static Effort Start => new(1, 600, 2, 600, 2, InStretches: false);

        /// <summary>For graphs somewhat too large for the exact method.</summary>
        public static Effort Thorough => new(2, 2400, 8, 20_000, 2, InStretches: false);

        /// <summary>For large graphs.</summary>
        public static Effort Quick => new(1, 600, 12, 2400, 4, InStretches: true);

        /// <summary>Whether a window with so much in it should have more.</summary>
        public bool Wants(int pairs, int nodes) =>
            pairs < 2 || nodes < Nodes || (pairs < Few && nodes < WideWindow) || (pairs < Pairs && nodes < Most);
    }
}
