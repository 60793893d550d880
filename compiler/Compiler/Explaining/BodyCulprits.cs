using GraphPartition.Compiler.Tagging;
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
    /// <param name="node">The node.</param>
    /// <param name="no">Why it is refused.</param>
    /// <param name="operators">The operators.</param>
    /// <param name="target">The release.</param>
    /// <param name="open">
    /// The open types of the graph: a node that lacks a type would have it if the operator that leaves it open were known.
    /// </param>
    internal static OpName BlockingOperator(Node node, Verdict no, OperatorTable operators, TensorRtTarget target, Lazy<OpenTypes> open)
    {
        if (!IsAboutBody(no)) return Origin(node, no);
        OpName[] culprits = [.. Of(node, operators, target).Select(n => Origin(n, operators.SupportOf(n, target))).Distinct().Take(2)];
        return culprits is [var only] ? only : node.Op;

        OpName Origin(Node refused, Verdict why) =>
            OpenTypes.IsAbout(refused, why) && open.Value.OriginOf(refused) is { } origin ? origin.Op : refused.Op;
    }
}
