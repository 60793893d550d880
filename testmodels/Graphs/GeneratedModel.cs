using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;

namespace GraphPartition.TestModels.Graphs;

/// <summary>What the nodes are that TensorRT does not know.</summary>
public enum Blockers
{
    /// <summary>Operators of ONNX Runtime, which can run them.</summary>
    Contrib,
    /// <summary>An operator that nobody knows; the model declares the types of its results.</summary>
    Declared,
    /// <summary>An operator that nobody knows and whose results have no declared type, as exporters write it.</summary>
    Undeclared,
}

/// <summary>
/// A random DAG (<see cref="GraphGenerators.RandomDag"/>) as a model: elementwise operators of one or two inputs on f32[4]. No node can
/// be simplified away, so that every stage of the compiler meets all of them.
/// </summary>
public static class GeneratedModel
{
    /// <summary>The operator of <see cref="Blockers.Declared"/> and <see cref="Blockers.Undeclared"/>.</summary>
    public static OpName Blocker { get; } = new("test.blocker", "Blocker");

    private static readonly OpName[] Unary = ["Relu", "Sigmoid", "Tanh", "Softplus", "Sin", "Cos", "Erf", "Elu"];
    private static readonly OpName[] Binary = ["Add", "Mul", "Max", "Min", "Sub", "Div", "Pow", "PRelu"];
    private static readonly OpName UnsupportedUnary = new("com.microsoft", "QuickGelu"),
        UnsupportedBinary = new("com.microsoft", "BiasGelu");

    /// <summary>The model; it declares no types but those of its inputs, and with an unknown operator of its outputs.</summary>
    /// <param name="nodes">The number of nodes.</param>
    /// <param name="unsupported">The share of nodes that TensorRT does not know.</param>
    /// <param name="window">How far back a node's inputs lie at most.</param>
    /// <param name="blockers">What these nodes are.</param>
    /// <param name="seed">The seed of the DAG.</param>
    public static Model Create(int nodes, double unsupported, int window, Blockers blockers = Blockers.Contrib, ulong seed = 1)
    {
        MarkedGraph marked = GraphGenerators.RandomDag(nodes, unsupported, window, seed);
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "random" };
        var values = new Value[nodes];
        IrType type = IrType.Tensor(ElementType.Float32, Shape.Of(4));
        Value x = builder.Input("x", type);
        foreach (int node in marked.Graph.TopologicalOrder)
        {
            ReadOnlySpan<int> from = marked.Graph.Predecessors(node);
            bool isUnary = from.Length < 2, isSupported = marked.Supported[node];
            OpName op = isSupported ? (isUnary ? Unary : Binary)[node % 8]
                : blockers != Blockers.Contrib ? Blocker : isUnary ? UnsupportedUnary : UnsupportedBinary;
            Value?[] inputs = isUnary ? [from.IsEmpty ? x : values[from[0]]] : [values[from[0]], values[from[1]]];
            bool isDeclared = blockers != Blockers.Contrib
                && (marked.Graph.Successors(node).IsEmpty || (!isSupported && blockers == Blockers.Declared));
            values[node] = builder.Add(op, inputs, [new($"v{node}", isDeclared ? type : null)], name: $"n{node}").Outputs[0]!;
        }
        return new Model(builder.Build([.. values.Where((_, n) => marked.Graph.Successors(n).IsEmpty)]))
        {
            Opsets = OpsetVersions.Standard(18).Add("com.microsoft", 1).Add(Blocker.Domain, 1),
            FormatVersion = 8,
        };
    }
}
