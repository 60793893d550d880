using System.Text;

namespace GraphPartition.Ir.Graphs;

/// <summary>
/// Checks a graph's invariants (see <see cref="Graph"/>) in O(nodes + edges). What it finds is a bug of the pass that made
/// the graph; files are checked by the importer, with diagnostics.
/// </summary>
public static class GraphVerifier
{
    /// <summary>What is wrong, with the text of the faulty node and its neighbors; null if the graph is correct.</summary>
    /// <param name="graph">The graph; as a main graph it must not capture anything.</param>
    public static string? FindFault(Graph graph)
    {
        if (graph.Captures.Length > 0)
            return $"the main graph uses {graph.Captures[0]}, which it does not define";
        return FindFault(graph, new ValueSet());
    }

    private static string? FindFault(Graph graph, ValueSet known)
    {
        string? fault = null;
        foreach (Value v in graph.Captures)
            if (!known.Contains(v)) return $"the body captures {v}, which no graph around it defines";
        foreach (Value v in graph.Inputs)
            if (!known.Add(v)) return $"input {v} is defined twice";
        foreach (Value v in graph.Constants)
            if (!known.Add(v)) return $"constant {v} is defined twice";
        for (int n = 0; n < graph.Nodes.Length && fault is null; n++)
        {
            Node node = graph.Nodes[n];
            foreach (Value? v in node.Inputs)
                if (v is not null && !known.Contains(v)) fault ??= $"uses {v} before it is defined";
            foreach (Graph body in node.Attributes.Bodies())
            {
                fault ??= FindFault(body, known);
                Forget(body, known);
            }
            foreach (Value? v in node.Outputs)
                if (v is not null && !known.Add(v)) fault ??= $"defines {v}, which is defined already";
            if (fault is not null) fault = $"{node.Label} {fault}\n{Excerpt(graph, n)}";
        }
        foreach (Value v in graph.Outputs)
            if (!known.Contains(v)) fault ??= $"output {v} is not defined";
        return fault;
    }

    /// <summary>Values of a body are not visible outside of it.</summary>
    private static void Forget(Graph graph, ValueSet known)
    {
        foreach (Value v in graph.Inputs) known.Remove(v);
        foreach (Value v in graph.Constants) known.Remove(v);
        foreach (Node node in graph.Nodes)
            foreach (Value? v in node.Outputs)
                if (v is not null) known.Remove(v);
    }

    /// <summary>The text of a node with up to five nodes before and after it.</summary>
    public static string Excerpt(Graph graph, int node)
    {
        var text = new StringBuilder();
        for (int n = Math.Max(0, node - 5); n < Math.Min(graph.Nodes.Length, node + 6); n++)
        {
            Node at = graph.Nodes[n];
            text.Append(n == node ? "> " : "  ").AppendJoin(", ", at.Outputs.Select(Name)).Append(" = ").Append(at.Op)
                .Append('(').AppendJoin(", ", at.Inputs.Select(Name)).Append(")\n");
        }
        return text.ToString();

        static string Name(Value? v) => v is null ? "_" : "%" + v.Name;
    }
}
