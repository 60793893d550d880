namespace GraphPartition.Operators.TensorRt;

/// <summary>What conditions ask of the equation of an Einsum.</summary>
internal static class EinsumChecks
{
    /// <summary>Why an equation has an ellipsis, a diagonal or broadcasting.</summary>
    /// <returns>The reason, or null.</returns>
    public static string? Plain(Node node)
    {
        string equation = node.Attributes.Text("equation").Replace(" ", "");
        if (equation.Contains("...")) return $"the equation '{equation}' has an ellipsis";
        string[] terms = equation.Split("->")[0].Split(',');
        var sizes = new Dictionary<char, Dim>();
        for (int i = 0; i < terms.Length; i++)
        {
            if (terms[i].Distinct().Count() != terms[i].Length) return $"the equation '{equation}' takes a diagonal";
            for (int k = 0; k < terms[i].Length && k < node.Input(i)?.Shape?.Rank; k++)
            {
                Dim size = node.Input(i)!.Shape![k];
                if (sizes.TryGetValue(terms[i][k], out Dim other) && size.IsKnown && other.IsKnown && size != other)
                    return $"the equation '{equation}' broadcasts dimension '{terms[i][k]}'";
                sizes[terms[i][k]] = size;
            }
        }
        return null;
    }
}
