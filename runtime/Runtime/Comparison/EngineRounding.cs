using GraphPartition.Operators.Families;

namespace GraphPartition.Runtime.Comparison;

/// <summary>
/// How precisely engines compute. An engine may round more than its nodes say: to TF32 in products of 32-bit floats, to the 16-bit types
/// that its builder was allowed to use, and at each QuantizeLinear to one of 256 steps. Results of engines are compared accordingly.
/// </summary>
public static class EngineRounding
{
    private const ElementType Tf32 = ElementType.Float16; // both have ten bits of mantissa
    private const ElementType Quantized = ElementType.BFloat16; // both keep seven bits below the leading one

    /// <summary>The least precise type that an engine may compute a node in, for nodes that an engine may compute less precisely.</summary>
    /// <param name="plan">What the session runs; a step with a group that has engines counts as an engine.</param>
    public static IReadOnlyDictionary<Node, ElementType> Of(ExecutionPlan plan)
    {
        var types = new Dictionary<Node, ElementType>(ReferenceEqualityComparer.Instance);
        Add(plan, types);
        return types;
    }

    private static void Add(ExecutionPlan plan, Dictionary<Node, ElementType> types)
    {
        foreach (ExecutionStep step in plan.Steps)
        {
            foreach (ExecutionPlan body in step.Bodies) Add(body, types);
            if (step.Group is not { Engines: { IsEmpty: false } engines }) continue;
            foreach (Node node in step.Segment.Nodes.Select(n => plan.Graph.Nodes[n]))
                if (TypeOf(node, engines) is { } type) types[node] = type;
        }
    }

    private static ElementType? TypeOf(Node node, IReadOnlyList<EngineBlob> engines)
    {
        if (node.Op.Is("QuantizeLinear") || engines.Any(e => e.Target.Precision == "bf16")) return Quantized;
        if (engines.Any(e => e.Target.Precision == "fp16")) return ElementType.Float16;
        bool isProduct = OperatorDefinitions.Of(node.Op).LowPrecision is { IsFaster: true };
        return isProduct && engines.Any(e => e.Target.AllowsTf32) ? Tf32 : null;
    }
}
