namespace GraphPartition.Compiler.Passes.Reshapes;

/// <summary>
/// Reshape(Transpose(Reshape(x))) is a Transpose of x where the reshapes only merge leading axes and split them again: the
/// Transpose moves the last k axes among themselves, either Reshape keeps those, and the axes before them are the same before
/// the first and after the last Reshape. (Exporters write this for the transposed keys of attention: batch and heads become one
/// axis and two again.)
/// </summary>
public sealed class UnwrapTransposes() : NodePass("Transpose")
{
    /// <inheritdoc/>
    protected override bool Visit(Node node, RewriteContext rewrite)
    {
        Graph graph = rewrite.Source;
        if (!MergeReshapes.IsReshape(node) || Before(node, graph) is not { } transpose || !transpose.Op.Is("Transpose")
            || Before(transpose, graph) is not { } first || !MergeReshapes.IsReshape(first)
            || PermOf(transpose, first, node) is not { } perm)
            return false;
        rewrite.Replace(node.Output(0)!, transpose, "Transpose", [rewrite.Input(first, 0)], AttributeMap.Of(("perm", perm)), node.Name);
        return true;
    }

    /// <summary>The node whose output only this node uses, as its first input.</summary>
    /// <returns>The node, or null where there is none.</returns>
    private static Node? Before(Node node, Graph graph) =>
        node.Input(0) is { } x && graph.Uses.HasSingleUse(x) && graph.Uses.ProducerOf(x) is >= 0 and var producer
            ? graph.Nodes[producer] : null;

    /// <summary>The permutation of the axes of the first reshape's input that the three nodes together are.</summary>
    /// <returns>The permutation, or null where they are not one.</returns>
    private static long[]? PermOf(Node transpose, Node first, Node last)
    {
        if (first.Input(0)?.Shape is not { } from || transpose.Input(0)?.Shape is not { } folded || last.Output(0)?.Shape is not { } to
            || from.Rank != to.Rank || transpose.Attributes.Ints("perm") is not { IsDefault: false } perm
            || perm.Length != folded.Rank) return null;
        int fixedAxes = 0;
        while (fixedAxes < perm.Length && perm[fixedAxes] == fixedAxes) fixedAxes++;
        int moved = perm.Length - fixedAxes, front = from.Rank - moved;
        if (moved == 0 || front < 0) return null;
        var all = new long[from.Rank];
        for (int i = 0; i < front; i++)
        {
            if (!IsSame(from[i], to[i])) return null;
            all[i] = i;
        }
        for (int i = 0; i < moved; i++)
        {
            int source = (int)perm[fixedAxes + i] - fixedAxes;
            if (!IsSame(from[front + i], folded[fixedAxes + i]) || !IsSame(folded[fixedAxes + source], to[front + i])) return null;
            all[front + i] = front + source;
        }
        return all;
    }

    private static bool IsSame(Dim a, Dim b) => !a.IsUnknown && a == b;
}
