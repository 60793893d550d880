namespace GraphPartition.Operators.Inference;

/// <summary>
/// Sets the shapes of a node's outputs, and their element types where the schema's type variables do not determine them. A rule
/// never throws on a wrong model: it reports what is wrong and leaves the output unknown.
/// </summary>
public delegate void ShapeRule(NodeTyping node);

/// <summary>One row of the operator table: an operator and its shape rule.</summary>
internal sealed record OperatorRow(OpName Name, ShapeRule Rule)
{
    /// <summary>Rows of the standard domain that share a rule.</summary>
    public static IEnumerable<OperatorRow> Of(ShapeRule rule, params string[] names) => names.Select(n => new OperatorRow(n, rule));

    /// <summary>Rows of another domain that share a rule.</summary>
    public static IEnumerable<OperatorRow> In(string domain, ShapeRule rule, params string[] names) =>
        names.Select(n => new OperatorRow(new(domain, n), rule));
}
