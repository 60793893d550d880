using GraphPartition.Runtime.Scheduling;

namespace GraphPartition.Gpc.Services;

/// <summary>A run, compared with what was expected.</summary>
/// <param name="With">What it was compared with.</param>
/// <param name="Steps">The number of steps that the run took.</param>
/// <param name="Whole">Nodes that ONNX Runtime ran as a whole, although groups in their bodies could run on their own.</param>
/// <param name="Outputs">Each output.</param>
/// <param name="Notes">What to know about the comparison, one sentence each.</param>
internal sealed record RunComparison(
    string With, int Steps, IReadOnlyList<WholeNode> Whole, IReadOnlyList<OutputComparison> Outputs, IReadOnlyList<string> Notes)
{
    public bool Agrees => Outputs.All(o => o.Fault is null);
}
