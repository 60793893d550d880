namespace GraphPartition.CompiledModels;

/// <summary>The functions of a model that a part of its graph needs.</summary>
internal static class CalledFunctions
{
    /// <summary>The functions that nodes of a graph call, in bodies and in functions too, in the order of the model.</summary>
    public static ImmutableArray<Function> Of(Model model, Graph graph)
    {
        if (model.Functions.IsEmpty) return [];
        var called = new HashSet<OpName>();
        Collect(graph);
        return [.. model.Functions.Where(f => called.Contains(f.Name))];

        void Collect(Graph part)
        {
            foreach (Node node in part.Nodes)
            {
                if (called.Add(node.Op))
                    foreach (Function function in model.Functions)
                        if (function.Name == node.Op) Collect(function.Body);
                foreach (Graph body in node.Attributes.Bodies()) Collect(body);
            }
        }
    }
}
