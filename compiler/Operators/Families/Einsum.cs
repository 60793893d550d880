namespace GraphPartition.Operators.Families;

/// <summary>
/// Einstein summation: equal letters are equal dimensions, the ellipsis broadcasts; without an arrow the output has, in
/// alphabetic order, the letters that stand once. https://onnx.ai/onnx/operators/onnx__Einsum.html.
/// </summary>
internal static class Einsum
{
    private const int FirstFree = 0x2500; // a character that is not a letter

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

    /// <summary>Rows have one letter, which stands once in each input that has rows, in no other, and in the result.</summary>
    public static BatchAnswer Follow(BatchNode n)
    {
        BatchFact[] inputs = [.. n.Inputs];
        if (inputs.All(f => !f.HasRows)) return BatchFact.Fixed();
        string[] sides = n.Attributes.Text("equation").Replace(" ", "", StringComparison.Ordinal).Split("->");
        string[] terms = sides[0].Split(',');
        if (sides.Length != 2 || terms.Length != inputs.Length) return "its equation does not say what the result is";
        if (inputs.Any(f => f.Rank < 0)) return "the rank of an input is not known";
        int longest = 0; // axes that an ellipsis stands for, counted from the back: as in broadcasting
        for (int i = 0; i < terms.Length; i++)
            if (terms[i].Contains("...", StringComparison.Ordinal)) longest = Math.Max(longest, inputs[i].Rank - (terms[i].Length - 3));
        for (int i = 0; i < terms.Length; i++) terms[i] = Expand(terms[i], inputs[i].Rank - (terms[i].Length - 3));
        string result = Expand(sides[1], longest);
        if (terms.Zip(inputs).Any(t => t.First.Length != t.Second.Rank)) return "its equation does not fit the ranks of its inputs";

        char[] letters = [.. terms.Zip(inputs).Where(t => t.Second.HasRows).Select(t => t.First[t.Second.Axis]).Distinct()];
        if (letters is not [var rows]) return "it puts rows along different axes together";
        if (result.Count(c => c == rows) != 1) return Summed;
        for (int i = 0; i < terms.Length; i++)
        {
            int count = terms[i].Count(c => c == rows);
            bool isApart = inputs[i].HasRows ? count == 1 : count == 0;
            if (!isApart) return "an input has a size of its own along the axis of the batch";
        }
        return BatchFact.Rows(result.IndexOf(rows, StringComparison.Ordinal), [.. result.Select(SizeOf)]);

        Extent SizeOf(char letter)
        {
            Extent[] sizes = [.. terms.SelectMany((t, i) => inputs[i].Dims.Where((d, at) => t[at] == letter && !d.Is(1)))];
            return sizes.Length == 0 ? 1 : sizes.FirstOrDefault(s => s.HasBatch, sizes[0]);
        }

        // Letters of equations are letters, so these are free.
        static string Expand(string term, int axes) =>
            term.Replace("...", string.Concat(Enumerable.Range(0, Math.Max(0, axes)).Select(i => (char)(FirstFree + axes - i))),
                StringComparison.Ordinal);
    }

    /// <summary>
    /// A product over all indices of the equation, each counted once; the axes of an ellipsis count for the term that has most of them.
    /// </summary>
    public static double Terms(Node node)
    {
        string[] terms = node.Attributes.Text("equation").Replace(" ", "", StringComparison.Ordinal).Split("->")[0].Split(',');
        var sizes = new Dictionary<char, double>();
        double ellipsis = 1;
        for (int i = 0; i < terms.Length; i++)
        {
            string labels = terms[i].Replace("...", "", StringComparison.Ordinal);
            int rank = (node.Input(i)?.Type as TensorType)?.Shape?.Rank ?? labels.Length;
            int dots = terms[i].IndexOf("...", StringComparison.Ordinal), hidden = Math.Max(0, rank - labels.Length);
            for (int at = 0; at < labels.Length; at++)
                sizes[labels[at]] = Work.Size(node.Input(i), dots >= 0 && at >= dots ? at + hidden : at);
            double block = 1;
            for (int at = 0; dots >= 0 && at < hidden; at++) block *= Work.Size(node.Input(i), dots + at);
            ellipsis = Math.Max(ellipsis, block);
        }
        return 2 * sizes.Values.Aggregate(ellipsis, (product, size) => product * size);
    }
}
