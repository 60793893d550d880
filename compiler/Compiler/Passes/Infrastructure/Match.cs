namespace GraphPartition.Compiler.Passes.Infrastructure;

/// <summary>What a pass found out about a node: something that it can use, or the reason why the node stays as it is.</summary>
/// <param name="Value">What was found, or null.</param>
/// <param name="Reason">Why nothing was found, in words for people; null where something was, or where there is nothing to say.</param>
public readonly record struct Match<T>(T? Value, string? Reason)
    where T : class
{
    /// <summary>What was found.</summary>
    public static implicit operator Match<T>(T value) => new(value, null);

    /// <summary>The node would be the pass's business, but.</summary>
    public static implicit operator Match<T>(NoMatch no) => new(null, no.Reason);
}

/// <summary>A reason that becomes a <see cref="Match{T}"/> of any kind.</summary>
public readonly record struct NoMatch(string Reason);

/// <summary>Makes matches.</summary>
public static class Match
{
    /// <summary>The node would be the pass's business, but.</summary>
    public static NoMatch No(string reason) => new(reason);
}

/// <summary>Why a pass left a node as it is: a report's line.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Node">The node, as <see cref="GraphPartition.Ir.Graphs.Node.Label"/> has it.</param>
/// <param name="Reason">Why.</param>
public sealed record Refusal(string Pass, string Node, string Reason);
