using GraphPartition.Ir;

namespace GraphPartition.Compiler.Plan;

/// <summary>Finds nodes by the names that people give.</summary>
public static class NodeNames
{
    /// <summary>The first node of this name, or that makes a value of this name.</summary>
    /// <exception cref="ModelException">GP3005, with names that are alike.</exception>
    public static int IndexOf(Graph graph, string name)
    {
        for (int n = 0; n < graph.Nodes.Length; n++)
            if (graph.Nodes[n].Name == name || graph.Nodes[n].Outputs.Any(o => o?.Name == name)) return n;
        throw Codes.UnknownNode.Error(name, $"there is no such node{Near(graph, name)}");
    }

    /// <summary>Names that hold this one, as the end of a sentence; empty where there are none.</summary>
    public static string Near(Graph graph, string name)
    {
        string[] near = [.. graph.Nodes.Select(n => n.DisplayName).Where(n => n.Contains(name, StringComparison.OrdinalIgnoreCase)).Take(5)];
        return near.Length > 0 ? $"; there are {string.Join(", ", near)}" : "";
    }
}
