using GraphPartition.Compiler.Passes.Folding;
using GraphPartition.Compiler.Tagging;

namespace GraphPartition.Compiler.Passes.Expanding;

/// <summary>
/// Computes nodes of constants that the target does not take: the DequantizeLinear of an i32 bias or of uint8 weights, the Cast of weights
/// that a file keeps in int8. They would fall back, with a boundary in front of an engine at each run; so the limit for folded constants
/// (<see cref="PassContext.FoldLimit"/>) does not hold for them.
/// </summary>
/// <param name="support">What the target takes.</param>
/// <param name="keeps">Whether a node stays as it is.</param>
public sealed class FoldForTarget(SupportPolicy support, Func<Node, bool> keeps) : NodePass
{
    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        ConstantExpressions computed = ConstantExpressions.Of(rewrite, Refused(rewrite).Contains);
        return node => computed.Replace(node);
    }

    /// <summary>The nodes of constants that the target refuses.</summary>
    private HashSet<Node> Refused(RewriteContext rewrite)
    {
        var refused = new HashSet<Node>();
        if (rewrite.Context.Evaluator is null) return refused;
        var constant = new HashSet<Value>();
        Verdict[]? tags = null; // most graphs have no node of constants
        for (int n = 0; n < rewrite.Source.Nodes.Length; n++)
        {
            Node node = rewrite.Source.Nodes[n];
            if (node.Inputs.IsEmpty || node.Inputs.Any(v => v is not null && !v.IsConstant && !constant.Contains(v))
                || !node.Attributes.Bodies().IsEmpty || keeps(node) || (tags ??= support.Tag(rewrite.Source))[n].IsYes) continue;
            refused.Add(node);
            constant.UnionWith(node.Outputs.OfType<Value>());
        }
        return refused;
    }
}
