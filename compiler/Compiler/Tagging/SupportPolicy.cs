using System.Globalization;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Compiler.Tagging;

/// <summary>Decides which nodes an engine may take. The forms of the option <c>--support</c> (<see cref="Parse"/>).</summary>
public abstract class SupportPolicy
{
    /// <summary>The policy as the option <c>--support</c> writes it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the policy describes a real TensorRT: only then engines are built.</summary>
    public virtual bool IsReal => false;

    /// <summary>Decides whether an engine may take a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="index">Its place in the graph.</param>
    /// <returns>Yes, or no with a reason.</returns>
    public abstract Verdict SupportOf(Node node, int index);

    /// <summary>Decides for every node of a graph.</summary>
    public virtual Verdict[] Tag(Graph graph)
    {
        var tags = new Verdict[graph.Nodes.Length];
        for (int i = 0; i < tags.Length; i++) tags[i] = SupportOf(graph.Nodes[i], i);
        return tags;
    }

    /// <summary>The nodes that are supported, but not apart from what they need in the same engine.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="tags">The verdict on each node.</param>
    /// <param name="segmentOf">The segment of each node in a partition.</param>
    /// <returns>The nodes, each with a no; most policies have none.</returns>
    public virtual IReadOnlyList<(int Node, Verdict No)> Separated(
        Graph graph, IReadOnlyList<Verdict> tags, ReadOnlyMemory<int> segmentOf) => [];

    /// <summary>Warnings for names of the policy that match nothing (GP3013).</summary>
    /// <param name="graphs">The graph after the passes and the graph before them.</param>
    public virtual IEnumerable<Diagnostic> Unmatched(IReadOnlyList<Graph> graphs) => [];

    /// <summary>
    /// Parses the option: <c>table</c> (the rules of <paramref name="target"/>), <c>all</c>, <c>none</c>, <c>mindspore</c>
    /// (<see cref="MindSporeSupport"/>), <c>random:SEED:P</c> (each node is supported with probability P; so any model can test many
    /// partitions), or the path of a file (<see cref="ListedSupport"/>).
    /// </summary>
    /// <exception cref="ModelException">GP3001: no form of the option, and no file.</exception>
    public static SupportPolicy Parse(string text, OperatorTable operators, TensorRtTarget target)
    {
        switch (text)
        {
            case "table": return new TableSupport(operators, target);
            case "all": return new UniformSupport("all", Verdict.Yes);
            case "mindspore": return new MindSporeSupport();
            case "none": return new UniformSupport("none", Verdict.No("--support none", "support option"));
        }
        if (text.Split(':') is ["random", var seed, var share])
            return ulong.TryParse(seed, NumberStyles.None, CultureInfo.InvariantCulture, out ulong s)
                && double.TryParse(share, NumberStyles.Float, CultureInfo.InvariantCulture, out double p) && p is >= 0 and <= 1
                ? new RandomSupport(s, p) : throw CompilerCodes.BadSupport.Error(text, "random takes a whole number and a probability");
        return File.Exists(text) ? ListedSupport.Read(text, operators)
            : throw CompilerCodes.BadSupport.Error(text, "there is no such form, and no such file");
    }
}

/// <summary>The operator table's rules of a TensorRT release.</summary>
public sealed class TableSupport(OperatorTable operators, TensorRtTarget target) : SupportPolicy
{
    /// <inheritdoc/>
    public override string Name => "table";

    /// <summary>Names of values inside the graph whose sizes are given or were observed, so that engines can take them.</summary>
    public ImmutableHashSet<string> Sized { get; private init; } = [];

    /// <summary>The same rules, with more values whose sizes are known.</summary>
    public TableSupport With(IEnumerable<string> sized) => new(operators, target) { Sized = Sized.Union(sized) };

    /// <inheritdoc/>
    public override bool IsReal => true;

    /// <inheritdoc/>
    public override Verdict SupportOf(Node node, int index) => operators.SupportOf(node, target);

    /// <inheritdoc/>
    public override Verdict[] Tag(Graph graph)
    {
        Verdict[] tags = operators.SupportOf(graph, target, Sized);
        OpenTypes.Explain(graph, tags);
        return tags;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(int Node, Verdict No)> Separated(
        Graph graph, IReadOnlyList<Verdict> tags, ReadOnlyMemory<int> segmentOf) =>
        operators.Separated(graph, tags, segmentOf, target, Sized);
}

/// <summary>A policy, and nodes that the installed TensorRT refuses.</summary>
internal sealed class RefusingSupport(SupportPolicy policy, ImmutableDictionary<Node, Verdict> refused) : SupportPolicy
{
    /// <inheritdoc/>
    public override string Name => policy.Name;

