namespace GraphPartition.Compiler.Passes.Infrastructure;

/// <summary>A node that was expressed in other operators for the target.</summary>
/// <param name="Op">Its operator.</param>
/// <param name="Node">Its <see cref="GraphPartition.Ir.Graphs.Node.DisplayName"/>.</param>
/// <param name="Result">The name of its first output.</param>
/// <param name="Reason">Why the target does not take it as it is.</param>
public sealed record Expansion(OpName Op, string Node, string Result, string Reason)
{
    /// <summary>The names of the first outputs of the nodes that it was expressed in.</summary>
    public ImmutableArray<string> Parts { get; init; } = [];
}
