namespace GraphPartition.Runtime.Ort;

/// <summary>A fault of ONNX Runtime that ends the process, or its session, while it creates a session.</summary>
/// <param name="Name">What happens.</param>
/// <param name="Seen">The versions of ONNX Runtime that it was seen in.</param>
/// <param name="Applies">Whether a graph may cause it.</param>
/// <param name="Safe">The highest level of optimization at which it does not occur.</param>
public sealed record KnownOrtFault(string Name, string Seen, Predicate<Graph> Applies, GraphOptimizationLevel Safe);

/// <summary>
/// The faults of ONNX Runtime that we know of. Sessions are created at a level that is safe for what is in them. A test for each fault
/// fails when a new version of ONNX Runtime no longer has it.
/// </summary>
public static class KnownOrtFaults
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<KnownOrtFault> All { get; } =
    [
        new("level 'all' crashes on transposed float16 tensors of open shape (segmentation fault)", "1.31 and 1.32",
            graph => Holds(graph, ElementType.Float16), GraphOptimizationLevel.ORT_ENABLE_EXTENDED),
        new("level 'basic' moves float8 tensors through Transpose, which takes none, and refuses the graph then", "1.31",
            graph => graph.HasAnyOf("Transpose") && HoldsEights(graph), GraphOptimizationLevel.ORT_DISABLE_ALL),
        new("level 'extended' looks for the quantized weights of a body's MatMul in the body only, and refuses the graph", "1.31",
            graph => graph.Nodes.Any(n => n.Attributes.Bodies().Any(HoldsQuantizedWeights)), GraphOptimizationLevel.ORT_ENABLE_BASIC),
    ];

    /// <summary>The highest level at which no known fault occurs.</summary>
    public static GraphOptimizationLevel LevelFor(Graph graph)
    {
        var level = GraphOptimizationLevel.ORT_ENABLE_ALL;
        foreach (KnownOrtFault fault in All)
            if (fault.Safe < level && fault.Applies(graph)) level = fault.Safe;
        return level;
    }

    private static bool HoldsQuantizedWeights(Graph body) => body.Nodes.Any(n => n.Attributes.Bodies().Any(HoldsQuantizedWeights)
        || (n.Op.Is("DequantizeLinear") && n.Input(0)!.IsConstant));

    private static bool HoldsEights(Graph graph) => Holds(graph, ElementType.Float8E4M3FN) || Holds(graph, ElementType.Float8E5M2)
        || Holds(graph, ElementType.Float8E4M3FNUZ) || Holds(graph, ElementType.Float8E5M2FNUZ);

    private static bool Holds(Graph graph, ElementType element)
    {
        foreach (Value input in graph.Inputs)
            if (input.ElementType == element) return true;
        foreach (Node node in graph.Nodes)
        {
            foreach (Value? output in node.Outputs)
                if (output?.ElementType == element) return true;
            if (node.Attributes.Count == 0) continue;
            foreach (Graph body in node.Attributes.Bodies())
                if (Holds(body, element)) return true;
        }
        return false;
    }
}
