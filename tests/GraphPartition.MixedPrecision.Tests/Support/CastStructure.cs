using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.Operators.Definitions;

namespace GraphPartition.MixedPrecision.Tests.Support;

/// <summary>The structure that a conversion promises: no chain of Casts, one Cast for each tensor and type, inputs and outputs.</summary>
internal static class CastStructure
{
    public static string? Fault(Model before, Model after, PrecisionOptions options)
    {
        if (Chains(after.Graph).Count > Chains(before.Graph).Count) return $"a chain of Casts: {Chains(after.Graph)[0]}";
        if (Doubles(after.Graph).Count > Doubles(before.Graph).Count) return $"two equal Casts: {Doubles(after.Graph)[0]}";
        return Interface("input", before.Graph.Inputs, after.Graph.Inputs, options)
            ?? Interface("output", before.Graph.Outputs, after.Graph.Outputs, options);
    }

    private static string? Interface(string what, IReadOnlyList<Value> before, IReadOnlyList<Value> after, PrecisionOptions options)
    {
        if (!before.Select(v => v.Name).SequenceEqual(after.Select(v => v.Name))) return $"the names of the {what}s have changed";
        for (int i = 0; i < before.Count; i++)
            if (before[i].ElementType != after[i].ElementType
                && !(options.ConvertsInterface && before[i].ElementType == ElementType.Float32
                    && after[i].ElementType == options.Format.Element))
                return $"{what} {before[i]} has become {after[i]}";
        return null;
    }

    private static List<string> Chains(Graph graph)
    {
        var found = new List<string>();
        foreach (Node node in graph.Nodes)
        {
            if (IsFloatCast(node) && graph.Uses.ProducerOf(node.Inputs[0]!) is >= 0 and var p && IsFloatCast(graph.Nodes[p]))
                found.Add($"{graph.Nodes[p].Label}, {node.Label}");
            foreach (Graph body in node.Attributes.Bodies()) found.AddRange(Chains(body));
        }
        return found;
    }

    private static List<string> Doubles(Graph graph)
    {
        List<string> found = [.. graph.Nodes.Where(IsFloatCast).GroupBy(n => (n.Inputs[0], n.Outputs[0]!.ElementType))
            .SelectMany(g => g.Skip(1)).Select(n => n.Label)];
        foreach (Node node in graph.Nodes)
            foreach (Graph body in node.Attributes.Bodies()) found.AddRange(Doubles(body));
        return found;
    }

    /// <summary>A Cast between FP32 and 16 bits.</summary>
    private static bool IsFloatCast(Node node) => node.Op.Is("Cast") && node.Input(0) is { } x && node.Output(0) is { } y
        && ((IsLow(x) && y.ElementType == ElementType.Float32) || (IsLow(y) && x.ElementType == ElementType.Float32));

    private static bool IsLow(Value value) => LowFormat.Of(value.ElementType) is not null;
}
