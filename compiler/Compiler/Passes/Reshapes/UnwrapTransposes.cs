using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Types;

namespace GraphPartition.Compiler.Passes.Reshapes;

/// <summary>
/// Reshape(Transpose(Reshape(x))) is a Transpose of x where the reshapes only fold axes in front and unfold them again: the
/// Transpose moves the last k axes among themselves, those are the same before and after either Reshape, and so are the axes in
/// front of them before the first and after the last. (What exporters write for the transposed keys of attention: batch and heads
/// become one axis and two again.)
/// </summary>
public sealed class UnwrapTransposes : IGraphPass
{
    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => Run(graph, context, isBody: false);

    private static Graph Run(Graph graph, PassContext context, bool isBody)
    {
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        foreach (Node node in graph.Nodes)
        {
            if (!IsReshape(node) || Before(node, graph) is not { } transpose || !transpose.Op.Is("Transpose")
                || Before(transpose, graph) is not { } first || !IsReshape(first) || PermOf(transpose, first, node) is not { } perm)
            {
                replay.Keep(node, inBody);
                continue;
            }
            Value result = node.Output(0)!;
            Node merged = replay.Builder.Add("Transpose", [replay.Input(first, 0)], [OutputSpec.Like(result)],
                AttributeMap.Of(("perm", perm)), node.Name, 0, transpose.Metadata);
            replay.Replace(result, merged.Outputs[0]!);
        }
        return replay.Finish();
    }

    private static bool IsReshape(Node node) => node.Version == 0 && node.Op.Domain.Length == 0
        && node.Op.Type is "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze";

    /// <summary>The node that gives the first input to this node only.</summary>
    private static Node? Before(Node node, Graph graph) =>
        node.Input(0) is { } x && graph.Uses.HasSingleUse(x) && graph.Uses.ProducerOf(x) is >= 0 and var producer ? graph.Nodes[producer] : null;

    /// <summary>The permutation of the axes of the first reshape's input; null where there is none.</summary>
    private static long[]? PermOf(Node transpose, Node first, Node last)
    {
        if (first.Input(0)?.Shape is not { } from || transpose.Input(0)?.Shape is not { } folded || last.Output(0)?.Shape is not { } to
            || from.Rank != to.Rank || transpose.Attributes.Ints("perm") is not { IsDefault: false } perm || perm.Length != folded.Rank) return null;
        int still = 0;
        while (still < perm.Length && perm[still] == still) still++;
        int moved = perm.Length - still, front = from.Rank - moved;
        if (moved == 0 || front < 0) return null;
        var all = new long[from.Rank];
        for (int i = 0; i < front; i++)
        {
            if (!IsSame(from[i], to[i])) return null;
            all[i] = i;
        }
        for (int i = 0; i < moved; i++)
        {
            int source = (int)perm[still + i] - still;
            if (!IsSame(from[front + i], folded[still + i]) || !IsSame(folded[still + source], to[front + i])) return null;
            all[front + i] = front + source;
        }
        return all;
    }

    private static bool IsSame(Dim a, Dim b) => !a.IsUnknown && a == b;
}
