using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Gpc.Services;

/// <summary>The plan in a compiled file beside a new plan of the same graph.</summary>
internal static class EarlierPlan
{
    /// <summary>The nodes that the new plan has in engines and the earlier one has in the fallback, with the earlier reasons.</summary>
    /// <param name="plan">The new plan.</param>
    /// <param name="earlier">The earlier one.</param>
    public static IEnumerable<KeyValuePair<Node, Verdict>> Moved(PartitionPlan plan, PlanProof earlier)
    {
        ILookup<string, NodeRecord> fallback = earlier.Nodes.Where(n => !n.Supported).ToLookup(n => n.Name);
        for (int n = 0; n < plan.Tags.Length; n++)
            if (plan.Tags[n].IsYes && fallback[plan.Graph.Nodes[n].DisplayName].FirstOrDefault() is { } record)
                yield return new(plan.Graph.Nodes[n], Verdict.No(record.Reason ?? "it was not in an engine before", "compiled model"));
        foreach (BodyPlan body in plan.Bodies)
            if (earlier.Bodies?.FirstOrDefault(b => b.Node == body.Node && b.Body == body.Body) is { } proof)
                foreach (KeyValuePair<Node, Verdict> moved in Moved(body.Plan, proof.Proof)) yield return moved;
    }
}
