namespace GraphPartition.Operators.Bodies;

/// <summary>
/// Einsum as products of matrices: https://onnx.ai/onnx/operators/onnx__Einsum.html. For two factors, each letter is one of: shared and
/// kept (a batch axis), shared and summed (K), of the left factor (M), of the right factor (N). So the factors become [batch, M, K] and
/// [batch, K, N], and their product is [batch, M, N]. More factors are multiplied from left to right.
/// </summary>
internal static class EinsumBody
{
    /// <summary>
    /// Einsum(factors): an equation with capitals is written with small letters, since TensorRT's parser takes no others; any other
    /// becomes matrix products.
    /// </summary>
    public static string? Einsum(BodyBuilder b)
    {
        var equation = EinsumEquation.Of(b.Attributes);
        ImmutableArray<string> terms = equation.Terms;
        if (equation.ToString() is var text && text.Any(char.IsAsciiLetterUpper) && Lowered(text) is { } lowered)
        {
            b.Result(0, "Einsum", [.. Enumerable.Range(0, terms.Length).Select(b.Input)], ("equation", lowered));
            return null;
        }
        if (equation.HasEllipsis) return "its equation has an ellipsis";
        if (equation.HasDiagonal) return "its equation takes a diagonal";
        if (!equation.HasValidResult) return "its result does not follow from its operands";
        var sizes = new Dictionary<char, Dim>();
        var left = new Factor(b.Input(0), terms[0]);
        for (int i = 0; i < terms.Length; i++)
        {
            if (b.Input(i).Shape is not { } shape || shape.Rank != terms[i].Length) return "the rank of its input is not known";
            for (int a = 0; a < shape.Rank; a++)
            {
                char letter = terms[i][a];
                if (!sizes.TryGetValue(letter, out Dim known) || !known.IsKnown) sizes[letter] = shape[a];
                else if (shape[a].IsKnown && shape[a].Size != known.Size) return "it broadcasts an axis";
            }
        }
        for (int i = 1; i < terms.Length; i++)
        {
            string later = string.Concat(terms.Skip(i + 1)) + equation.Result;
            if (Product(b, left, new(b.Input(i), terms[i]), later, sizes) is not { } product) return "it has several axes of unknown size";
            left = product;
        }
        left = Summed(b, left, equation.Result);
        b.Result(0, "Transpose", [left.Value], ("perm", Order(left.Letters, equation.Result)));
        return null;
    }

    /// <summary>A tensor and the letters of its axes.</summary>
    private readonly record struct Factor(Value Value, string Letters);

    /// <summary>The equation in small letters.</summary>
    /// <returns>The equation, or null where it has more than 26 letters.</returns>
    private static string? Lowered(string equation)
    {
        char[] letters = [.. equation.Where(char.IsAsciiLetter).Distinct()];
        if (letters.Length > 26) return null;
        IEnumerable<char> free = Enumerable.Range('a', 26).Select(c => (char)c).Where(c => !letters.Contains(c));
        Dictionary<char, char> names = letters.Where(char.IsAsciiLetterUpper).Zip(free).ToDictionary(p => p.First, p => p.Second);
        return string.Concat(equation.Select(c => names.GetValueOrDefault(c, c)));
    }

    /// <summary>The product of two factors, summed over the letters that neither a later factor nor the result has.</summary>
    private static Factor? Product(BodyBuilder b, Factor left, Factor right, string later, Dictionary<char, Dim> sizes)
    {
        left = Summed(b, left, right.Letters + later);
        right = Summed(b, right, left.Letters + later);
        string shared = Of(left.Letters, right.Letters.Contains);
        string batch = Of(shared, later.Contains), summed = Of(shared, c => !later.Contains(c, StringComparison.Ordinal));
        string rows = Of(left.Letters, c => !shared.Contains(c, StringComparison.Ordinal));
        string columns = Of(right.Letters, c => !shared.Contains(c, StringComparison.Ordinal));
        if (Matrix(b, left, batch, rows, summed, sizes) is not { } first) return null;
        if (Matrix(b, right, batch, summed, columns, sizes) is not { } second) return null;
        Value product = b.Add("MatMul", [first, second]);
        string letters = batch + rows + columns;
        if (rows.Length == 1 && columns.Length == 1) return new(product, letters);
        return Target(batch.Length, rows + columns, sizes) is { } shape ? new(b.Reshape(product, shape), letters) : null;
    }

    /// <summary>The factor as [batch..., rows, columns], where rows and columns may be products of several sizes, or 1.</summary>
    private static Value? Matrix(BodyBuilder b, Factor factor, string batch, string rows, string columns, Dictionary<char, Dim> sizes)
    {
        string order = batch + rows + columns;
        Value value = order == factor.Letters ? factor.Value : b.Transpose(factor.Value, Order(factor.Letters, order));
        if (rows.Length == 1 && columns.Length == 1) return value;
        long height = SizeOf(rows, sizes), width = SizeOf(columns, sizes);
        if (height < 0 && width < 0) return null;
        return b.Reshape(value, [.. Enumerable.Repeat(0L, batch.Length), height, width]);
    }

    /// <summary>The factor summed over the letters that are not needed.</summary>
    private static Factor Summed(BodyBuilder b, Factor factor, string needed)
    {
        long[] axes = [.. Enumerable.Range(0, factor.Letters.Length)
            .Where(i => !needed.Contains(factor.Letters[i], StringComparison.Ordinal)).Select(i => (long)i)];
        return axes.Length == 0 ? factor
            : new(b.Add("ReduceSum", [factor.Value, b.Integers(axes)], ("keepdims", 0L)), Of(factor.Letters, needed.Contains));
    }

    /// <summary>A Reshape target that keeps the batch axes and splits the others again; at most one of them is unknown.</summary>
    private static long[]? Target(int batch, string letters, Dictionary<char, Dim> sizes)
    {
        long[] target = [.. Enumerable.Repeat(0L, batch), .. letters.Select(c => sizes[c].IsKnown ? sizes[c].Size : -1)];
        return target.Count(s => s == -1) <= 1 ? target : null;
    }

    /// <summary>The product of the sizes, or -1.</summary>
    private static long SizeOf(string letters, Dictionary<char, Dim> sizes)
    {
        long size = 1;
        foreach (char c in letters)
        {
            if (!sizes[c].IsKnown) return -1;
            size *= sizes[c].Size;
        }
        return size;
    }

    private static long[] Order(string from, string to) => [.. to.Select(c => (long)from.IndexOf(c, StringComparison.Ordinal))];

    private static string Of(string letters, Func<char, bool> holds) => string.Concat(letters.Where(holds));
}
