namespace GraphPartition.Compiler.Planning;

/// <summary>
/// The plan of a body of an If, Loop or Scan that falls back: its groups become engines too, called from inside the body. Values that
/// the body captures from outer graphs are inputs of its segments.
/// </summary>
/// <param name="Node">The node's place in the graph around the body.</param>
/// <param name="Body">Which body of the node, in the order of its attributes.</param>
/// <param name="Plan">The plan.</param>
public sealed record BodyPlan(int Node, int Body, PartitionPlan Plan)
{
    /// <summary>
    /// Partitions the bodies of every If, Loop and Scan that falls back; bodies without engines are left out. Other operators with bodies
    /// (SequenceMap, searches of ONNX Runtime) stay whole: ONNX Runtime copies such bodies and does not find functions that they call.
    /// </summary>
    internal static ImmutableArray<BodyPlan> AllOf(
        Graph graph, IReadOnlyList<Verdict> placements, PlanRequest request, int engines, int firstEngine)
    {
        var plans = ImmutableArray.CreateBuilder<BodyPlan>();
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            Node node = graph.Nodes[n];
            if (placements[n].IsYes || node.Attributes.Count == 0 || !(node.Op.Is("If") || node.Op.Is("Loop") || node.Op.Is("Scan")))
                continue;
            int index = 0;
            foreach (Graph body in node.Attributes.Bodies())
            {
                int most = request.Constraints.MaxEngines;
                PartitionPlan? plan = most < int.MaxValue && most <= engines ? null
                    : PartitionPlan.Of(body, Within(request, engines), firstEngine + engines);
                if (plan is { TotalEngines: > 0 })
                {
                    plans.Add(new(n, index, plan));
                    engines += plan.TotalEngines;
                }
                index++;
            }
        }
        return plans.ToImmutable();
    }

    // The limit on engines is for the whole model: the outer graph comes first, the bodies share the rest.
    private static PlanRequest Within(PlanRequest request, int engines) => request.Constraints.MaxEngines == int.MaxValue ? request
        : request with { Constraints = request.Constraints with { MaxEngines = request.Constraints.MaxEngines - engines } };
}
