namespace GraphPartition.Compiler.Passes.Reshapes;

/// <summary>
/// Transpose(Transpose(x, p), q) = Transpose(x, r) with r[i] = p[q[i]]; nothing where r is the identity. The inner one becomes
/// unused unless another node uses it, so there are never more transposes than before.
/// </summary>
public sealed class MergeTransposes() : NodePass("Transpose")
{
    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        var known = new Dictionary<Value, (Value Source, long[] Perm)>(); // by the output of a transpose
        return node =>
        {
            if (!node.Op.Is("Transpose") || rewrite.Input(node, 0) is not { } input
                || node.Output(0) is not { } result || PermOf(node) is not { } perm) return false;
            if (known.TryGetValue(input, out var inner) && inner.Perm.Length == perm.Length)
            {
                (input, perm) = (inner.Source, [.. perm.Select(axis => inner.Perm[axis])]);
                if (IsIdentity(perm) && rewrite.TryReplace(result, input)) return true;
                rewrite.Replace(node, "Transpose", [input], AttributeMap.Of(("perm", perm)));
            }
            else rewrite.Keep(node);
            known[rewrite.Map(result)] = (input, perm);
            return true;
        };
    }

    /// <summary>The permutation of a Transpose; left out, it reverses the axes.</summary>
    /// <returns>The permutation, or null where it is not valid, or left out and the rank is not known.</returns>
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
