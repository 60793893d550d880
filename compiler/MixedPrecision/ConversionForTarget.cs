using GraphPartition.Compiler;
using GraphPartition.MixedPrecision.Diagnostics;

namespace GraphPartition.MixedPrecision;

/// <summary>
/// Converts a model that is planned for a target. A node that the target's engines take in FP32 and not in the format stays in FP32, with
/// Casts around it, so that it stays in its engine.
/// </summary>
/// <param name="options">The format and what stays.</param>
/// <param name="report">Receives what was done; null: nobody looks.</param>
public sealed class ConversionForTarget(PrecisionOptions options, Action<PrecisionReport>? report = null) : IPrecisionConversion
{
    /// <inheritdoc/>
    /// <returns>The graph itself where it has nothing in FP32.</returns>
    /// <exception cref="ModelException">As <see cref="MixedPrecisionConverter.Convert"/>.</exception>
    public ConvertedGraph Convert(Model model, OperatorTable operators, Func<Graph, Verdict[]> support)
    {
        try
        {
            return Converted(model, operators, support);
        }
        catch (ModelException e) when (e.Diagnostics is [{ Code: var code }] && code == PrecisionCodes.NothingToConvert)
        {
            return new(model.Graph, [], model.SourceOpset);
        }
    }

    private ConvertedGraph Converted(Model model, OperatorTable operators, Func<Graph, Verdict[]> support)
    {
        Verdict[] before = support(model.Graph);
        PrecisionOptions held = options;
        while (true)
        {
            ConvertedModel converted = MixedPrecisionConverter.Convert(model, operators, held);
            PrecisionOptions more = held with { Held = held.Held.AddRange(Lost(model.Graph, before, converted, support)) };
            if (more.Held.Count > held.Held.Count)
            {
                held = more;
                continue;
            }
            report?.Invoke(converted.Report);
            return new(converted.Model.Graph, converted.Casts, converted.Model.SourceOpset) { Originals = converted.Originals };
        }
    }

    /// <summary>Nodes that engines took before the conversion and do not take after it; of a node with bodies all nodes in them.</summary>
    private static Dictionary<Node, string> Lost(Graph graph, Verdict[] before, ConvertedModel converted, Func<Graph, Verdict[]> support)
    {
        Verdict[] after = support(converted.Model.Graph);
        var places = new Dictionary<Node, int>(ReferenceEqualityComparer.Instance);
        for (int n = 0; n < after.Length; n++) places.TryAdd(converted.Model.Graph.Nodes[n], n);
        var lost = new Dictionary<Node, string>();
        for (int n = 0; n < before.Length; n++)
        {
            Node node = graph.Nodes[n];
            if (!before[n].IsYes || !converted.Copies.TryGetValue(node, out Node? copy) || !places.TryGetValue(copy, out int place)
                || after[place].IsYes) continue;
            foreach (Node inner in Inner(node)) lost.TryAdd(inner, $"engines take it in FP32 only: {after[place].Reason}");
        }
        foreach (Node held in lost.Keys.ToArray())
            if (converted.Copies.GetValueOrDefault(held) is null) lost.Remove(held);
        return lost;
    }

    private static IEnumerable<Node> Inner(Node node) => node.Attributes.Bodies().IsEmpty ? [node]
        : node.Attributes.Bodies().SelectMany(b => b.Nodes).SelectMany(Inner);
}
