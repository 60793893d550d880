using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.TestModels.Graphs;

namespace GraphPartition.Benchmarks;

/// <summary>
/// A random DAG (<see cref="GraphGenerators.RandomDag"/>) as a model that ONNX Runtime can run: elementwise operators of one or
/// two inputs on f32[4]. No node can be simplified away, so that every stage of the compiler meets all of them.
/// </summary>
internal static class GeneratedModel
{
    private static readonly OpName[] Unary = ["Relu", "Sigmoid", "Tanh", "Softplus", "Sin", "Cos", "Erf", "Elu"];
    private static readonly OpName[] Binary = ["Add", "Mul", "Max", "Min", "Sub", "Div", "Pow", "PRelu"];
    private static readonly OpName UnsupportedUnary = new("com.microsoft", "QuickGelu"),
        UnsupportedBinary = new("com.microsoft", "BiasGelu");

    /// <summary>The model; it declares only the types of its inputs, as exporters do.</summary>
    /// <param name="nodes">The number of nodes.</param>
    /// <param name="unsupported">The share of nodes that TensorRT does not know.</param>
    /// <param name="window">How far back a node's inputs lie at most.</param>
    public static Model Create(int nodes, double unsupported, int window)
    {
        MarkedGraph marked = GraphGenerators.RandomDag(nodes, unsupported, window);
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "random" };
        var values = new Value[nodes];
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(4)));
        foreach (int node in marked.Graph.TopologicalOrder)
        {
            ReadOnlySpan<int> from = marked.Graph.Predecessors(node);
            bool isUnary = from.Length < 2;
            OpName op = marked.Supported[node] ? (isUnary ? Unary : Binary)[node % 8] : isUnary ? UnsupportedUnary : UnsupportedBinary;
            Value?[] inputs = isUnary ? [from.IsEmpty ? x : values[from[0]]] : [values[from[0]], values[from[1]]];
            values[node] = builder.Add(op, inputs, [$"v{node}"], name: $"n{node}").Outputs[0]!;
        }
        return new Model(builder.Build([.. values.Where((_, n) => marked.Graph.Successors(n).IsEmpty)]))
        {
            Opsets = OpsetVersions.Standard(18).Add("com.microsoft", 1),
            FormatVersion = 8,
        };
    }
}
