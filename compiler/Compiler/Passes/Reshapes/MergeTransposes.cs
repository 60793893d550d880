using System.Collections.Immutable;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Compiler.Passes.Reshapes;

/// <summary>
/// Transpose(Transpose(x, p), q) = Transpose(x, r) with r[i] = p[q[i]]; nothing where r is the identity. The inner one dies
/// unless somebody else uses it, so there are never more transposes than before.
/// </summary>
public sealed class MergeTransposes : IGraphPass
{
    /// <inheritdoc/>
    public bool Concerns(Graph graph) => graph.HasAnyOf("Transpose");

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => Run(graph, context, isBody: false);

    private static Graph Run(Graph graph, PassContext context, bool isBody)
    {
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        var known = new Dictionary<Value, (Value Source, long[] Perm)>();
        foreach (Node node in graph.Nodes)
        {
            if (!node.Op.Is("Transpose") || replay.Input(node, 0) is not { } input
                || node.Output(0) is not { } result || PermOf(node) is not { } perm)
            {
                replay.Keep(node, inBody);
                continue;
            }
            if (known.TryGetValue(input, out var inner) && inner.Perm.Length == perm.Length)
            {
                (input, perm) = (inner.Source, [.. perm.Select(axis => inner.Perm[axis])]);
                if (IsIdentity(perm) && replay.CanReplace(result, input))
                {
                    replay.Replace(result, input);
                    continue;
                }
                Node merged = replay.Builder.Add("Transpose", [input], [OutputSpec.Like(result)],
                    AttributeMap.Of(("perm", perm)), node.Name, 0, node.Metadata);
                replay.Replace(result, merged.Outputs[0]!);
            }
            else replay.Keep(node);
            known[replay.Map(result)] = (input, perm);
        }
        return replay.Finish();
    }

    /// <summary>The permutation; null where it is none or, left out, the rank is not known.</summary>
    private static long[]? PermOf(Node node)
    {
        ImmutableArray<long> given = node.Attributes.Ints("perm");
        if (given.IsDefault)
            return node.Input(0)?.Shape is { } shape ? [.. Enumerable.Range(0, shape.Rank).Select(i => (long)(shape.Rank - 1 - i))] : null;
        var seen = new bool[given.Length];
        foreach (long axis in given)
        {
            if (axis < 0 || axis >= seen.Length || seen[axis]) return null;
            seen[axis] = true;
        }
        return [.. given];
    }

    private static bool IsIdentity(long[] perm)
    {
        for (int i = 0; i < perm.Length; i++)
            if (perm[i] != i) return false;
        return true;
    }
}
