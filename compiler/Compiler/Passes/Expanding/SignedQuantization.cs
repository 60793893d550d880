using GraphPartition.Compiler.Tagging;

namespace GraphPartition.Compiler.Passes.Expanding;

/// <summary>
/// Makes u8 with the zero point 128 to i8 with the zero point 0, which TensorRT has: between a QuantizeLinear and the DequantizeLinear
/// nodes that read it, and for constants in front of DequantizeLinear. With r = round(x / s), clip(r + 128, 0, 255) = clip(r, -128, 127)
/// + 128, and (q - 128) s = ((q - 128) - 0) s, so no result changes. It fires where the target refuses the u8 form.
/// </summary>
/// <param name="support">What the target takes.</param>
public sealed class SignedQuantization(SupportPolicy support) : NodePass("DequantizeLinear")
{
    private const int Middle = 128;

    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        Verdict[]? tags = null;
        var signed = new HashSet<Value>(); // u8 in the source, i8 in the copy
        int index = -1;
        return node =>
        {
            index++;
            if (node.Version != 0 || node.Op.Domain.Length > 0) return false;
            if (node.Op.Type == "QuantizeLinear" && IsFromMiddle(node) && AreReadersSigned(node, rewrite.Source)
                && !(tags ??= support.Tag(rewrite.Source))[index].IsYes)
            {
                signed.Add(node.Output(0)!);
                Value quantized = rewrite.Builder.Add(node.Op, [rewrite.Input(node, 0), rewrite.Input(node, 1), Zeros(rewrite, node)],
                    [rewrite.Context.Fresh(node.Output(0)!.Name + "_i8")], Typeless(node), node.Name, 0, node.Metadata).Outputs[0]!;
                rewrite.Replace(node.Output(0)!, quantized);
                return true;
            }
            if (node.Op.Type != "DequantizeLinear" || node.Input(0) is not { } q || !IsFromMiddle(node)) return false;
            bool isConstant = q.Data is { ElementCount: > 1, Element: ElementType.UInt8 };
            if (!signed.Contains(q) && !(isConstant && !(tags ??= support.Tag(rewrite.Source))[index].IsYes)) return false;
            Value operand = isConstant ? rewrite.Constant(q.Name + "_i8", Shifted(q.Data!)) : rewrite.Input(node, 0)!;
            rewrite.Replace(node, node.Op, [operand, rewrite.Input(node, 1), Zeros(rewrite, node)], node.Attributes);
            return true;
        };
    }

    private static bool IsFromMiddle(Node node) => node.Input(2) is { ElementType: ElementType.UInt8, Data: { } zeros }
        && zeros.ToIntegers(long.MaxValue)!.All(z => z == Middle);

    private static bool AreReadersSigned(Node node, Graph graph)
    {
        if (node.Output(0) is not { } result || graph.Uses.IsOutput(result) || graph.Uses.UsersOf(result) is not { Length: > 0 } users)
            return false;
        foreach (int user in users)
            if (graph.Nodes[user] is not { Version: 0 } reader || !reader.Op.Is("DequantizeLinear") || !IsFromMiddle(reader)
                || reader.Input(0) != result) return false;
        return true;
    }

    private static Value Zeros(RewriteContext rewrite, Node node)
    {
        TensorData zeros = node.Input(2)!.Data!;
        return rewrite.Constant(node.Input(2)!.Name + "_i8",
            new MemoryTensor(ElementType.Int8, zeros.Dims, new byte[zeros.ElementCount]));
    }

    /// <summary>The zero point tells the type.</summary>
    private static AttributeMap Typeless(Node node) => node.Attributes.Has("output_dtype")
        ? AttributeMap.Of([.. node.Attributes.Where(a => a.Key != "output_dtype")]) : node.Attributes;

    private static MemoryTensor Shifted(TensorData data)
    {
        byte[] bytes = data.Bytes.ToArray();
        for (int i = 0; i < bytes.Length; i++) bytes[i] ^= Middle; // q - 128 in two's complement: the top bit flips
        return new(ElementType.Int8, data.Dims, bytes);
    }
}
