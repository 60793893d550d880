namespace GraphPartition.Compiler.Passes.Sequences;

/// <summary>
/// A sequence of known length is a list of tensors, so its operators are tensor operators: ConcatFromSequence is Concat, SequenceAt one
/// element, SplitToSequence is Split. TensorRT has no sequences. The nodes that make sequences become unused unless another node needs
/// them, so there are never more sequences than before.
/// </summary>
public sealed class SequencesToTensors() : NodePass("ConcatFromSequence", "SequenceAt", "SequenceLength")
{
    /// <summary>Of Split, Squeeze and Unsqueeze with their numbers as inputs.</summary>
    protected override int FirstOpset => 13;

    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        var lists = new Dictionary<Value, TensorList>(); // by the sequence in the source
        return node =>
        {
            if (node.Output(0) is not { } result || node.Op.Domain.Length > 0) return false;
            if (Made(node, rewrite, lists) is { } made) lists[result] = made;
            return node.Input(0) is { } sequence && lists.TryGetValue(sequence, out TensorList? list)
                && Replaced(node, result, list, rewrite);
        };
    }

    /// <summary>The list that a node makes; null where it makes none or its length is not known.</summary>
    private static TensorList? Made(Node node, RewriteContext rewrite, Dictionary<Value, TensorList> lists)
    {
        TensorList? before = node.Input(0) is { } sequence ? lists.GetValueOrDefault(sequence) : null;
        switch (node.Op.Type)
        {
            case "SequenceEmpty": return TensorList.Of([]);
            case "SequenceConstruct":
                return node.Inputs.Any(v => v is null) ? null : TensorList.Of([.. node.Inputs.Select(v => rewrite.Map(v!))]);
            case "SequenceInsert" when before is not null && rewrite.Input(node, 1) is { } added:
                long at = Place(node, 2, before.Length, otherwise: before.Length);
                return at >= 0 && at <= before.Length ? before.Insert((int)at, added) : null;
            case "SequenceErase" when before is { Length: > 0 }:
                long gone = Place(node, 1, before.Length, otherwise: before.Length - 1);
                return gone >= 0 && gone < before.Length ? before.RemoveAt((int)gone) : null;
            case "SplitToSequence": return TensorSplit.Of(node, rewrite);
            default: return null;
        }
    }

    private static bool Replaced(Node node, Value result, TensorList list, RewriteContext rewrite)
    {
        switch (node.Op.Type)
        {
            case "SequenceLength":
                rewrite.Replace(result, rewrite.Constant(result.Name, TensorData.Scalar(ElementType.Int64, (long)list.Length)));
                return true;
            case "SequenceAt" when Place(node, 1, list.Length, -1) is >= 0 and var at && at < list.Length:
                Value element = list.Tensors(node)[(int)at];
                if (!rewrite.TryReplace(result, element)) rewrite.Replace(node, "Identity", [element]);
                return true;
            case "ConcatFromSequence" when list.Length > 0 && node.Attributes["axis"] is { } axis:
                ImmutableArray<Value> parts = list.Tensors(node);
                if (node.Attributes.Int("new_axis") != 0)
                {
                    Value axes = rewrite.Constant(result.Name + "_axis", TensorData.Int64s(node.Attributes.Int("axis")));
                    parts = [.. parts.Select(p => rewrite.Add(
                        node, "Unsqueeze", [p, axes], rewrite.Context.Fresh(p.Name + "_unsqueezed"), name: ""))];
                }
                rewrite.Replace(node, "Concat", [.. parts], AttributeMap.Of(("axis", axis)));
                return true;
            default: return false;
        }
    }

    /// <summary>The place that an input names, counted from the front; -1 where it is computed.</summary>
    private static long Place(Node node, int input, int length, long otherwise) => node.Input(input) switch
    {
        null => otherwise,
        { Data: { ElementCount: 1 } data } when data.ToIntegers() is [var at] => at < 0 ? at + length : at,
        _ => -1,
    };
}
