using GraphPartition.Ir.Graphs;

namespace GraphPartition.Compiler.Planning;

/// <summary>Names of nodes, for messages.</summary>
public static class NodeNames
{
    /// <summary>Names that hold this one, as the end of a sentence; empty where there are none.</summary>
    public static string Near(Graph graph, string name)
    {
        string[] near = [.. graph.Nodes.Select(n => n.DisplayName).Where(n => n.Contains(name, StringComparison.OrdinalIgnoreCase)).Take(5)];
        return near.Length > 0 ? $"; there are {string.Join(", ", near)}" : "";
    }
}
