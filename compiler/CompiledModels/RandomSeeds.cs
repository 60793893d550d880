using GraphPartition.Operators.Families;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.CompiledModels;

/// <summary>
/// Seeds for nodes that draw random numbers. ONNX Runtime (1.31) starts the generator of a node without a seed from one number of the
/// process and the place of the node in its graph. So two nodes at the same place of two segments would draw the same numbers.
/// </summary>
internal static class RandomSeeds
{
    private const int Most = 1 << 22; // floats hold such numbers exactly

    private static readonly int First = Random.Shared.Next(Most);
    private static int _drawn;

    /// <summary>The graph with a separate seed for each such node, in bodies too; the same object if there is no such node.</summary>
    public static Graph In(Graph graph)
    {
        if (!graph.Operators.Any(MayDraw)) return graph;
        GraphBuilder builder = GraphBuilder.For(graph, DeclaredTypes.Instance);
        foreach (Value constant in graph.Constants) builder.Constant(constant);
        foreach (Node node in graph.Nodes)
        {
            AttributeMap attributes = node.Attributes.MapBodies(In);
            if (!attributes.Has("seed") && OperatorDefinitions.Of(node.Op).IsRandom?.Invoke(node) == true)
                attributes = attributes.With("seed", Seed(node.Op));
            if (ReferenceEquals(attributes, node.Attributes)) builder.Append(node);
            else builder.Define(node.Op, node.Inputs.AsSpan(), node.Outputs.AsSpan(), attributes, node.Name, node.Version, node.Metadata);
        }
        return builder.Build(graph.Outputs.AsSpan());
    }

    /// <summary>Decides without the table of operators, so that a session without such nodes does not build it.</summary>
    private static bool MayDraw(OpName op) =>
        op.Type.StartsWith("Random", StringComparison.Ordinal) || op.Type.EndsWith("Dropout", StringComparison.Ordinal)
        || op.Type is "Bernoulli" or "Multinomial";

    private static AttributeValue Seed(OpName op)
    {
        int seed = (First + Interlocked.Increment(ref _drawn)) % (2 * Most);
        return OperatorSchemas.Default.Canonical(op)?.Attribute("seed")?.Kind == AttributeKind.Int ? new IntAttribute(seed)
            : new FloatAttribute(seed);
    }
}
