using System.Collections.Immutable;

namespace GraphPartition.EngineBuilder;

/// <summary>
/// Finds the nodes of a group that the installed parser refuses. Each has evidence (<see cref="Blame"/>): the parser names it, or it
/// refuses the node alone, or it accepts the nodes before it and refuses them with it. All other nodes were accepted together at the end,
/// so a refused node never takes innocent ones with it. The parser answers about 700 nodes in a tenth of a second.
/// </summary>
/// <param name="builder">Asks the parser.</param>
/// <param name="models">Writes groups and their parts.</param>
/// <param name="cancellation">Stops the search.</param>
internal sealed class ParserSearch(GroupBuilder builder, GroupModels models, CancellationToken cancellation)
{
    /// <summary>The refused nodes, each with its blame; empty if the parser accepts the group.</summary>
    /// <param name="group">The group.</param>
    /// <param name="written">The group as a model.</param>
    /// <exception cref="EnvironmentException">The parser fails, or it refuses even a model that every release accepts.</exception>
    public SortedDictionary<int, Blame> Refused(PlacedGroup group, SegmentModel written)
    {
        SortedDictionary<int, Blame> refused = [];
        ImmutableArray<int> rest = group.Segment.Nodes;
        while (Judge(written) is { WholeModel: false } answer)
        {
            Dictionary<int, string> found = Named(written, answer);
            string evidence = Blame.Named;
            if (found.Count == 0)
            {
                builder.CheckParser();
                string reason = string.Join("; ", answer.Errors.Select(e => e.Description).Distinct().DefaultIfEmpty("it gives no reason"));
                found.Add(FirstRefused(group, rest, answer), reason);
                evidence = Blame.FirstRefused;
            }
            foreach ((int node, string reason) in found) refused[node] = Of(reason, evidence);
            foreach ((int node, string reason) in Alike(group, written, answer, found))
                refused[node] = Of(reason, Blame.Alone);
            rest = [.. rest.Where(n => !refused.ContainsKey(n))];
            if (rest.IsEmpty || models.Write(GroupModels.Part(group, rest)) is not { } remaining) break;
            written = remaining;
        }
        return refused;
    }

    private Blame Of(string reason, string evidence) => new(Blame.Parser, $"{models.Release}: {reason}", evidence);

    private ParserSupport Judge(SegmentModel group)
    {
        cancellation.ThrowIfCancellationRequested();
        return builder.Judge(group);
    }

    /// <summary>Whether the parser accepts some nodes of a group; a part that cannot be written is not accepted.</summary>
    private ParserSupport? Judge(PlacedGroup group, ImmutableArray<int> nodes) =>
        models.Write(GroupModels.Part(group, nodes)) is { } part ? Judge(part) : null;

    /// <summary>
    /// The nodes that the parser names. It also names nodes that only lack the results of refused ones, so a node that depends on another
    /// named node does not count.
    /// </summary>
    private static Dictionary<int, string> Named(SegmentModel group, ParserSupport answer)
    {
        Dictionary<int, string> named = [], first = [];
        foreach (ParserError error in answer.Errors.Where(e => group.OriginOf(e.NodeIndex) is not null))
            named.TryAdd(error.NodeIndex, error.Description);
        HashSet<Value> behind = new(ReferenceEqualityComparer.Instance);
        for (int n = 0; n < group.Graph.Nodes.Length; n++)
        {
            Node node = group.Graph.Nodes[n];
            bool isBehind = node.Inputs.Any(v => v is not null && behind.Contains(v)) || node.Captures.Any(behind.Contains);
            if (!isBehind && named.TryGetValue(n, out string? reason)) first.TryAdd(group.OriginOf(n)!.Value, reason);
            if (isBehind || named.ContainsKey(n)) behind.UnionWith(node.Outputs.OfType<Value>());
        }
        return first;
    }

    /// <summary>The last node of the shortest prefix that the parser refuses.</summary>
    private int FirstRefused(PlacedGroup group, ImmutableArray<int> nodes, ParserSupport answer)
    {
        string messages = string.Join('\n', answer.Errors.Select(e => $"{e.Description} {e.Source}").Concat(answer.Log.Select(l => l.Message)));
        IEnumerable<int> suspects = Suspects.In([.. nodes.Select(group.Node)], messages);
        return nodes[FaultSearch.Find(nodes.Length, suspects, count => count == 0 || Judge(group, nodes[..count]) is { WholeModel: true })];
    }

    /// <summary>
    /// Nodes that the parser refuses alone for the reason of a refused node with their operator: often a model has many of one kind.
    /// What the parser lists as supported is not tried.
    /// </summary>
    private IEnumerable<(int Node, string Reason)> Alike(
        PlacedGroup group, SegmentModel written, ParserSupport answer, Dictionary<int, string> found)
    {
        HashSet<(OpName, string)> causes = [.. found.Select(f => (group.Node(f.Key).Op, f.Value))];
        HashSet<OpName> operators = [.. causes.Select(c => c.Item1)];
        HashSet<int> supported = [.. answer.SupportedNodes().Select(written.OriginOf).OfType<int>()];
        foreach (int n in Enumerable.Range(0, written.Graph.Nodes.Length).Select(written.OriginOf).OfType<int>().Distinct())
        {
            OpName op = group.Node(n).Op;
            if (!operators.Contains(op) || found.ContainsKey(n) || supported.Contains(n)) continue;
            if (Judge(group, [n]) is { WholeModel: false } alone
                && alone.Errors.Select(e => e.Description).FirstOrDefault(reason => causes.Contains((op, reason))) is { } same)
                yield return (n, same);
        }
    }
}
