using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Compiler.Explaining;

/// <summary>The inner nodes for which TensorRT refuses an If, Loop or Scan.</summary>
public static class BodyCulprits
{
    /// <summary>Whether a refusal is about a body and not about the node itself.</summary>
    public static bool IsAboutBody(Verdict support) => support.Rule?.StartsWith("body:", StringComparison.Ordinal) == true;

    /// <summary>All nodes in the bodies of a node, at any depth.</summary>
    public static IEnumerable<Node> Inner(Node node) =>
        node.Attributes.Bodies().SelectMany(b => b.Nodes).SelectMany(n => Inner(n).Prepend(n));

    /// <summary>The nodes in its bodies that are refused themselves: if they were supported, the nodes around them would be too.</summary>
    public static IEnumerable<Node> Of(Node node, OperatorTable operators, TensorRtTarget target) =>
        Inner(node).Where(n => operators.SupportOf(n, target) is { IsYes: false } no && !IsAboutBody(no));

    /// <summary>
    /// The operator whose support would make the node supported: its own, unless it is refused for nodes of one other operator in its
    /// bodies.
    /// </summary>
    internal static OpName BlockingOperator(Node node, Verdict no, OperatorTable operators, TensorRtTarget target)
    {
        if (!IsAboutBody(no)) return node.Op;
        OpName[] culprits = [.. Of(node, operators, target).Select(n => n.Op).Distinct().Take(2)];
        return culprits is [var only] ? only : node.Op;
    }
}