    /// <inheritdoc/>
    public override Verdict SupportOf(Node node, int index) =>
        refused.TryGetValue(node, out Verdict no) ? no : policy.SupportOf(node, index);

    /// <inheritdoc/>
    public override Verdict[] Tag(Graph graph) =>
        [.. policy.Tag(graph).Select((tag, n) => refused.GetValueOrDefault(graph.Nodes[n], tag))];
}

/// <summary>The same verdict for every node.</summary>
public sealed class UniformSupport(string name, Verdict answer) : SupportPolicy
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override Verdict SupportOf(Node node, int index) => answer;
}

/// <summary>
/// Each node is supported with probability P. The verdict is a hash of the seed and the node's place in the graph (SplitMix64, Steele, Lea
/// and Flood 2014), so it is the same on every machine and does not depend on names.
/// </summary>
public sealed class RandomSupport(ulong seed, double probability) : SupportPolicy
{
    private static readonly Verdict No = Verdict.No("not chosen by --support random", "support option");

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"random:{seed}:{probability}");

    /// <inheritdoc/>
    public override Verdict SupportOf(Node node, int index)
    {
        ulong x = Mix(seed * 0x9E3779B97F4A7C15UL + (ulong)index);
        return (x >> 11) * (1.0 / (1UL << 53)) < probability ? Verdict.Yes : No;
    }

    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15UL;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }
}

/// <summary>
/// A file lists what is supported, one per line: <c>op Conv</c>, <c>op com.microsoft::Gelu</c>, <c>node /layer1/conv</c>. <c>#</c> starts a
/// comment.
/// </summary>
public sealed class ListedSupport : SupportPolicy
{
    private readonly Dictionary<string, int> _ops = []; // with the number of the line
    private readonly Dictionary<string, int> _nodes = [];
    private readonly OperatorTable _operators;
    private readonly Verdict _no;

    private ListedSupport(string path, OperatorTable operators)
    {
        Name = path;
        _operators = operators;
        _no = Verdict.No($"not listed in {Path.GetFileName(path)}", "support file");
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool IsReal => true;

    /// <inheritdoc/>
    public override Verdict SupportOf(Node node, int index) =>
        _ops.ContainsKey(node.Op.ToString()) || _nodes.ContainsKey(node.DisplayName) || _nodes.ContainsKey(node.Name) ? Verdict.Yes : _no;

    /// <inheritdoc/>
    /// <remarks>A file may list more operators than the model has, so an operator that the table knows is not a mistake.</remarks>
    public override IEnumerable<Diagnostic> Unmatched(IReadOnlyList<Graph> graphs)
    {
        HashSet<string> ops = [.. _operators.Operators.Select(o => o.Name.ToString())], nodes = [];
        foreach (Graph graph in graphs) Collect(graph);
        return _ops.Where(o => !ops.Contains(o.Key))
                .Select(o => (o.Value, Text: $"no operator is called '{o.Key}'{NearNames.Hint(o.Key, ops)}"))
            .Concat(_nodes.Where(n => !nodes.Contains(n.Key))
                .Select(n => (n.Value, Text: $"the model has no node '{n.Key}'{NearNames.Hint(n.Key, nodes)}")))
            .OrderBy(fault => fault.Value)
            .Select(fault => CompilerCodes.SupportMatchesNothing.At($"{Name}:{fault.Value}", fault.Text));

        void Collect(Graph graph)
        {
            foreach (Node node in graph.Nodes)
            {
                ops.Add(node.Op.ToString());
                nodes.Add(node.Name);
                nodes.Add(node.DisplayName);
                foreach (Graph body in node.Attributes.Bodies()) Collect(body);
            }
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelException">GP3001 for every line that has neither form; GP1001: the file cannot be read.</exception>
    public static ListedSupport Read(string path, OperatorTable operators)
    {
        var policy = new ListedSupport(path, operators);
        var faults = new List<Diagnostic>();
        string[] lines = InputFile.Read(path, File.ReadAllLines);
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Split('#')[0].Trim();
            if (line.StartsWith("op ", StringComparison.Ordinal)) policy._ops.TryAdd(line[3..].Trim(), i + 1);
            else if (line.StartsWith("node ", StringComparison.Ordinal)) policy._nodes.TryAdd(line[5..].Trim(), i + 1);
            else if (line.Length > 0)
                faults.Add(CompilerCodes.BadSupport.At($"{path}:{i + 1}", $"'{line}' is neither 'op NAME' nor 'node NAME'"));
        }
        return faults.Count == 0 ? policy : throw new ModelException(faults);
    }
}
