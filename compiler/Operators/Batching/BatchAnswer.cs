namespace GraphPartition.Operators.Batching;

/// <summary>What a rule says of a node: a fact for each output, or why rows may meet in it.</summary>
/// <param name="Facts">The facts; one alone is that of the first output.</param>
/// <param name="Refusal">Why the node must not be batched; null where it may.</param>
public readonly record struct BatchAnswer(ImmutableArray<BatchFact> Facts, string? Refusal)
{
    /// <summary>A refusal.</summary>
    public static implicit operator BatchAnswer(string refusal) => new([], refusal);

    /// <summary>The fact of the only output.</summary>
    public static implicit operator BatchAnswer(BatchFact fact) => new([fact], null);

    /// <summary>The facts of the outputs.</summary>
    public static BatchAnswer Of(params ReadOnlySpan<BatchFact> facts) => new([.. facts], null);
}
