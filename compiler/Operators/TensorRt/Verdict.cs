namespace GraphPartition.Operators.TensorRt;

/// <summary>Whether TensorRT runs a node; a "no" says why, and by which rule.</summary>
public readonly record struct Verdict
{
    private Verdict(string reason, string rule) => (Reason, Rule) = (reason, rule);

    /// <summary>TensorRT runs it.</summary>
    public static Verdict Yes => default;

    /// <summary>TensorRT does not run it.</summary>
    /// <param name="reason">Why, in a sentence for people.</param>
    /// <param name="rule">The rule that says so, for counting: a short name such as <c>element-type</c> or <c>constant(1)</c>.</param>
    public static Verdict No(string reason, string rule) => new(reason, rule);

    /// <summary>Whether it is a yes.</summary>
    public bool IsYes => Reason is null;

    /// <summary>Why not; null for a yes.</summary>
    public string? Reason { get; }

    /// <summary>The rule that says no; null for a yes.</summary>
    public string? Rule { get; }

    /// <inheritdoc/>
    public override string ToString() => IsYes ? "yes" : $"no: {Reason} [{Rule}]";
}
