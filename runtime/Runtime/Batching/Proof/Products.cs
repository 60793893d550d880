namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Matrix products: the axis of the rows must not be summed over.</summary>
internal static class Products
{
    private const string Summed = "it sums over the batch";
    private const int FirstFree = 0x2500; // a character that is no letter

    public static IEnumerable<BatchRule> Rules =>
    [
        new("MatMul", n => Multiply(n, 0, 1)),
        new("MatMulInteger", n => Quantized(n, 0, 1, parameters: [2, 3], ofColumns: [3])),
        new("QLinearMatMul", n => Quantized(n, 0, 3, parameters: [1, 2, 4, 5, 6, 7], ofColumns: [4, 5])),
        new("Gemm", Gemm),
        new("Einsum", Einsum),
    ];

    /// <summary>
    /// Matrices on the last two axes, the axes before them broadcast together; a vector has one axis, which is summed over.
    /// </summary>
    private static BatchAnswer Multiply(BatchNode n, int left, int right)
    {
        (BatchFact a, BatchFact b) = (n.In(left), n.In(right));
        if (a.Rank < 1 || b.Rank < 1) return a.HasRows || b.HasRows ? "the rank of an input is not known" : BatchFact.Fixed();
        if ((a.HasRows && a.Axis == a.Rank - 1) || (b.HasRows && b.Axis == Math.Max(0, b.Rank - 2))) return Summed;
        // A vector is a matrix of one row or column, whose axis goes again.
        ImmutableArray<Extent> x = a.Rank == 1 ? [1, a.Dims[0]] : a.Dims, y = b.Rank == 1 ? [b.Dims[0], 1] : b.Dims;
        int rank = Math.Max(x.Length, y.Length);
        int rowsOfA = a.HasRows ? a.Axis + rank - x.Length : -1, rowsOfB = b.HasRows ? b.Axis + rank - y.Length : -1;
        if (rowsOfA >= 0 && rowsOfB >= 0 && (rowsOfA != rowsOfB || rowsOfA >= rank - 2))
            return "it puts rows along different axes together";
        int axis = Math.Max(rowsOfA, rowsOfB);
        if (axis >= 0 && axis < rank - 2) // one of many matrices: the other side has the same one for all rows, or one for each
            foreach (BatchFact side in (BatchFact[])[BatchFact.Of(a.Axis, x), BatchFact.Of(b.Axis, y)])
                if (BatchNode.WhyNotAligned(side, axis, rank) is { } reason) return reason;

        ImmutableArray<Extent> outer = n.Broadcast([BatchFact.Fixed(x[..^2]), BatchFact.Fixed(y[..^2])], rank - 2);
        List<Extent> dims = [.. outer, x[^2], y[^1]];
        if (b.Rank == 1) dims.RemoveAt(dims.Count - 1);
        if (a.Rank == 1) dims.RemoveAt(dims.Count - (b.Rank == 1 ? 1 : 2));
        if (a.Rank == 1 && axis == rank - 1) axis--; // the columns of b are the result's only axis behind the outer ones
        return BatchFact.Of(axis, [.. dims]);
    }

    /// <summary>
    /// As <see cref="Multiply"/>; scales and zeros are of a whole tensor, or of columns of the right matrix, where that has no rows.
    /// </summary>
    private static BatchAnswer Quantized(BatchNode n, int left, int right, int[] parameters, int[] ofColumns)
    {
        if (n.WhyNotFixed(parameters) is { } reason) return reason;
        bool hasRows = n.In(left).HasRows || n.In(right).HasRows;
        if (hasRows && parameters.Any(p => n.Has(p) && !IsOne(n.In(p)) && (n.In(right).HasRows || !ofColumns.Contains(p))))
            return "a scale or a zero may be of single rows";
        return Multiply(n, left, right);

        static bool IsOne(BatchFact parameter) => parameter.Rank >= 0 && parameter.Dims.All(d => d.Is(1));
    }

    private static BatchAnswer Gemm(BatchNode n)
    {
        (BatchFact a, BatchFact b) = (n.In(0), n.In(1));
        if (a.Rank != 2 || b.Rank != 2) return a.HasRows || b.HasRows ? "the rank of an input is not known" : BatchFact.Fixed();
        int down = n.Attributes.Int("transA") != 0 ? 1 : 0, across = n.Attributes.Int("transB") != 0 ? 0 : 1;
        if ((a.HasRows && a.Axis != down) || (b.HasRows && b.Axis != across)) return Summed;
        if (a.HasRows && b.HasRows) return "it puts rows along different axes together";
        int axis = a.HasRows ? 0 : b.HasRows ? 1 : -1;
        if (n.Has(2) && axis < 0 && !n.In(2).IsFixed) return "its input 2 depends on the batch";
        return n.Has(2) && BatchNode.WhyNotAligned(n.In(2), axis, 2) is { } reason ? reason
            : BatchFact.Of(axis, [a.Dims[down], b.Dims[across]]);
    }

    /// <summary>Rows have one letter, which stands once in each input that has rows, in no other, and in the result.</summary>
    private static BatchAnswer Einsum(BatchNode n)
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
}
