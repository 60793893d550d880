using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Explorer;

/// <summary>Which change removed a node of the first graph, and which one made a node of the last.</summary>
internal sealed class PassHistory
{
    private readonly Dictionary<NodeKey, int> _removedBy = [], _madeBy = [];

    /// <summary>Follows the nodes through the changes.</summary>
    /// <param name="changes">The passes that changed the graph, in order.</param>
    public PassHistory(ImmutableArray<PassChange> changes) => Changes = [.. changes.Select(Follow)];

    /// <summary>What each pass did, in order.</summary>
    public ChangeRow[] Changes { get; }

    /// <summary>The number of the change that removed a node of the first graph; -1 if it is still there.</summary>
    public int RemovedBy(NodeKey key) => _removedBy.GetValueOrDefault(key, -1);

    /// <summary>The number of the change that made a node of the last graph; -1 if it was always there.</summary>
    public int MadeBy(NodeKey key) => _madeBy.GetValueOrDefault(key, -1);

    private ChangeRow Follow(PassChange change, int place)
    {
        var surplus = new Dictionary<NodeKey, int>(); // how many more of a node are there after the pass
        Count(change.Before, "", -1, [.. change.After.Nodes], surplus);
        Count(change.After, "", 1, [.. change.Before.Nodes], surplus);
        foreach ((NodeKey key, int more) in surplus)
            if (more < 0 && !_madeBy.Remove(key)) _removedBy[key] = place;
            else if (more > 0 && !_removedBy.Remove(key)) _madeBy[key] = place;
        return new(change.Pass, -surplus.Values.Sum(more => Math.Min(0, more)), surplus.Values.Sum(more => Math.Max(0, more)));
    }

    /// <summary>Counts the nodes that only one of two graphs has. A node that reads other values than before cancels out.</summary>
    private static void Count(Graph graph, string scope, int sign, HashSet<Node> shared, Dictionary<NodeKey, int> surplus)
    {
        foreach (Node node in graph.Nodes)
        {
            if (shared.Contains(node)) continue;
            NodeKey key = NodeKey.Of(node, scope);
            surplus[key] = surplus.GetValueOrDefault(key) + sign;
            ImmutableArray<Graph> bodies = node.Attributes.Bodies();
            for (int b = 0; b < bodies.Length; b++) Count(bodies[b], NodeKey.ScopeOf(node, b, scope), sign, [], surplus);
        }
    }
}

/// <summary>What one run of a pass did, nodes of bodies included.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Removed">The nodes that were there before it only.</param>
/// <param name="Made">The nodes that are there after it only.</param>
internal sealed record ChangeRow(string Pass, int Removed, int Made);
