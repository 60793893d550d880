namespace GraphPartition.Compiler.Planning.Constraints;

/// <summary>Classes of nodes that must not share an engine, as numbers for the partitioner.</summary>
internal static class NodeClasses
{
    /// <summary>A class for each node, or nothing where all nodes are of one class.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="constraints">Which classes are kept apart.</param>
    /// <param name="engineOf">For nodes that are assigned to an engine its name.</param>
    public static int[] Of(Graph graph, PlanConstraints constraints, IReadOnlyDictionary<int, string> engineOf)
    {
        if (!constraints.SeparatePrecisions && !constraints.SeparateShapes && engineOf.Count == 0) return [];
        ElementType?[] precisions = constraints.SeparatePrecisions ? Precisions(graph) : [];
        var numbers = new Dictionary<(string? Engine, ElementType? Precision, bool IsDynamic), int>();
        var classOf = new int[graph.Nodes.Length];
        for (int n = 0; n < classOf.Length; n++)
        {
            // An engine that was assigned by hand is a class of its own, whatever is in it.
            string? engine = engineOf.GetValueOrDefault(n);
            var key = (engine, engine is null && precisions.Length > 0 ? precisions[n] : null,
                engine is null && constraints.SeparateShapes && IsDynamic(graph.Nodes[n]));
            if (!numbers.TryGetValue(key, out classOf[n])) numbers.Add(key, classOf[n] = numbers.Count);
        }
        return numbers.Count > 1 ? classOf : [];
    }

    /// <summary>
    /// The floating-point type that each node computes in. A node without one, such as shape arithmetic, goes with the node before it
    /// or else with the node behind it, so that it separates nothing.
    /// </summary>
    private static ElementType?[] Precisions(Graph graph)
    {
        GraphUses uses = graph.Uses;
        var precisions = new ElementType?[graph.Nodes.Length];
        for (int n = 0; n < precisions.Length; n++)
        {
            Node node = graph.Nodes[n];
            precisions[n] = node.Outputs.Concat(node.Inputs).Select(FloatOf).FirstOrDefault(t => t is not null)
                ?? node.Inputs.Select(v => v is not null && uses.ProducerOf(v) is >= 0 and int p ? precisions[p] : null)
                    .FirstOrDefault(t => t is not null);
        }
        for (int n = precisions.Length - 1; n >= 0; n--)
            foreach (Value? v in graph.Nodes[n].Outputs)
                if (v is not null)
                    foreach (int user in uses.UsersOf(v)) precisions[n] ??= precisions[user];
        return precisions;
    }

    private static ElementType? FloatOf(Value? value) =>
        value?.Type is TensorType { Element: ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16 or ElementType.Float64 } t
            ? t.Element : null;

    private static bool IsDynamic(Node node) =>
        node.Inputs.Concat(node.Outputs).Any(v => v is { IsConstant: false } && v.Type is not TensorType { Shape.IsStatic: true });
}
