namespace GraphPartition.Explorer.Layout;

/// <summary>
/// The regions that a reader opens step by step: segments, in them blocks of nodes whose names have a common prefix, in them smaller
/// blocks or nodes. A region with more parts than <see cref="MostParts"/>, for instance of nodes without names, is cut into runs of its
/// order, so each step shows a picture that can be taken in. The parts of each region are laid out by themselves.
/// </summary>
internal sealed class RegionTree
{
    /// <summary>A region has at most so many parts. Only the whole graph may have more.</summary>
    public const int MostParts = 100;

    /// <summary>Regions are nested at most so deep by names. This limits the work for names like a/a/a/a.</summary>
    private const int MostLevels = 24;

    private readonly int _segments;
    private readonly string[] _names;
    private readonly List<string> _labels = [];
    private readonly List<int> _parents = [];
    private readonly Queue<(int Region, int Level, int Prefix, int[] Nodes)> _open = [];

    /// <summary>Makes the regions.</summary>
    /// <param name="segments">The number of segments: regions 0 to that. Blocks have the numbers behind.</param>
    /// <param name="names">The name of each node.</param>
    /// <param name="segmentOf">The segment of each node.</param>
    /// <param name="edges">The edges between nodes. Those of a body come behind those of the graph around it.</param>
    public RegionTree(int segments, string[] names, int[] segmentOf, IReadOnlyList<(int From, int To, int Tensor)> edges)
    {
        (_segments, _names) = (segments, names);
        RegionOf = new int[names.Length];
        foreach (IGrouping<int, int> segment in Enumerable.Range(0, names.Length).GroupBy(n => segmentOf[n]))
            _open.Enqueue((segment.Key, 0, 0, [.. segment]));
        while (_open.TryDequeue(out var region)) Split(region.Region, region.Level, region.Prefix, region.Nodes);
        (NodeColumn, NodeRow) = (new double[names.Length], new int[names.Length]);
        (BlockColumn, BlockRow) = (new double[_labels.Count], new int[_labels.Count]);
        LayOut(edges);
    }

    /// <summary>The region that each node is directly in.</summary>
    public int[] RegionOf { get; }

    /// <summary>Where each node is in its region, in widths of a node.</summary>
    public double[] NodeColumn { get; }

    /// <summary>Where each node is in its region, in rows from the top.</summary>
    public int[] NodeRow { get; }

    /// <summary>The region around each block, whose number is smaller.</summary>
    public IReadOnlyList<int> BlockParent => _parents;

    /// <summary>What the names in each block have in common, behind that of the block around it; or its first and its last name.</summary>
    public IReadOnlyList<string> BlockLabel => _labels;

    /// <summary>Where each block is in the region around it, in widths of a node.</summary>
    public double[] BlockColumn { get; }

    /// <summary>Where each block is in the region around it, in rows from the top.</summary>
    public int[] BlockRow { get; }

    /// <summary>Makes the parts of a region: blocks by the next part of the names, and single nodes.</summary>
    private void Split(int region, int level, int prefix, int[] nodes)
    {
        int common = Math.Max(prefix, CommonPrefix(nodes)); // what all names have in common forms no block
        string KeyOf(int n) => level < MostLevels && EndOf(_names[n], common) is > 0 and var end ? _names[n][..end] : $"\0{n}";
        IGrouping<string, int>[] parts = [.. nodes.GroupBy(KeyOf)];
        // About as many runs as parts in each, as long as there are not too many runs.
        int size = Math.Max((parts.Length + MostParts - 1) / MostParts, (int)Math.Ceiling(Math.Sqrt(parts.Length)));
        if (parts.Length > MostParts)
            foreach (IGrouping<string, int>[] run in parts.Chunk(size))
                Enclose(region, level, prefix, $"{_names[run[0].First()]} ... {_names[run[^1].Last()]}", [.. run.SelectMany(n => n)]);
        else
            foreach (IGrouping<string, int> part in parts)
                Enclose(region, level, part.Key.Length, part.Key[Math.Min(prefix, part.Key.Length)..].Trim('/', '.'), [.. part]);
    }

