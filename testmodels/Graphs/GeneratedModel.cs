using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
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
/// be simplified away, so that every stage of the compiler meets all of them. With an unknown operator, the others have a
/// weight as one more input, as layers have.
/// </summary>
public static class GeneratedModel
{
    /// <summary>The operator of <see cref="Blockers.Declared"/> and <see cref="Blockers.Undeclared"/>.</summary>
    public static OpName Blocker { get; } = new("test.blocker", "Blocker");

    private static readonly OpName[] Unary = ["Relu", "Sigmoid", "Tanh", "Softplus", "Sin", "Cos", "Erf", "Elu"];
    private static readonly OpName[] Binary = ["Add", "Mul", "Max", "Min", "Sub", "Div", "Pow", "PRelu"];
    // The exponent of Pow may have a type of its own: nothing would tell that of a blocker which only a Pow uses.
    private static readonly OpName[] OneTyped = ["Add", "Mul", "Max", "Min", "Sub", "Div", "Mean", "PRelu"];
    private static readonly OpName[] Variadic = ["Sum", "Max", "Min", "Mean", "Sum", "Max", "Min", "Mean"];
    private static readonly OpName UnsupportedUnary = new("com.microsoft", "QuickGelu"),
        UnsupportedBinary = new("com.microsoft", "BiasGelu");

    /// <summary>The model; it declares no types but those of its inputs, and with an unknown operator of its outputs.</summary>
    /// <param name="nodes">The number of nodes.</param>
    /// <param name="unsupported">The share of nodes that TensorRT does not know.</param>
    /// <param name="window">How far back a node's inputs lie at most.</param>
    /// <param name="blockers">What these nodes are.</param>
    /// <param name="seed">The seed of the DAG.</param>
    /// <param name="hasWeights">
    /// With an unknown operator: whether the other nodes have a weight. Without, nothing tells the type of a value that is used only
    /// between blockers.
    /// </param>
    public static Model Create(
        int nodes, double unsupported, int window, Blockers blockers = Blockers.Contrib, ulong seed = 1, bool hasWeights = true)
    {
        MarkedGraph marked = GraphGenerators.RandomDag(nodes, unsupported, window, seed);
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "random" };
        var values = new Value[nodes];
        IrType type = IrType.Tensor(ElementType.Float32, Shape.Of(4));
        Value x = builder.Input("x", type);
        Value? weight = blockers == Blockers.Contrib || !hasWeights ? null : builder.Constant("w", TensorData.Floats([1, 2, 3, 4], 4));
        foreach (int node in marked.Graph.TopologicalOrder)
        {
            ReadOnlySpan<int> from = marked.Graph.Predecessors(node);
            bool isSupported = marked.Supported[node], isLast = marked.Graph.Successors(node).IsEmpty;
            Value first = from.IsEmpty ? x : values[from[0]];
            Value? second = from.Length > 1 ? values[from[1]] : isSupported ? weight : null;
            Value? third = isSupported && second != weight ? weight : null;
            OpName op = !isSupported ? blockers != Blockers.Contrib ? Blocker : second is null ? UnsupportedUnary : UnsupportedBinary
                : (third is not null ? Variadic : second is null ? Unary : blockers == Blockers.Contrib ? Binary : OneTyped)[node % 8];
            bool isDeclared = blockers != Blockers.Contrib && (isLast || (!isSupported && blockers == Blockers.Declared));
            Value?[] inputs = third is not null ? [first, second, third] : second is not null ? [first, second] : [first];
            values[node] = builder.Add(op, inputs, [new($"v{node}", isDeclared ? type : null)], name: $"n{node}").Outputs[0]!;
        }
        return new Model(builder.Build([.. values.Where((_, n) => marked.Graph.Successors(n).IsEmpty)]))
        {
            Opsets = OpsetVersions.Standard(18).Add("com.microsoft", 1).Add(Blocker.Domain, 1),
            FormatVersion = 8,
        };
    }
}
