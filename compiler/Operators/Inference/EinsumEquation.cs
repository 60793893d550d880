namespace GraphPartition.Operators.Inference;

/// <summary>
/// The equation of an Einsum, without blanks. Each term has a letter for each axis of its operand, and "..." for axes that broadcast. An
/// equation without an arrow has an implicit result: the axes of the ellipsis, then the letters that occur once, in alphabetic order.
/// https://onnx.ai/onnx/operators/onnx__Einsum.html
/// </summary>
/// <param name="Terms">The term of each operand.</param>
/// <param name="Result">The term of the result.</param>
internal sealed record EinsumEquation(ImmutableArray<string> Terms, string Result)
{
    /// <summary>The axes that broadcast.</summary>
    public const string Ellipsis = "...";

    private const string Arrow = "->";

    /// <summary>Whether a term or the result has an ellipsis.</summary>
    public bool HasEllipsis => Terms.Any(HasEllipsisIn) || HasEllipsisIn(Result);

    /// <summary>Whether a term names two axes of its operand with one letter.</summary>
    public bool HasDiagonal => Terms.Any(term => LettersOf(term).Distinct().Count() != LettersOf(term).Length);

    /// <summary>Whether each letter of the result occurs in a term, and once in the result.</summary>
    public bool HasValidResult => Result.Distinct().Count() == Result.Length && Result.All(string.Concat(Terms).Contains);

    /// <summary>Reads the attribute 'equation'.</summary>
    public static EinsumEquation Of(AttributeMap attributes)
    {
        string[] sides = attributes.Text("equation").Replace(" ", "", StringComparison.Ordinal).Split(Arrow, 2);
        string[] terms = sides[0].Split(',');
        return new([.. terms], sides.Length == 2 ? sides[1] : Implicit(terms));
    }

    /// <summary>Whether a term has an ellipsis.</summary>
    public static bool HasEllipsisIn(string term) => term.Contains(Ellipsis, StringComparison.Ordinal);

    /// <summary>The letters of a term.</summary>
    public static string LettersOf(string term) => term.Replace(Ellipsis, "", StringComparison.Ordinal);

    /// <summary>The equation with an arrow.</summary>
    public override string ToString() => string.Join(',', Terms) + Arrow + Result;

    private static string Implicit(string[] terms)
    {
        string all = LettersOf(string.Concat(terms));
        string once = string.Concat(all.Where(c => all.Count(x => x == c) == 1).Order());
        return (terms.Any(HasEllipsisIn) ? Ellipsis : "") + once;
    }
}
