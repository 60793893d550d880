namespace GraphPartition.Compiler.Passes.Folding;

/// <summary>
/// If(c, A, B) with constant c is A where c holds, else B: the branch's nodes and constants move into the graph around it. They
/// use only values of that graph that come before the If, so the order stays topological.
/// </summary>
public sealed class InlineConstantIf() : NodePass("If")
{
    /// <inheritdoc/>
    protected override bool Visit(Node node, RewriteContext rewrite)
    {
        if (TakenBranch(node) is not { } branch) return false;
        foreach (Value constant in branch.Constants) rewrite.Builder.Constant(constant);
        foreach (Node inner in branch.Nodes) rewrite.Keep(inner);
        for (int i = 0; i < node.Outputs.Length; i++)
            if (node.Outputs[i] is { } result) rewrite.Replace(result, rewrite.Map(branch.Outputs[i]));
        return true;
    }

    /// <summary>The branch that always runs, or null where the condition is computed.</summary>
    private static Graph? TakenBranch(Node node)
    {
        if (!node.Op.Is("If") || node.Input(0)?.Data is not { ElementCount: 1, Element: ElementType.Bool } condition) return null;
        Graph? branch = node.Attributes.Body(condition.Bytes.Span[0] != 0 ? "then_branch" : "else_branch");
        return branch?.Outputs.Length >= node.Outputs.Length && branch.Inputs.Length == 0 ? branch : null;
    }
}
