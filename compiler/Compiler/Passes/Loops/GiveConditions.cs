using GraphPartition.Operators.Inference;

namespace GraphPartition.Compiler.Passes.Loops;

/// <summary>
/// Loop(n, _, ...) = Loop(n, true, ...): in ONNX a missing condition means true. TensorRT needs the input. So the loop gets the constant
/// true if its body reads the condition, or if its body may end the loop.
/// </summary>
public sealed class GiveConditions() : NodePass("Loop")
{
    /// <inheritdoc/>
    protected override bool Visit(Node node, RewriteContext rewrite)
    {
        if (!node.Op.Is("Loop") || node.Input(1) is not null || node.Attributes.Body("body") is not { Inputs.Length: >= 2 } body
            || (LoopForm.IsAlwaysTrue(null, body) && !LoopForm.Reads(body, body.Inputs[1]))) return false;
        Value yes = rewrite.Constant("condition", TensorData.Of<byte>(ElementType.Bool, [1], []));
        Value?[] inputs = [rewrite.Input(node, 0), yes, .. node.Inputs.Skip(2).Select(v => v is null ? null : rewrite.Map(v))];
        // The results are the same values, so nothing behind the loop changes.
        rewrite.Builder.Define(node.Op, inputs, node.Outputs.AsSpan(), node.Attributes, node.Name, node.Version, node.Metadata);
        rewrite.Drop();
        return true;
    }
}