    /// <summary>How many characters the names have in common, up to a separator.</summary>
    private int CommonPrefix(int[] nodes)
    {
        ReadOnlySpan<char> common = _names[nodes[0]];
        foreach (int n in nodes) common = common[..common.CommonPrefixLength(_names[n])];
        return common.LastIndexOfAny('/', '.') + 1;
    }

    /// <summary>Puts nodes into a block; a single node stays by itself.</summary>
    private void Enclose(int parent, int level, int prefix, string label, int[] nodes)
    {
        if (nodes.Length == 1)
        {
            RegionOf[nodes[0]] = parent;
            return;
        }
        _open.Enqueue((_segments + _labels.Count, level + 1, prefix, nodes));
        _labels.Add(label);
        _parents.Add(parent);
    }

    /// <summary>
    /// Where the next part of a name ends, separators included; -1: it is the last one. A number at the end belongs to the last part:
    /// Conv.12 is a node of a graph in which nodes have no other names.
    /// </summary>
    private static int EndOf(string name, int from)
    {
        while (from < name.Length && name[from] is '/' or '.') from++;
        int end = from + name.AsSpan(from).IndexOfAny('/', '.');
        if (end < from || end == name.Length - 1) return -1;
        return name[end] == '.' && !name.AsSpan(end + 1).ContainsAnyExceptInRange('0', '9') ? -1 : end + 1;
    }

    private void LayOut(IReadOnlyList<(int From, int To, int Tensor)> edges)
    {
        // An edge belongs to the innermost region with both of its ends, between the parts of that region that they are in.
        int all = _segments + _labels.Count;
        int ParentOf(int part) => part >= all ? RegionOf[part - all] : part >= _segments ? _parents[part - _segments] : -1;
        int[] level = new int[all];
        for (int b = _segments; b < all; b++) level[b] = level[ParentOf(b)] + 1;
        int LevelOf(int part) => part >= all ? level[RegionOf[part - all]] + 1 : level[part];
        var inside = new Dictionary<int, HashSet<(int From, int To)>>();
        foreach ((int source, int target, _) in edges)
        {
            (int from, int to) = (source + all, target + all);
            while (from >= _segments || to >= _segments)
            {
                if (ParentOf(from) == ParentOf(to)) break;
                if (LevelOf(from) >= LevelOf(to)) from = ParentOf(from);
                else to = ParentOf(to);
            }
            if (from == to || from < _segments) continue;
            if (!inside.TryGetValue(ParentOf(from), out var pairs)) inside.Add(ParentOf(from), pairs = []);
            pairs.Add((from, to));
        }
        // A part has the place of its first node in the order of the graph. Blocks may read each other: edges against that order are
        // ignored.
        var parts = new Dictionary<int, List<int>>();
        var placeOf = new int[all + _names.Length];
        Array.Fill(placeOf, -1);
        for (int n = 0; n < _names.Length; n++)
            for (int part = n + all; part >= _segments && placeOf[part] < 0; part = ParentOf(part))
            {
                if (!parts.TryGetValue(ParentOf(part), out List<int>? siblings)) parts.Add(ParentOf(part), siblings = []);
                placeOf[part] = siblings.Count;
                siblings.Add(part);
            }
        foreach ((int region, List<int> siblings) in parts)
        {
            (int From, int To)[] forward = [.. inside.GetValueOrDefault(region, []).Select(e => (From: placeOf[e.From], To: placeOf[e.To]))
                .Where(e => e.From < e.To)];
            (double[] column, int[] row) = LayeredLayout.Of(siblings.Count, forward);
            for (int i = 0; i < siblings.Count; i++)
                if (siblings[i] >= all) (NodeColumn[siblings[i] - all], NodeRow[siblings[i] - all]) = (column[i], row[i]);
                else (BlockColumn[siblings[i] - _segments], BlockRow[siblings[i] - _segments]) = (column[i], row[i]);
        }
    }
}
