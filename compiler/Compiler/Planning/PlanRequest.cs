using System.Collections.ObjectModel;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Tagging;

namespace GraphPartition.Compiler.Planning;

/// <summary>How a graph is to be partitioned.</summary>
/// <param name="SupportPolicy">Decides which nodes an engine may take.</param>
/// <param name="Groups">What may form a group.</param>
/// <param name="Constraints">Constraints on engines.</param>
public sealed record PlanRequest(SupportPolicy SupportPolicy, GroupMode Groups, PlanConstraints Constraints)
{
    /// <summary>Nodes that fall back whatever the policy decides, with the reason: no engine with them could be built.</summary>
    public ImmutableDictionary<Node, Verdict> Moved { get; init; } =
        ImmutableDictionary.Create<Node, Verdict>(ReferenceEqualityComparer.Instance);

    /// <summary>
    /// Casts that a conversion of types added. One is in an engine if its producer is, or else if all of its users are: with a user in the
    /// fallback it would put an engine on a path that had none. So no Cast splits an engine or makes one.
    /// </summary>
    public ImmutableHashSet<Node> Casts { get; init; } = [];

    /// <summary>Graphs and bodies with observed types, node for node, by the graphs that are planned: verdicts see these types.</summary>
    public IReadOnlyDictionary<Graph, Graph> Typed { get; init; } = ReadOnlyDictionary<Graph, Graph>.Empty;

    /// <summary>Tags every node of a graph or a body.</summary>
    internal Verdict[] Tag(Graph graph)
    {
        Verdict[] tags = SupportPolicy.Tag(Typed.GetValueOrDefault(graph, graph));
        for (int n = 0; n < tags.Length && !Moved.IsEmpty; n++)
            if (Moved.TryGetValue(graph.Nodes[n], out Verdict no)) tags[n] = no;
        for (int n = 0; n < tags.Length && !Casts.IsEmpty; n++)
            if (Casts.Contains(graph.Nodes[n]) && !Moved.ContainsKey(graph.Nodes[n]))
                tags[n] = IsInEngine(graph, n, tags) ? Verdict.Yes : Verdict.No("its neighbors are in the fallback", "added cast");
        return tags;
    }

    private static bool IsInEngine(Graph graph, int cast, Verdict[] tags)
    {
        Node node = graph.Nodes[cast];
        if (graph.Uses.ProducerOf(node.Inputs[0]!) is >= 0 and var producer && tags[producer].IsYes) return true;
        if (graph.Uses.IsOutput(node.Outputs[0]!)) return false;
        foreach (int user in graph.Uses.UsersOf(node.Outputs[0]!))
            if (!tags[user].IsYes) return false;
        return true;
    }
}
