using GraphPartition.Ir.Rewriting;

namespace GraphPartition.MindIr;

/// <summary>
/// The last step of an import: nodes and constants that no result needs are dropped (an unused item of a tuple), and results get
/// the names output_0, output_1, ... instead of the compiler's. A result that is an input or a constant keeps its name.
/// </summary>
internal static class Finishing
{
    public static Graph Finish(Graph graph)
    {
        var needed = new HashSet<Value>(graph.Outputs);
        var kept = new Stack<Node>();
        for (int n = graph.Nodes.Length - 1; n >= 0; n--)
        {
            Node node = graph.Nodes[n];
            if (!node.Outputs.Any(v => v is not null && needed.Contains(v))) continue;
            foreach (Value? v in node.Inputs)
                if (v is not null) needed.Add(v);
            needed.UnionWith(node.Captures);
            kept.Push(node);
        }

        var named = new Dictionary<Value, Value>();
        var fixedNames = new HashSet<Value>([.. graph.Inputs, .. graph.Constants]);
        for (int i = 0; i < graph.Outputs.Length; i++)
        {
            Value v = graph.Outputs[i];
            if (!fixedNames.Contains(v)) named.TryAdd(v, new Value($"output_{i}", v.Type, null, v.Elements));
        }
        var substitution = new Substitution(named);
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = graph.Name };
        foreach (Value v in graph.Inputs) builder.Input(v);
        foreach (Value v in graph.Constants)
            if (needed.Contains(v)) builder.Constant(v);
        foreach (Node node in kept) substitution.Append(builder, node);
        return builder.Build([.. graph.Outputs.Select(substitution.Of)]);
    }
}
