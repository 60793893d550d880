using GraphPartition.Ir.Graphs;
using GraphPartition.Operators.Inference;

namespace GraphPartition.Operators;

/// <summary>One row of the operator table: an operator and its shape rule.</summary>
internal sealed record OperatorRow(OpName Name, ShapeRule Rule)
{
    /// <summary>Rows of the standard domain that share a rule.</summary>
    public static IEnumerable<OperatorRow> Of(ShapeRule rule, params string[] names) => names.Select(n => new OperatorRow(n, rule));

    /// <summary>Rows of another domain that share a rule.</summary>
    public static IEnumerable<OperatorRow> In(string domain, ShapeRule rule, params string[] names) =>
        names.Select(n => new OperatorRow(new(domain, n), rule));
}
