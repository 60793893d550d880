using GraphPartition.Operators.Definitions;
using GraphPartition.Operators.Families;

namespace GraphPartition.Compiler.Passes.Elimination;

/// <summary>
/// A node whose output is one of its inputs, bit for bit, is replaced by that input (<see cref="OperatorDefinition.Identity"/> has the
/// proofs). An Identity between an input and an output of the graph stays, since both names must stay.
/// </summary>
public sealed class EliminateIdentity : NodePass
{
    /// <inheritdoc/>
    protected override bool Visit(Node node, RewriteContext rewrite) =>
        node.Output(0) is { } result && HasOneResult(node, rewrite.Source)
            && node.Version == 0 && OperatorDefinitions.Of(node.Op).Identity?.Invoke(node, rewrite.Context.Opset) is >= 0 and var input
        && rewrite.Input(node, input) is { } passed && rewrite.TryReplace(result, passed);

    private static bool HasOneResult(Node node, Graph graph)
    {
        for (int i = 1; i < node.Outputs.Length; i++)
            if (node.Outputs[i] is { } more && (graph.Uses.UsersOf(more).Length > 0 || graph.Uses.IsOutput(more))) return false;
        return true;
    }
}
