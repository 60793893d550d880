namespace GraphPartition.MixedPrecision.Reports;

/// <summary>A node that stays in FP32.</summary>
/// <param name="Node">Its name (<see cref="Node.DisplayName"/>).</param>
/// <param name="Op">Its operator.</param>
/// <param name="Reason">Why.</param>
public sealed record KeptNode(string Node, string Op, string Reason);

/// <summary>What a conversion did.</summary>
/// <param name="Format">The format: <c>fp16</c> or <c>bf16</c>.</param>
/// <param name="Nodes">Nodes with FP32 tensors, those of bodies counted too; Casts, If, Loop and Scan are not.</param>
/// <param name="Kept">Those that stay in FP32, in the order of the graph.</param>
/// <param name="Casts">Casts that were added.</param>
/// <param name="Warnings">Constants that kept a node in FP32, and masks that were made smaller.</param>
public sealed record PrecisionReport(
    string Format, int Nodes, ImmutableArray<KeptNode> Kept, int Casts, ImmutableArray<Diagnostic> Warnings)
{
    /// <summary>Nodes that compute in the format.</summary>
    public int Converted => Nodes - Kept.Length;
}
