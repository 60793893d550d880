using GraphPartition.Compiler.Planning;
using GraphPartition.GraphExport;
using GraphPartition.Ir.Graphs;
using QuikGraph;

namespace GraphPartition.Gpc.Views;

/// <summary>A plan as a graph to draw.</summary>
internal static class PlanGraph
{
    /// <summary>The nodes with operator, reason and the engines in their bodies, each in its segment.</summary>
    public static BidirectionalGraph<GraphVertex, GraphEdge> Of(PartitionPlan plan)
    {
        ILookup<int, BodyPlan> bodies = plan.Bodies.ToLookup(b => b.Node);
        return plan.Partitioning.ToNodeQuikGraph(plan.Topology, n => plan.Graph.Nodes[n].DisplayName, n =>
        {
            Node node = plan.Graph.Nodes[n];
            string reason = plan.Placements[n].Reason is { } why ? $"\n{why}" : "";
            return $"{node.Op}{reason}" + (bodies.Contains(n) ? $"\n{bodies[n].Sum(b => b.Plan.TotalEngines)} engines in its bodies"
                : "");
        });
    }
}
