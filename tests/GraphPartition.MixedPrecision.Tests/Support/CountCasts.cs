using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision.Choice;

namespace GraphPartition.MixedPrecision.Tests.Support;

/// <summary>Counts the Casts that a choice of precisions needs, from its definition.</summary>
internal static class CountCasts
{
    public static int Of(GraphPlan plan, bool[] isLow)
    {
        Graph graph = plan.Graph;
        int casts = 0;
        for (int id = 0; id < graph.Uses.ValueCount; id++)
        {
            Value value = graph.Uses[id];
            if (value.ElementType != ElementType.Float32 || value.IsConstant) continue;
            int p = graph.Uses.ProducerOf(id);
            bool isMadeLow = p >= 0 && isLow[p]
                && (plan.Choices[p].Form is not { } form || form.Outputs[graph.Nodes[p].Outputs.IndexOf(value)]);
            bool usedFull = graph.Uses.IsOutput(value), usedLow = false;
            foreach (int u in graph.Uses.UsersOf(id))
            {
                Use use = plan.UseOf(u, value);
                usedFull |= (use & Use.Full) != 0 || ((use & Use.AsNode) != 0 && !isLow[u]);
                usedLow |= (use & Use.Low) != 0 || ((use & Use.AsNode) != 0 && isLow[u]);
            }
            if (isMadeLow ? usedFull : usedLow) casts++;
        }
        return casts;
    }
}
