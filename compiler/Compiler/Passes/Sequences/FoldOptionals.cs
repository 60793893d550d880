namespace GraphPartition.Compiler.Passes.Sequences;

/// <summary>
/// OptionalHasElement(Optional(x)) is true, OptionalHasElement(Optional()) is false, and OptionalGetElement(Optional(x)) is x; both
/// operators also take x itself. So an optional is gone where the graph shows whether it is empty.
/// </summary>
public sealed class FoldOptionals() : NodePass("OptionalHasElement", "OptionalGetElement")
{
    /// <inheritdoc/>
    protected override bool Visit(Node node, RewriteContext rewrite)
    {
        bool isQuestion = node.Op.Is("OptionalHasElement");
        if (!isQuestion && !node.Op.Is("OptionalGetElement")) return false;
        if (Element(node.Input(0), rewrite.Source) is not (true, var element)) return false;
        if (isQuestion)
            rewrite.Replace(node.Output(0)!, rewrite.Constant(
                node.Output(0)!.Name, TensorData.Of<byte>(ElementType.Bool, [(byte)(element is null ? 0 : 1)], [])));
        else if (element is null) return false; // ONNX Runtime reports the fault
        else rewrite.Replace(node.Output(0)!, rewrite.Map(element));
        return true;
    }

    /// <summary>What an optional holds, if the graph shows it; null: it is empty.</summary>
    private static (bool IsKnown, Value? Element) Element(Value? optional, Graph graph) => optional switch
    {
        null => (true, null),
        { Type: TensorType or SequenceType } => (true, optional),
        _ when graph.Uses.ProducerOf(optional) is >= 0 and var n && graph.Nodes[n] is var made && made.Op.Is("Optional") => (true, made.Input(0)),
        _ => (false, null),
    };
}
