using GraphPartition.Operators.Schemas;

namespace GraphPartition.Operators.TensorRt;

/// <summary>What a release takes of an operator.</summary>
/// <param name="Types">The element types, or null where the operator is not supported.</param>
/// <param name="Conditions">What must hold besides.</param>
/// <param name="Origins">Where this comes from, in order: <c>documented</c>, then the origin of each finding that changed it.</param>
internal sealed record TensorRtRow(TypeSet? Types, ImmutableArray<Condition> Conditions, ImmutableArray<string> Origins)
{
    /// <summary>Whether a condition is about the nodes around the node.</summary>
    public bool HasSurroundings { get; } = Conditions.Any(c => c.IsAboutSurroundings);

    /// <summary>Whether two rows take the same.</summary>
    public bool TakesTheSame(TensorRtRow other) =>
        ReferenceEquals(this, other) || (Types?.Text == other.Types?.Text && Texts.SequenceEqual(other.Texts));

    private IEnumerable<string> Texts => Conditions.Select(c => c.ToString());
}
