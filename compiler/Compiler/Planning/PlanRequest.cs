using System.Collections.Immutable;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Compiler.Planning;

/// <summary>What a graph is partitioned by.</summary>
/// <param name="Support">Decides which nodes an engine may take.</param>
/// <param name="Groups">What may form a group.</param>
/// <param name="Constraints">What else is asked of engines.</param>
public sealed record PlanRequest(SupportPolicy Support, GroupMode Groups, PlanConstraints Constraints)
{
    /// <summary>Nodes that must fall back whatever the policy says of them, with the reason: engines of them could not be built.</summary>
    public ImmutableDictionary<Node, Verdict> Moved { get; init; } = ImmutableDictionary.Create<Node, Verdict>(ReferenceEqualityComparer.Instance);

    /// <summary>Tags every node of a graph or a body.</summary>
    internal Verdict[] Tag(Graph graph)
    {
        Verdict[] tags = Support.Tag(graph);
        for (int n = 0; n < tags.Length && !Moved.IsEmpty; n++)
            if (Moved.TryGetValue(graph.Nodes[n], out Verdict no)) tags[n] = no;
        return tags;
    }
}
