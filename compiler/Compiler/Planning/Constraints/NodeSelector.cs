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
    private readonly Func<Node, string> _nameOf;
    private readonly string _name;

    private NodeSelector(string text, string origin, string name, Func<Node, string> nameOf, Func<Node, bool>? matches = null)
    {
        Text = text;
        Origin = origin;
        _name = name;
        _nameOf = nameOf;
        _matches = matches ?? (n => IsLike(name, nameOf(n)));
    }

    /// <summary>The selector as it was written.</summary>
    public string Text { get; }

    /// <summary>Where it was written, for messages: <c>--exclude op:Conv</c>, <c>assign.txt:3</c>.</summary>
    public string Origin { get; }

    /// <summary>The operator of the form <c>op:NAME</c>; null for other forms.</summary>
    public string? Operator => Text.StartsWith(OperatorForm, StringComparison.Ordinal) ? _name : null;

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
            ["op", var op] => new(text, origin, op, n => n.Op.ToString()),
            ["domain", var domain] => new(text, origin, domain, n => n.Op.Domain.Length == 0 ? "ai.onnx" : n.Op.Domain),
            _ when text.AsSpan().ContainsAny('*', '?') => new(text, origin, text, n => n.DisplayName),
            _ => new(text, origin, text, n => n.DisplayName,
                n => n.Name == text || n.DisplayName == text || n.Outputs.Any(o => o?.Name == text)),
        };
    }

    /// <summary>What is wrong with a selector that matches no node of a graph, with the nearest names that do.</summary>
    public string Mismatch(Graph graph)
    {
        string what = Text == _name ? $"there is no node '{Text}'" : $"no node has the {(Operator is null ? "domain" : "operator")} '{_name}'";
        return what + NearNames.Hint(_name, graph.Nodes.Select(_nameOf));
    }

    private const string OperatorForm = "op:";

    internal static bool IsLike(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
