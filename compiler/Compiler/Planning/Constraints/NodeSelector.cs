using System.IO.Enumeration;

namespace GraphPartition.Compiler.Planning.Constraints;

/// <summary>
/// Selects the nodes of a constraint: <c>op:Conv</c>, <c>op:com.microsoft::Gelu</c>, <c>domain:com.microsoft</c>
/// (<c>domain:ai.onnx</c> for the standard one), the name of a node as plans print it, or the name of an output. All but the last
/// accept the wildcards <c>*</c> and <c>?</c>.
/// </summary>
public sealed class NodeSelector
{
    private readonly Func<Node, bool> _matches;

    private NodeSelector(string text, string origin, bool isName, Func<Node, bool> matches)
    {
        Text = text;
        Origin = origin;
        IsName = isName;
        _matches = matches;
    }

    /// <summary>The selector as it was written.</summary>
    public string Text { get; }

    /// <summary>Where it was written, for messages: <c>--exclude op:Conv</c>, <c>assign.txt:3</c>.</summary>
    public string Origin { get; }

    /// <summary>Whether it names one node; then the model must have it. A pattern, operator or domain may match nothing.</summary>
    public bool IsName { get; }

    /// <summary>Whether it selects this node.</summary>
    public bool Matches(Node node) => _matches(node);

    /// <summary>Reads a selector.</summary>
    /// <param name="text">The selector.</param>
    /// <param name="origin">Where it was written.</param>
    /// <exception cref="ModelException">GP3008.</exception>
    public static NodeSelector Parse(string text, string origin)
    {
        string[] parts = text.Split(':', 2);
        if (text.Length == 0 || (parts is ["op" or "domain", var rest] && rest.Length == 0))
            throw CompilerCodes.BadSelector.Error(origin, $"'{text}' selects nothing");
        return parts switch
        {
            ["op", var op] => new(text, origin, isName: false, n => IsLike(op, n.Op.ToString())),
            ["domain", var domain] =>
                new(text, origin, isName: false, n => IsLike(domain, n.Op.Domain.Length == 0 ? "ai.onnx" : n.Op.Domain)),
            _ when text.AsSpan().ContainsAny('*', '?') => new(text, origin, isName: false, n => IsLike(text, n.DisplayName)),
            _ => new(text, origin, isName: true, n => n.Name == text || n.DisplayName == text || n.Outputs.Any(o => o?.Name == text)),
        };
    }

    /// <summary>Up to five names of nodes that contain this one, as the end of a message; empty where there are none.</summary>
    public static string Near(Graph graph, string name)
    {
        string[] near = [.. graph.Nodes.Select(n => n.DisplayName)
            .Where(n => n.Contains(name, StringComparison.OrdinalIgnoreCase)).Take(5)];
        return near.Length > 0 ? $"; there are {string.Join(", ", near)}" : "";
    }

    private static bool IsLike(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
