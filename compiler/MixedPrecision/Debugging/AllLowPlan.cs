using GraphPartition.MixedPrecision.Choice;

namespace GraphPartition.MixedPrecision.Debugging;

/// <summary>
/// The plan of a conversion without any rule: every FP32 tensor of every node gets the format, constants too. This is what a flag of a
/// builder or a simple converter does, so it shows where a model breaks.
/// </summary>
internal static class AllLowPlan
{
    public static GraphPlan Of(Graph graph)
    {
        var plan = new GraphPlan(graph, convertsInterface: false);
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            Node node = graph.Nodes[n];
            foreach (Graph body in node.Attributes.Bodies()) plan.Bodies.TryAdd(body, Of(body));
            bool hasBody = !node.Attributes.Bodies().IsEmpty;
            bool[] inputs = [.. node.Inputs.Select(v => !hasBody && v?.ElementType == ElementType.Float32)];
            bool[] outputs = [.. node.Outputs.Select(v => !hasBody && v?.ElementType == ElementType.Float32)];
            plan.IsLow[n] = inputs.Contains(true) || outputs.Contains(true);
            plan.Choices[n] = plan.IsLow[n] ? new(NodeRole.Faster, new(inputs, outputs)) : new(NodeRole.KeepsTypes);
        }
        return plan;
    }
}
