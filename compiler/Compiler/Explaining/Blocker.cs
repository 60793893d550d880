namespace GraphPartition.Compiler.Explaining;

/// <summary>An operator that engines cannot take, and what would be saved if all its nodes were supported.</summary>
/// <param name="Op">The operator.</param>
/// <param name="Nodes">How many nodes fell back for it: its own, and nodes that only this operator in their bodies blocks.</param>
/// <param name="EnginesSaved">How many engines would be saved; negative where its nodes would become engines of their own.</param>
/// <param name="BoundaryTensorsSaved">How many fewer tensors would leave a segment.</param>
/// <param name="Reason">Why it fell back; the most frequent reason where there are several.</param>
/// <param name="Rule">The rule that refuses it.</param>
/// <param name="Release">The first newer TensorRT release that supports all of these nodes, or null.</param>
public sealed record Blocker(
    string Op, int Nodes, int EnginesSaved, int BoundaryTensorsSaved, string Reason, string Rule, string? Release);
