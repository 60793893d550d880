using GraphPartition.Ir.Tensors;
using GraphPartition.Operators.Families;

namespace GraphPartition.Runtime.Comparison;

/// <summary>What a comparison of two runs must know of an output.</summary>
/// <param name="Narrowest">The least precise float type that a node on a path to the output computes; undefined where none computes floats.</param>
/// <param name="IsRandom">Whether the output depends on random numbers that no seed fixes.</param>
public readonly record struct OutputTraits(ElementType Narrowest, bool IsRandom)
{
    /// <summary>The traits of each output of a graph, by name. Takes O(nodes + edges).</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="computedIn">Less precise types that an executor computes nodes in, of this graph and its bodies; null: none.</param>
    public static Dictionary<string, OutputTraits> Of(Graph graph, IReadOnlyDictionary<Node, ElementType>? computedIn = null)
    {
        var known = new Dictionary<Value, OutputTraits>();
        Walk(graph, known, computedIn);
        var outputs = new Dictionary<string, OutputTraits>();
        foreach (Value output in graph.Outputs) outputs[output.Name] = known.GetValueOrDefault(output);
        return outputs;
    }

    /// <summary>
    /// The tolerance for an output with these expected elements: that of the least precise float type on the way, since each value of that
    /// type may be rounded in two ways. Behind types narrower than 32 bits the absolute part grows with the largest expected element, since
    /// differences of large numbers keep the rounding errors of these.
    /// </summary>
    public Tolerance ToleranceOf(TensorData expected)
    {
        ElementType element = expected.Element;
        if (!Numbers.IsFloat(element) || Bits(Narrowest) >= Bits(element) && Bits(element) >= Bits(ElementType.Float32))
            return Tolerance.Of(element);
        Tolerance narrow = Tolerance.Of(Bits(Narrowest) < Bits(element) ? Narrowest : element);
        double largest = 1;
        for (int i = 0; i < expected.ElementCount; i++)
        {
            double size = Math.Abs(Numbers.At(element, expected.Bytes.Span, i));
            if (double.IsFinite(size)) largest = Math.Max(largest, size);
        }
        return narrow with { Absolute = narrow.Absolute * largest };
    }

    /// <summary>Whether floats narrower than 32 bits are on the way.</summary>
    public bool IsNarrow => Bits(Narrowest) < Bits(ElementType.Float32);

    /// <summary>The less precise of the two types; random if one of the two is.</summary>
    public OutputTraits With(OutputTraits other) =>
        new(Bits(other.Narrowest) < Bits(Narrowest) ? other.Narrowest : Narrowest, IsRandom || other.IsRandom);

    private static OutputTraits Walk(
        Graph graph, Dictionary<Value, OutputTraits> known, IReadOnlyDictionary<Node, ElementType>? computedIn)
    {
        var all = new OutputTraits();
        foreach (Node node in graph.Nodes)
        {
            OutputTraits traits = TraitsOf(node, known, computedIn);
            all = all.With(traits);
            foreach (Value? output in node.Outputs)
                if (output is not null) known[output] = traits.With(new(output.ElementType, false));
        }
        return all;
    }

    private static OutputTraits TraitsOf(
        Node node, Dictionary<Value, OutputTraits> known, IReadOnlyDictionary<Node, ElementType>? computedIn)
    {
        var traits = new OutputTraits();
        if (node.Op.Is("Shape") || node.Op.Is("Size")) return traits; // they read no number
        foreach (Value? input in node.Inputs)
            if (input is not null) traits = traits.With(known.GetValueOrDefault(input));
        foreach (Value capture in node.Captures) traits = traits.With(known.GetValueOrDefault(capture));
        foreach (Value? output in node.Outputs)
            if (output is not null) traits = traits.With(new(output.ElementType, false));
        foreach (Graph body in node.Attributes.Bodies()) traits = traits.With(Walk(body, known, computedIn));
        if (computedIn is not null && computedIn.TryGetValue(node, out ElementType type)) traits = traits.With(new(type, false));
        return traits with { IsRandom = traits.IsRandom || IsUnseeded(node) };
    }

    private static bool IsUnseeded(Node node) =>
        !node.Attributes.Has("seed") && OperatorDefinitions.Of(node.Op).IsRandom?.Invoke(node) == true;

    /// <summary>The bits of the mantissa.</summary>
    private static int Bits(ElementType type) => type switch
    {
        ElementType.Float64 => 52,
        ElementType.Float32 => 23,
        ElementType.Float16 => 10,
        ElementType.BFloat16 => 7,
        ElementType.Float8E4M3FN or ElementType.Float8E4M3FNUZ => 3,
        ElementType.Float8E5M2 or ElementType.Float8E5M2FNUZ => 2,
        ElementType.Float4E2M1 => 1,
        ElementType.Float8E8M0 => 0,
        _ => int.MaxValue,
    };
}
