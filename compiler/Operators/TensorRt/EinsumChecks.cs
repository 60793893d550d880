namespace GraphPartition.Operators.TensorRt;

/// <summary>What conditions require of the equation of an Einsum.</summary>
internal static class EinsumChecks
{
    /// <summary>Why an equation has an ellipsis, a diagonal or broadcasting.</summary>
    /// <returns>The reason, or null.</returns>
    public static string? Plain(Node node)
    {
        var equation = EinsumEquation.Of(node.Attributes);
        if (equation.HasEllipsis) return $"the equation '{equation}' has an ellipsis";
        if (equation.HasDiagonal) return $"the equation '{equation}' takes a diagonal";
        var sizes = new Dictionary<char, Dim>();
        for (int i = 0; i < equation.Terms.Length; i++)
        {
            string term = equation.Terms[i];
            for (int k = 0; k < term.Length && k < node.Input(i)?.Shape?.Rank; k++)
            {
                Dim size = node.Input(i)!.Shape![k];
                if (sizes.TryGetValue(term[k], out Dim other) && size.IsKnown && other.IsKnown && size != other)
                    return $"the equation '{equation}' broadcasts dimension '{term[k]}'";
                sizes[term[k]] = size;
            }
        }
        return null;
    }
}
