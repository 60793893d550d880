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

    /// <summary>Graphs and bodies with observed types, node for node, by the graphs that are planned: verdicts see these types.</summary>
    public IReadOnlyDictionary<Graph, Graph> Typed { get; init; } = ReadOnlyDictionary<Graph, Graph>.Empty;

    /// <summary>Tags every node of a graph or a body.</summary>
    internal Verdict[] Tag(Graph graph)
    {
        Verdict[] tags = SupportPolicy.Tag(Typed.GetValueOrDefault(graph, graph));
        for (int n = 0; n < tags.Length && !Moved.IsEmpty; n++)
            if (Moved.TryGetValue(graph.Nodes[n], out Verdict no)) tags[n] = no;
        return tags;
    }
}
