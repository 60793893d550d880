using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.TestModels.Graphs;

namespace GraphPartition.Tests.Support;

/// <summary>Models of marked graphs: node v sums up its predecessors, and is called nv.</summary>
internal static class MarkedModel
{
    public static Model Of(MarkedGraph marked)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "nodes" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        var values = new Value[marked.Graph.NodeCount];
        for (int node = 0; node < values.Length; node++)
        {
            int[] read = marked.Graph.Predecessors(node).ToArray();
            values[node] = builder.Add("Sum", read.Length == 0 ? [x]
                : [.. read.Select(p => values[p])], [new($"t{node}", x.Type)], name: $"n{node}").Outputs[0]!;
        }
        return new Model(builder.Build([.. values.Where((_, n) => marked.Graph.Successors(n).IsEmpty)]))
        {
            Opsets =
            OpsetVersions.Standard(18),
            FormatVersion = 8
        };
    }
}
