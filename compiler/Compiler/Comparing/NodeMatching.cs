namespace GraphPartition.Compiler.Comparing;

/// <summary>
/// Which nodes of two graphs are the same. Structure decides, and names only where it leaves a choice. First come nodes that are
/// computed in the same way from the inputs, then nodes from which the outputs come in the same way, then nodes with the same
/// weights; so a change in the middle leaves what is above and below it. Between those, matches spread along edges: neighbors of one
/// operator at one place match. What is left matches by name, by the longest common subsequence of operators and types, and at last
/// by its place between matched neighbors, where its operator is another one.
/// </summary>
internal sealed class NodeMatching
{
    private const long LargestTable = 1 << 24; // 64 MB

    private readonly Graph _first, _second;
    private readonly int[] _twin, _back; // the node of the other graph; -1: none
    private readonly Queue<int> _open = new(); // matched nodes whose neighbors were not looked at

    /// <summary>Matches the nodes of two graphs.</summary>
    /// <param name="first">The first graph.</param>
    /// <param name="second">The second graph.</param>
    /// <param name="outerOfFirst">The form of a value around the first graph; equal for values that match.</param>
    /// <param name="outerOfSecond">The same for the second graph.</param>
    public NodeMatching(Graph first, Graph second, Func<Value, string> outerOfFirst, Func<Value, string> outerOfSecond)
    {
        (_first, _second) = (first, second);
        _twin = [.. Enumerable.Repeat(-1, first.Nodes.Length)];
        _back = [.. Enumerable.Repeat(-1, second.Nodes.Length)];
        NodeForms here = new(first, outerOfFirst), there = new(second, outerOfSecond);
        string[] above = here.FromAbove(false), aboveThere = there.FromAbove(false), below = here.FromBelow(),
            belowThere = there.FromBelow();
        Match(here.FromAbove(true), there.FromAbove(true), onlyOne: true);
        Match([.. above.Zip(below, string.Concat)], [.. aboveThere.Zip(belowThere, string.Concat)]);
        Match(above, aboveThere);
        Match(below, belowThere);
        Match(here.OfWeights(), there.OfWeights(), onlyOne: true);
        Spread();
        Match(Named(first), Named(second), onlyOne: true);
        Spread();
        Align(here.OfTypes(true), there.OfTypes(true));
        Spread();
        Align(here.OfTypes(false), there.OfTypes(false));
        Spread();
        Match(Places(first, n => _twin[n]), Places(second, m => _back[m] < 0 ? -1 : m), onlyOne: true);

        static string[] Named(Graph graph) => [.. graph.Nodes.Select(n => n.Name.Length == 0 ? "" : $"{n.Op} {n.Name}")];
    }

    /// <summary>The node of the second graph that is node <paramref name="first"/> of the first; -1: there is none.</summary>
    public int TwinOf(int first) => _twin[first];

    /// <summary>The node of the first graph that is node <paramref name="second"/> of the second; -1: there is none.</summary>
    public int TwinOfSecond(int second) => _back[second];

    /// <summary>Matches nodes with equal keys, those of one name first. Empty keys match nothing.</summary>
    /// <param name="keys">A key for each node of the first graph.</param>
    /// <param name="others">A key for each node of the second graph.</param>
    /// <param name="onlyOne">Whether a key must be that of one node in each graph.</param>
    private void Match(string[] keys, string[] others, bool onlyOne = false)
    {
        ILookup<string, int> right = Enumerable.Range(0, others.Length).Where(n => _back[n] < 0 && others[n].Length > 0)
            .ToLookup(n => others[n]);
        foreach (IGrouping<string, int> left in Enumerable.Range(0, keys.Length).Where(n => _twin[n] < 0 && keys[n].Length > 0)
            .GroupBy(n => keys[n]))
        {
            int[] a = [.. left], b = [.. right[left.Key]];
            if (b.Length > 0 && (!onlyOne || (a.Length == 1 && b.Length == 1))) Pair(a, b);
        }
    }

