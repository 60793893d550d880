namespace GraphPartition.Operators.Families;

/// <summary>
/// Einstein summation (<see cref="EinsumEquation"/>): equal letters are equal dimensions, the ellipsis broadcasts.
/// https://onnx.ai/onnx/operators/onnx__Einsum.html.
/// </summary>
internal static class Einsum
{
    private const int FirstFree = 0x2500; // a character that is not a letter

    public static void Infer(NodeTyping n)
    {
        var equation = EinsumEquation.Of(n.Attributes);
        if (equation.Terms.Length != n.InputCount)
        {
            n.Contradiction($"the equation '{equation}' has {equation.Terms.Length} operands, the node {n.InputCount}");
            return;
        }
        var sizes = new Dictionary<char, Dim>();
        Shape? ellipsis = Shape.Scalar;
        for (int i = 0; i < equation.Terms.Length; i++)
            if (n.Shape(i) is { } shape) Bind(n, equation.Terms[i], shape, sizes, ref ellipsis);
            else if (EinsumEquation.HasEllipsisIn(equation.Terms[i])) ellipsis = null;
        string output = equation.Result;
        if (output.FirstOrDefault(c => c != '.' && !equation.Terms.Any(t => t.Contains(c))) is not '\0' and var letter)
        {
            n.Contradiction($"the result of '{equation}' names '{letter}', which no operand has");
            return;
        }
        if (ellipsis is null && EinsumEquation.HasEllipsisIn(output)) return;
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
        int letters = EinsumEquation.LettersOf(term).Length, rest = shape.Rank - letters;
        if (rest < 0 || (rest > 0 && !EinsumEquation.HasEllipsisIn(term)))
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

    /// <summary>Rows have one letter. It occurs once in each input with rows, in no other input, and once in the result.</summary>
    public static BatchAnswer Follow(BatchNode n)
    {
        BatchFact[] inputs = [.. n.Inputs];
        if (inputs.All(f => !f.HasRows)) return BatchFact.Fixed();
        var equation = EinsumEquation.Of(n.Attributes);
        if (equation.Terms.Length != inputs.Length) return "its equation does not fit its inputs";
        if (inputs.Any(f => f.Rank < 0)) return "the rank of an input is not known";
        // Letters for the axes of an ellipsis, counted from the back: as in broadcasting.
        string[] terms = [.. equation.Terms.Select((t, i) => Expand(t, inputs[i].Rank - EinsumEquation.LettersOf(t).Length))];
        string result = Expand(equation.Result,
            equation.Terms.Select((t, i) => EinsumEquation.HasEllipsisIn(t) ? inputs[i].Rank - (t.Length - 3) : 0).Max());
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
            term.Replace(EinsumEquation.Ellipsis,
                string.Concat(Enumerable.Range(0, Math.Max(0, axes)).Select(i => (char)(FirstFree + axes - i))), StringComparison.Ordinal);
    }

    /// <summary>
    /// A product over all indices of the equation, each counted once; the axes of an ellipsis count for the term that has most of them.
    /// </summary>
    public static double Terms(Node node)
    {
        ImmutableArray<string> terms = EinsumEquation.Of(node.Attributes).Terms;
        var sizes = new Dictionary<char, double>();
        double ellipsis = 1;
        for (int i = 0; i < terms.Length; i++)
        {
            string labels = EinsumEquation.LettersOf(terms[i]);
            int rank = (node.Input(i)?.Type as TensorType)?.Shape?.Rank ?? labels.Length;
            int dots = terms[i].IndexOf(EinsumEquation.Ellipsis, StringComparison.Ordinal), hidden = Math.Max(0, rank - labels.Length);
            for (int at = 0; at < labels.Length; at++)
                sizes[labels[at]] = Work.Size(node.Input(i), dots >= 0 && at >= dots ? at + hidden : at);
            double block = 1;
            for (int at = 0; dots >= 0 && at < hidden; at++) block *= Work.Size(node.Input(i), dots + at);
            ellipsis = Math.Max(ellipsis, block);
        }
        return 2 * sizes.Values.Aggregate(ellipsis, (product, size) => product * size);
    }
}
