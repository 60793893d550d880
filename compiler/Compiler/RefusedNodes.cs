using GraphPartition.Compiler.Planning;

namespace GraphPartition.Compiler;

/// <summary>
/// What the installed TensorRT refused, and the plan before it. Every replan starts from that plan: a refused node is expanded if all its
/// parts are taken, and moves to the fallback otherwise. If a part is refused too, the node moves as a whole, because the fallback has a
/// kernel for it. So every round adds a refused node or a whole one, and the rounds come to an end.
/// </summary>
/// <param name="start">The plan before the first refusal.</param>
/// <param name="expand">Expands nodes with a verdict, but none of those that are to be kept.</param>
internal sealed class RefusedNodes(Compilation start, RefusedNodes.Expander expand)
{
    private static readonly ImmutableDictionary<Node, Verdict> None =
        ImmutableDictionary.Create<Node, Verdict>(ReferenceEqualityComparer.Instance);

    /// <summary>A graph with refused nodes expanded, and what was expanded.</summary>
    public delegate (Graph Graph, ImmutableArray<Expansion> Expansions) Expander(
        Graph graph, ImmutableDictionary<Node, Verdict> refused, Func<Node, bool> keeps);

    /// <summary>A node keeps the name of its first result and its operator when its inputs are replaced.</summary>
    private ILookup<(string, OpName), Node> Nodes => field ??= ByResult(start.Model.Graph);

    /// <summary>The observed types of a graph that was made of the plan's (<see cref="PlanRequest.Typed"/>).</summary>
    public required Func<Graph, IReadOnlyDictionary<Graph, Graph>> Typed { get; init; }

    private ImmutableDictionary<Node, Verdict> Refused { get; init; } = None;

    private ImmutableHashSet<Node> Whole { get; init; } = ImmutableHashSet.Create<Node>(ReferenceEqualityComparer.Instance);

    /// <summary>The plan without the nodes.</summary>
    /// <param name="current">The plan that has them.</param>
    /// <param name="moved">Nodes of that plan, each with the reason.</param>
    /// <param name="canExpand">Which of them may be expanded.</param>
    public Compilation Without(Compilation current, IEnumerable<KeyValuePair<Node, Verdict>> moved, Func<Node, bool> canExpand)
    {
        var refused = Refused.ToBuilder();
        var whole = Whole.ToBuilder();
        int known = refused.Count + whole.Count;
        foreach ((Node node, Verdict no) in moved)
        {
            Node[] found = [.. Nodes[KeyOf(node)].Where(n => refused.TryAdd(n, no))];
            if (found.Length == 0) whole.UnionWith(Around(node, current));
            else if (!canExpand(node)) whole.UnionWith(found);
        }
        if (refused.Count + whole.Count == known) whole.UnionWith(refused.Keys); // the passes made a node that nobody knows: no part stays
        return Plan(current, refused.ToImmutable(), whole.ToImmutable());
    }

    private Compilation Plan(Compilation current, ImmutableDictionary<Node, Verdict> refused, ImmutableHashSet<Node> whole)
    {
        while (true)
        {
            ImmutableDictionary<Node, Verdict> wanted = refused.RemoveRange(whole);
            var (graph, expansions) = expand(start.Model.Graph, wanted, n => Nodes[KeyOf(n)] is var known
                && known.Any() && !known.Any(wanted.ContainsKey));
            ILookup<(string, OpName), Node> nodes = ReferenceEquals(graph, start.Model.Graph) ? Nodes : ByResult(graph);
            HashSet<string> expanded = [.. expansions.Select(e => e.Result)];
            PlanRequest request = start.Request with
            {
                Typed = Typed(graph),
                Moved = start.Request.Moved.SetItems(refused.Where(r => !expanded.Contains(KeyOf(r.Key).Result))
                    .SelectMany(r => nodes[KeyOf(r.Key)], (r, node) => KeyValuePair.Create(node, r.Value))),
                Casts = [.. start.Request.Casts.SelectMany(c => nodes[KeyOf(c)])],
            };
            var plan = PartitionPlan.Of(graph, request);
            HashSet<string> idle = [.. ModelCompiler.Idle(expansions, plan).Select(i => i.Expansion.Result)];
            if (idle.Count > 0)
            {
                whole = whole.Union(refused.Keys.Where(n => idle.Contains(KeyOf(n).Result)));
                continue;
            }
            return current with
            {
                Model = start.Model with { Graph = graph },
                Plan = plan,
                Request = request,
                Expansions = [.. start.Expansions, .. expansions],
                EnginesWithoutExpansions = start.EnginesWithoutExpansions ?? (expansions.IsEmpty ? null
                    : PartitionPlan.Of(start.Model.Graph, start.Request with { Moved = refused }).TotalEngines),
                Refused = new(start, expand) { Typed = Typed, Refused = refused, Whole = whole },
            };
        }
    }

    /// <summary>The nodes that were expanded into a node, or the node's own if its result has the name of what it came from.</summary>
    private IEnumerable<Node> Around(Node part, Compilation current)
    {
        string name = KeyOf(part).Result;
        HashSet<string> results = [.. current.Expansions.Where(e => e.Result == name || e.Parts.Contains(name)).Select(e => e.Result)];
        return Refused.Keys.Where(n => results.Contains(KeyOf(n).Result));
    }

    private static (string Result, OpName Op) KeyOf(Node node) => (node.FirstResult, node.Op);

    private static ILookup<(string, OpName), Node> ByResult(Graph graph)
    {
        return All(graph).ToLookup(KeyOf);

        static IEnumerable<Node> All(Graph graph) => graph.Nodes.SelectMany(n => n.Attributes.Bodies().SelectMany(All).Prepend(n));
    }
}
