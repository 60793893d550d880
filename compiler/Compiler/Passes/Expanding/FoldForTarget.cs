using GraphPartition.Compiler.Passes.Folding;
using GraphPartition.Compiler.Tagging;

namespace GraphPartition.Compiler.Passes.Expanding;

/// <summary>
/// Computes nodes of constants that the target does not take: the DequantizeLinear of an i32 bias or of uint8 weights, the Cast of weights
/// that a file keeps in int8. They would fall back, with a boundary in front of an engine at each run; so the limit for folded constants
/// (<see cref="PassContext.FoldLimit"/>) does not hold for them. Likewise the DequantizeLinear of a convolution's weights, if its input is not
/// dequantized: TensorRT wants both or a constant.
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
                || !node.Attributes.Bodies().IsEmpty || keeps(node)
                || ((tags ??= support.Tag(rewrite.Source))[n].IsYes && !IsOnlyOfWeights(node, rewrite.Source))) continue;
            refused.Add(node);
            constant.UnionWith(node.Outputs.OfType<Value>());
        }
        return refused;
    }

    /// <summary>Whether a node dequantizes the weights of convolutions, and no input of these is dequantized.</summary>
    private static bool IsOnlyOfWeights(Node node, Graph graph)
    {
        if (!node.Op.Is("DequantizeLinear") || node.Output(0) is not { } weight || graph.Uses.IsOutput(weight)) return false;
        foreach (int user in graph.Uses.UsersOf(weight))
        {
            Node layer = graph.Nodes[user];
            if (!(layer.Op.Is("Conv") || layer.Op.Is("ConvTranspose")) || layer.Input(1) != weight || layer.Input(0) is not { } x
                || (graph.Uses.ProducerOf(x) is >= 0 and int n && graph.Nodes[n].Op.Is("DequantizeLinear"))) return false;
        }
        return true;
    }
}
