namespace GraphPartition.Foundation;

/// <summary>
/// The answer to "may this run here?": of the operator table about a node, of a parser or a builder about a node, of a machine about an
/// engine, of the runtime about a node with bodies. A "no" has a reason and the name of the rule that applies.
/// </summary>
public readonly record struct Verdict
{
    private Verdict(string reason, string rule) => (Reason, Rule) = (reason, rule);

    /// <summary>It may.</summary>
    public static Verdict Yes => default;

    /// <summary>It may not.</summary>
    /// <param name="reason">Why, in a sentence for people.</param>
    /// <param name="rule">A short name of the rule for counting, such as <c>element-type</c> or <c>constant(1)</c>.</param>
    public static Verdict No(string reason, string rule) => new(reason, rule);

    /// <summary>Whether it is a yes.</summary>
    public bool IsYes => Reason is null;

    /// <summary>Why not; null for a yes.</summary>
    public string? Reason { get; }

    /// <summary>The rule that applies; null for a yes.</summary>
    public string? Rule { get; }

    /// <inheritdoc/>
    public override string ToString() => IsYes ? "yes" : $"no: {Reason} [{Rule}]";
}
