namespace GraphPartition.Compiler.Passes.Infrastructure;

/// <summary>A pass that changed a graph.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Before">The graph before it.</param>
/// <param name="After">The graph after it; the two share the nodes that the pass left alone.</param>
public sealed record PassChange(string Pass, Graph Before, Graph After);
