namespace GraphPartition.Compiler.Tagging;

/// <summary>
/// Values whose type stays open, and the nodes that leave them so: an operator whose results have no known type leaves everything open
/// that takes its type from them.
/// </summary>
public sealed class OpenTypes
{
    private readonly Dictionary<Value, Node> _origins = [];

    /// <summary>Finds the origins of all open types of a graph, in linear time.</summary>
    public OpenTypes(Graph graph)
    {
        foreach (Node node in graph.Nodes)
        {
            Node? origin = null;
            foreach (Value? result in node.Outputs)
                if (result is not null && IsOpen(result)) _origins[result] = origin ??= OriginOf(node) ?? node;
        }
    }

    /// <summary>
    /// The node that leaves the type of an input of this node open; null where none is open, or a graph around leaves it so.
    /// </summary>
    public Node? OriginOf(Node node)
    {
        foreach (Value? input in node.Inputs)
            if (input is not null && _origins.TryGetValue(input, out Node? origin)) return origin;
        foreach (Value input in node.Captures)
            if (_origins.TryGetValue(input, out Node? origin)) return origin;
        return null;
    }

    /// <summary>Whether a verdict is about an open type: an element type or a rank that is not known.</summary>
    public static bool IsAbout(Node node, Verdict no) => no.Rule is { } rule
        && (rule == "unknown-type" || (HasOpenRank(node) && IsAboutRanks(rule)));

    /// <summary>Adds the remedy to verdicts that are about open types.</summary>
    internal static void Explain(Graph graph, Verdict[] tags)
    {
        OpenTypes? types = null;
        for (int n = 0; n < tags.Length; n++)
        {
            Node node = graph.Nodes[n];
            if (tags[n].IsYes || !IsAbout(node, tags[n])) continue;
            string what = (types ??= new(graph)).OriginOf(node) is { } origin ? $"the outputs of {origin.Op}" : "it";
            tags[n] = Verdict.No($"{tags[n].Reason}: declare {what} (--operators FILE) or run the model once (--observe)", tags[n].Rule!);
        }
    }

    private static readonly string[] RankRules = ["rank(", "spatial(", "static(", "static-axis(", "branches(", "real-signal"];

    private static bool IsAboutRanks(string rule)
    {
        foreach (string start in RankRules)
            if (rule.StartsWith(start, StringComparison.Ordinal)) return true;
        return false;
    }

    private static bool HasOpenRank(Node node)
    {
        foreach (Value? v in node.Inputs)
            if (v is { Shape: null }) return true;
        return false;
    }

    private static bool IsOpen(Value value) =>
        value.Type is UnknownType or TensorType { Element: ElementType.Undefined } or TensorType { Shape: null };
}
