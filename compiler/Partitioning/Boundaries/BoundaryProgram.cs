namespace GraphPartition.Partitioning.Boundaries;

/// <summary>
/// Chooses the segment numbers of the nodes in a range of numbers so that bytes times boundaries crossed is least, while the nodes
/// outside the range stay.
/// </summary>
/// <remarks>
/// <para>A supported node has an odd number 2x+1 and an unsupported one an even number 2x. In x the rules are differences again:
/// along an edge x must not fall, and from supported to unsupported it must rise by one.</para>
/// <para>A tensor from p to readers r crosses <c>max s(r) - s(p)</c> boundaries. Of these, those between 2j and 2j+1 are
/// counted by floor(s/2), which is x for either color, and those between 2j-1 and 2j by ceil(s/2), which is x+1 for supported
/// and x for unsupported nodes. So the count is the sum of two integer differences, <c>max x(r) - x(p)</c> and
/// <c>max (x(r) + odd(r)) - (x(p) + odd(p))</c>, and each maximum is a variable above its readers.
/// That is why the best numbers of mixed readers stay integers.</para>
/// <para>Because the range is cut between 2j-1 and 2j, every rule between a node inside and one outside follows from the range,
/// and a reader beyond the range fixes the tensor's end.</para>
/// </remarks>
internal sealed class BoundaryProgram(PartitionGraph graph, bool[] supported, NodeTensors tensors)
{
    private readonly DifferenceProgram _program = new();
    private readonly int[] _variable = new int[graph.NodeCount];
    private readonly int[] _tensorSeen = new int[graph.TensorCount];
    private readonly long _largestWeight = long.MaxValue / 16 / Math.Max(1, graph.TensorCount);
    private int _stamp;

    /// <summary>The smallest and the largest number that a node may get.</summary>
    public (int First, int Last) Range { get; set; }

    /// <summary>Improves the numbers of <paramref name="nodes"/>, which are exactly the nodes with x from begin to end - 1.</summary>
    /// <returns>Whether a number has changed.</returns>
    public bool Improve(int[] numbers, ReadOnlySpan<int> nodes, int begin, int end, bool takeLeast)
    {
        _stamp++;
        _program.Clear();
        foreach (int node in nodes) _variable[node] = _program.AddVariable(0, numbers[node] / 2);
        foreach (int node in nodes)
        {
            AddRules(numbers, node, begin, end);
            foreach (int tensor in tensors.Makes[node]) AddTensor(numbers, tensor, begin, end);
            foreach (int tensor in tensors.Reads[node]) AddTensor(numbers, tensor, begin, end);
        }
        _program.Solve();
        if (takeLeast) _program.TakeLeastOptimum();
        bool changed = false;
        foreach (int node in nodes)
        {
            int number = (2 * _program[_variable[node]]) + Odd(node);
            changed |= number != numbers[node];
            numbers[node] = number;
        }
        return changed;
    }

    private int Odd(int node) => supported[node] ? 1 : 0;

    private void AddRules(int[] numbers, int node, int begin, int end)
    {
        bool isFirst = true;
        foreach (int predecessor in graph.Predecessors(node)) isFirst &= numbers[predecessor] / 2 < begin;
        bool isLast = true;
        foreach (int successor in graph.Successors(node))
        {
            if (numbers[successor] / 2 < end)
            {
                isLast = false;
                _program.Require(_variable[node], _variable[successor], supported[node] && !supported[successor] ? 1 : 0);
            }
        }
        if (isFirst)
        {
            int least = (Range.First + 1 - Odd(node)) / 2;
            _program.Require(DifferenceProgram.Root, _variable[node], Math.Max(begin, least));
        }
        if (isLast)
        {
            int most = (Range.Last - Odd(node)) / 2;
            _program.Require(_variable[node], DifferenceProgram.Root, -Math.Min(end - 1, most));
        }
    }

    private void AddTensor(int[] numbers, int tensor, int begin, int end)
    {
        int producer = graph.ProducerOf(tensor);
        ReadOnlySpan<int> readers = graph.ReadersOf(tensor);
        if (producer < 0 || readers.IsEmpty || _tensorSeen[tensor] == _stamp) return;
        _tensorSeen[tensor] = _stamp;
        long weight = Math.Min(graph.BytesOf(tensor), _largestWeight);
        if (numbers[producer] / 2 >= begin) _program.AddWeight(_variable[producer], -2 * weight);
        int only = -1;
        int inside = 0;
        int colors = 0;
        int latest = 0;
        int latestOdd = 0;
        foreach (int reader in readers)
        {
            int x = numbers[reader] / 2;
            if (x >= end) return;
            if (x >= begin)
            {
                inside++;
                only = reader;
                colors |= 1 << Odd(reader);
                latest = Math.Max(latest, x);
                latestOdd = Math.Max(latestOdd, x + Odd(reader));
            }
        }
        if (inside == 1)
        {
            _program.AddWeight(_variable[only], 2 * weight);
            return;
        }
        // Readers of one color have the same maximum in both counts, up to a constant: one variable of twice the weight.
        bool mixed = colors == 3;
        int floor = _program.AddVariable(mixed ? weight : 2 * weight, latest);
        int ceiling = mixed ? _program.AddVariable(weight, latestOdd) : -1;
        foreach (int reader in readers)
        {
            if (numbers[reader] / 2 < begin) continue;
            _program.Require(_variable[reader], floor, 0);
            if (mixed) _program.Require(_variable[reader], ceiling, Odd(reader));
        }
    }
}
