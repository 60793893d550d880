namespace GraphPartition.Operators.Families;

/// <summary>
/// Einstein summation: equal letters are equal dimensions, the ellipsis broadcasts; without an arrow the output has, in
/// alphabetic order, the letters that stand once. https://onnx.ai/onnx/operators/onnx__Einsum.html.
/// </summary>
internal static class Einsum
{
    public static void Infer(NodeTyping n)
    {
        string equation = n.Attributes.Text("equation").Replace(" ", "");
        int arrow = equation.IndexOf("->", StringComparison.Ordinal);
        string[] terms = (arrow < 0 ? equation : equation[..arrow]).Split(',');
        if (terms.Length != n.InputCount)
        {
            n.Contradiction($"the equation '{equation}' has {terms.Length} operands, the node {n.InputCount}");
            return;
        }
        var sizes = new Dictionary<char, Dim>();
        Shape? ellipsis = Shape.Scalar;
        for (int i = 0; i < terms.Length; i++)
            if (n.Shape(i) is { } shape) Bind(n, terms[i], shape, sizes, ref ellipsis);
            else if (terms[i].Contains("...")) ellipsis = null;
        string output = arrow < 0 ? Implicit(terms) : equation[(arrow + 2)..];
        if (output.Contains("...") && ellipsis is null) return;
        var dims = ImmutableArray.CreateBuilder<Dim>();
        for (int i = 0; i < output.Length; i++)
        {
            if (output[i] != '.')
            {
                dims.Add(sizes.GetValueOrDefault(output[i]));
                continue;
            }
            dims.AddRange(ellipsis!.Dims);
            i += 2;
        }
        n.Set(0, new Shape(dims.ToImmutable()));
    }

    private static void Bind(NodeTyping n, string term, Shape shape, Dictionary<char, Dim> sizes, ref Shape? ellipsis)
    {
        int dots = term.IndexOf("...", StringComparison.Ordinal);
        int letters = dots < 0 ? term.Length : term.Length - 3, rest = shape.Rank - letters;
        if (rest < 0 || (rest > 0 && dots < 0))
        {
            n.Contradiction($"'{term}' names {letters} dimensions, its operand is {shape}");
            return;
        }
        for (int i = 0, axis = 0; i < term.Length; i++)
        {
            if (term[i] == '.')
            {
                if (ellipsis is not null) ellipsis = Broadcasting.Of(n, ellipsis, new Shape(shape.Dims.Slice(axis, rest)));
                axis += rest;
                i += 2;
                continue;
            }
            Dim size = shape[axis++], known = sizes.GetValueOrDefault(term[i]);
            sizes[term[i]] = known.Is(1) ? size : size.Is(1) ? known.IsUnknown ? size : known
                : n.Same(known, size, $"dimensions named '{term[i]}'");
        }
    }

    private static string Implicit(string[] terms)
    {
        string all = string.Concat(terms).Replace(".", "");
        string once = string.Concat(all.Where(c => all.Count(x => x == c) == 1).Order());
        return (terms.Any(t => t.Contains("...")) ? "..." : "") + once;
    }
}
