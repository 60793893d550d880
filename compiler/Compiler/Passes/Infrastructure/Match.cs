namespace GraphPartition.Compiler.Passes.Infrastructure;

/// <summary>What a pass found out about a node: something that it can use, or the reason why the node stays as it is.</summary>
/// <param name="Value">What was found, or null.</param>
/// <param name="Reason">Why nothing was found, for the report; null where something was found or the node is of no interest.</param>
public readonly record struct Match<T>(T? Value, string? Reason)
    where T : class
{
    /// <summary>A match that found <paramref name="value"/>.</summary>
    public static implicit operator Match<T>(T value) => new(value, null);

    /// <summary>A match that found only a reason to leave the node.</summary>
    public static implicit operator Match<T>(NoMatch no) => new(null, no.Reason);
}

/// <summary>A reason that converts to a <see cref="Match{T}"/> of any type.</summary>
public readonly record struct NoMatch(string Reason);

/// <summary>Makes matches.</summary>
public static class Match
{
    /// <summary>The node is of the kind that the pass changes, but it must stay for <paramref name="reason"/>.</summary>
    public static NoMatch No(string reason) => new(reason);
}

/// <summary>Why a pass left a node as it is: a line of a report.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Node">The node's <see cref="GraphPartition.Ir.Graphs.Node.Label"/>.</param>
/// <param name="Reason">Why.</param>
public sealed record Refusal(string Pass, string Node, string Reason);
