namespace GraphPartition.Compiler.Tagging;

/// <summary>
/// Values whose type stays open, and the nodes that leave them so: an operator whose results have no known type leaves everything open
/// that takes its type from them.
/// </summary>
public sealed class OpenTypes
{
    private readonly Dictionary<Value, Node> _origins = [];
    private readonly HashSet<Value> _fedBack = []; // inputs of bodies that only a result of the body leaves open

    /// <summary>Finds the origins of all open types of a graph and of its bodies, in linear time.</summary>
    public OpenTypes(Graph graph) => Find(graph);

    /// <summary>
    /// The node that leaves open the type of an input of this node, or of a result of its bodies; null where none is open, or an input of
    /// the graph is.
    /// </summary>
    public Node? OriginOf(Node node) => OriginOf(Parts(node));

    private Node? OriginOf(IEnumerable<Value?> values)
    {
        foreach (Value? value in values)
            if (value is not null && _origins.TryGetValue(value, out Node? origin)) return origin;
        return null;
    }

    private void Find(Graph graph)
    {
        foreach (Node node in graph.Nodes)
        {
            foreach (Graph body in node.Attributes.Bodies()) FindInBody(body, node);
            if (!node.Outputs.Any(IsOpen)) continue;
            // An open input without an origin is one of the graph.
            Node? origin = OriginOf(node) ?? (Parts(node).Any(v => IsOpen(v) && !_fedBack.Contains(v!)) ? null : node);
            if (origin is null) continue;
            foreach (Value? result in node.Outputs)
                if (IsOpen(result)) _origins[result!] = origin;
        }
    }

    /// <summary>The inputs of a loop's body are open if those of the loop are, or if a result is that comes back as an input.</summary>
    private void FindInBody(Graph body, Node around)
    {
        bool hasOrigin = Open(OriginOf(around));
        if (!around.Inputs.Concat(around.Captures).Any(IsOpen)) _fedBack.UnionWith(body.Inputs);
        Find(body);
        if (!hasOrigin && Open(OriginOf(body.Outputs))) Find(body);

        // Whether an input got an origin now. That happens once for each, so nested bodies are not searched again at each level.
        bool Open(Node? origin)
        {
            bool isNew = false;
            if (origin is not null)
                foreach (Value input in body.Inputs)
                    if (IsOpen(input)) isNew |= _origins.TryAdd(input, origin);
            return isNew;
        }
    }

    /// <summary>Whether a verdict is about an open type: an element type or a rank that is not known.</summary>
    public static bool IsAbout(Node node, Verdict no) => no.Rule is { } rule
        && (rule == "unknown-type" || (IsAboutRanks(rule) && Parts(node).Any(v => v is { Shape: null })));

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

    private static readonly string[] RankRules = ["rank(", "spatial(", "static(", "static-axis(", "branches(", "fixed-loop",
        "same-shape(", "even(", "real-signal"];

    private static bool IsAboutRanks(string rule)
    {
        foreach (string start in RankRules)
            if (rule.StartsWith(start, StringComparison.Ordinal)) return true;
        return false;
    }

    /// <summary>What the type of a node's results depends on.</summary>
    private static IEnumerable<Value?> Parts(Node node) =>
        node.Inputs.Concat(node.Captures).Concat(node.Attributes.Bodies().SelectMany(b => b.Outputs));

    private static bool IsOpen(Value? value) =>
        value?.Type is UnknownType or TensorType { Element: ElementType.Undefined } or TensorType { Shape: null };
}