    private void Pair(IReadOnlyList<int> a, IReadOnlyList<int> b)
    {
        ILookup<string, int> named = b.ToLookup(n => _second.Nodes[n].DisplayName);
        foreach (int n in a)
            if (named[_first.Nodes[n].DisplayName].Where(m => _back[m] < 0).Take(1).ToArray() is [var m]) Add(n, m);
        foreach ((int n, int m) in a.Where(n => _twin[n] < 0).Zip([.. b.Where(m => _back[m] < 0)])) Add(n, m);
    }

    private void Add(int n, int m)
    {
        (_twin[n], _back[m]) = (m, n);
        _open.Enqueue(n);
    }

    /// <summary>
    /// Matches the longest common subsequence of what is left, in the order of execution. It leaves out graphs of which so much is left
    /// that the table would be large.
    /// </summary>
    private void Align(string[] keys, string[] others)
    {
        int[] a = [.. Enumerable.Range(0, keys.Length).Where(n => _twin[n] < 0)],
            b = [.. Enumerable.Range(0, others.Length).Where(m => _back[m] < 0)];
        if ((long)a.Length * b.Length > LargestTable) return;
        var length = new int[a.Length + 1, b.Length + 1];
        for (int i = a.Length - 1; i >= 0; i--)
            for (int j = b.Length - 1; j >= 0; j--)
                length[i, j] = keys[a[i]] == others[b[j]] ? length[i + 1, j + 1] + 1 : Math.Max(length[i + 1, j], length[i, j + 1]);
        for (int i = 0, j = 0; i < a.Length && j < b.Length;)
        {
            if (keys[a[i]] == others[b[j]]) Add(a[i++], b[j++]);
            else if (length[i + 1, j] >= length[i, j + 1]) i++;
            else j++;
        }
    }

    /// <summary>Matches neighbors of matched nodes that have one operator.</summary>
    private void Spread()
    {
        while (_open.TryDequeue(out int n))
        {
            Node here = _first.Nodes[n], there = _second.Nodes[_twin[n]];
            for (int i = 0; i < Math.Min(here.Inputs.Length, there.Inputs.Length); i++)
                if (ProducerOf(_first, here.Inputs[i]) is >= 0 and var a && ProducerOf(_second, there.Inputs[i]) is >= 0 and var b
                    && _twin[a] < 0 && _back[b] < 0 && _first.Nodes[a].Op == _second.Nodes[b].Op) Add(a, b);
            for (int o = 0; o < Math.Min(here.Outputs.Length, there.Outputs.Length); o++)
            {
                if (here.Outputs[o] is not { } x || there.Outputs[o] is not { } y) continue;
                ILookup<string, int> right = ReadersOf(_second, y).Where(m => _back[m] < 0).ToLookup(m => PlaceOf(_second.Nodes[m], y));
                foreach (IGrouping<string, int> left in ReadersOf(_first, x).Where(m => _twin[m] < 0)
                    .GroupBy(m => PlaceOf(_first.Nodes[m], x)))
                    if (right[left.Key].ToArray() is var others && left.ToArray() is var own && own.Length == others.Length)
                        Pair(own, others);
            }
        }

        static string PlaceOf(Node reader, Value value) => $"{reader.Op} {reader.Inputs.IndexOf(value)}";
    }

    /// <summary>The neighbors of each node, by their numbers in the second graph; empty where a neighbor has no match.</summary>
    private static string[] Places(Graph graph, Func<int, int> numberOf)
    {
        return [.. graph.Nodes.Select(Place)];

        string Place(Node node)
        {
            int[] around = [.. node.Inputs.Select(v => ProducerOf(graph, v)), -1,
                .. node.Outputs.OfType<Value>().SelectMany(v => ReadersOf(graph, v))];
            return around.Any(n => n >= 0 && numberOf(n) < 0) ? ""
                : $"{string.Join(' ', around.Select(n => n < 0 ? -1 : numberOf(n)))} {string.Join(' ', node.Outputs.Select(v => v is null ? -1 : graph.Outputs.IndexOf(v)))}";
        }
    }

    private static int ProducerOf(Graph graph, Value? value) =>
        value is not null && graph.Uses.IdOf(value) is >= 0 and var id ? graph.Uses.ProducerOf(id) : -1;

    private static int[] ReadersOf(Graph graph, Value value) => graph.Uses.UsersOf(value).ToArray();
}
