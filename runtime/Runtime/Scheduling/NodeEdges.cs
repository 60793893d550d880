using GraphPartition.Ir.Graphs;

namespace GraphPartition.Runtime.Scheduling;

/// <summary>The edges of a graph from node to node; what bodies capture counts.</summary>
internal static class NodeEdges
{
    /// <summary>The nodes that make what a node reads.</summary>
    public static IEnumerable<int> ProducersOf(this Graph graph, int node) =>
        graph.Nodes[node].Inputs.OfType<Value>().Concat(graph.Nodes[node].Captures).Select(graph.Uses.ProducerOf).Where(p => p >= 0);

    /// <summary>The nodes that read what a node makes.</summary>
    public static IEnumerable<int> ReadersOf(this Graph graph, int node) =>
        graph.Nodes[node].Outputs.OfType<Value>().SelectMany(v => graph.Uses.UsersOf(v).ToArray());
}
