namespace GraphPartition.Compiler.Passes.Infrastructure;

/// <summary>One run of one pass.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="NodesBefore">Nodes before it, those of bodies counted too.</param>
/// <param name="NodesAfter">Nodes after it.</param>
/// <param name="IsChanged">Whether it changed anything.</param>
/// <param name="Milliseconds">How long it took.</param>
public sealed record PassReport(string Pass, int NodesBefore, int NodesAfter, bool IsChanged, double Milliseconds)
{
    /// <summary>Nodes of a graph and of its bodies.</summary>
    public static int CountNodes(Graph graph)
    {
        int count = graph.Nodes.Length;
        foreach (Node node in graph.Nodes)
        {
            if (node.Attributes.Count == 0) continue;
            foreach (Graph body in node.Attributes.Bodies()) count += CountNodes(body);
        }
        return count;
    }
}
