namespace GraphPartition.Compiler.Explaining;

/// <summary>What an operator that engines cannot take costs: what would be saved if all its nodes were supported.</summary>
/// <param name="Op">The operator.</param>
/// <param name="Nodes">How many nodes of the graph fell back for it: its own, and those with nothing worse than it in their bodies.</param>
/// <param name="EnginesSaved">How many engines fewer there would be; below 0 where its nodes would become engines of their own.</param>
/// <param name="BoundaryTensorsSaved">How many tensors fewer would cross a boundary.</param>
/// <param name="Reason">Why it fell back; the most frequent reason where there are several.</param>
/// <param name="Rule">The rule that says so.</param>
/// <param name="Release">The first newer TensorRT release that takes all of these nodes, or null.</param>
public sealed record Blocker(
    string Op, int Nodes, int EnginesSaved, int BoundaryTensorsSaved, string Reason, string Rule, string? Release);
