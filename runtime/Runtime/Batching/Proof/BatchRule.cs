namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Follows the rows through a node.</summary>
internal delegate BatchAnswer Follow(BatchNode node);

/// <summary>What is known of an operator with respect to the batch: one row of the table.</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Follow">Follows the rows through a node of it.</param>
/// <param name="TakesSizes">Whether it may compute with the size of the batch itself: all others must not see it.</param>
internal sealed record BatchRule(OpName Operator, Follow Follow, bool TakesSizes = false)
{
    /// <summary>Rows of operators of the standard domain that follow one rule.</summary>
    public static IEnumerable<BatchRule> Of(Follow follow, params string[] operators) => operators.Select(o => new BatchRule(o, follow));

    /// <summary>As <see cref="Of"/>, for operators of another domain.</summary>
    public static IEnumerable<BatchRule> In(string domain, Follow follow, params string[] operators) =>
        operators.Select(o => new BatchRule(new OpName(domain, o), follow));

    /// <summary>As <see cref="Of"/>, for operators that may compute with the size of the batch.</summary>
    public static IEnumerable<BatchRule> Sized(Follow follow, params string[] operators) =>
        operators.Select(o => new BatchRule(o, follow, TakesSizes: true));
}
