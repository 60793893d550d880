using GraphPartition.Compiler.Tagging;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Compiler.Passes.Expanding;

/// <summary>
/// op(x) = Reshape(op(Reshape(x))) with fewer axes: an axis of size 1 holds one place, and neighbors that an operator treats alike are one
/// axis (<see cref="AxisMerge"/>). So a node with more dimensions than TensorRT has becomes one that it takes. It fires where the target
/// refuses the node and takes it then. Reshapes between such nodes cancel; one at the border of an engine stays with the fallback.
/// </summary>
/// <param name="support">What the target takes.</param>
public sealed class FewerAxes(SupportPolicy support) : NodePass
{
    /// <summary>Whether a graph, or a body in it, has a value of more dimensions than TensorRT's tensors have.</summary>
    public static bool AppliesTo(Graph graph) =>
        graph.Nodes.Any(n => IsLarge(n) || (n.Attributes.Count > 0 && n.Attributes.Bodies().Any(AppliesTo)));

    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        Verdict[]? tags = null;
        return node =>
        {
            if (!IsLarge(node) || AxisMap.Of(node) is not { } map || AxisMerge.Of(node, map) is not { } merge
                || node.Outputs.Any(v => v is not null && Sizes(v.Shape) is null)) return false;
            tags ??= support.Tag(rewrite.Source);
            if (tags[rewrite.Source.Uses.ProducerOf(node.Outputs.First(v => v is not null)!)].IsYes) return false;
            (AttributeMap attributes, (int Input, TensorData Data)? constant) = map.Edit?.Invoke(merge) ?? (node.Attributes, null);
            if (!IsTaken(node, merge, attributes, constant, rewrite)) return false;

            string name = node.FirstResult;
            Value?[] inputs = Inputs(node, constant, merge, (i, input, sizes) => rewrite.Builder.Add(
                "Reshape", [rewrite.Map(input), rewrite.Constant(name + "_axes", TensorData.Int64s(sizes))],
                [rewrite.Context.Fresh(name + "_in")]).Outputs[0]!, rewrite.Map, data => rewrite.Constant(name + "_axes", data));
            Node less = rewrite.Builder.Add(node.Op, inputs,
                [.. node.Outputs.Select(v => v is null ? default : new OutputSpec(rewrite.Context.Fresh(v.Name + "_less")))],
                attributes, node.Name, 0, node.Metadata);
            for (int i = 0; i < node.Outputs.Length; i++)
                if (node.Outputs[i] is { } result)
                {
                    Value sizes = rewrite.Constant(name + "_axes", TensorData.Int64s(Sizes(result.Shape)!));
                    rewrite.Replace(
                        result, rewrite.Builder.Add("Reshape", [less.Outputs[i], sizes], [OutputSpec.Like(result)]).Outputs[0]!);
                }
            return true;
        };
    }

    private static bool IsLarge(Node node)
    {
        foreach (Value? v in node.Inputs)
            if (v?.Shape?.Rank > TensorRtTarget.MostDimensions) return true;
        foreach (Value? v in node.Outputs)
            if (v?.Shape?.Rank > TensorRtTarget.MostDimensions) return true;
        return false;
    }

    /// <summary>Whether the target supports the node with fewer axes. It is checked alone, without its neighbors.</summary>
    private bool IsTaken(
        Node node, AxisMerge merge, AttributeMap attributes, (int Input, TensorData Data)? constant, RewriteContext rewrite)
    {
        int diagnostics = rewrite.Context.Scope.Diagnostics.Count;
        var builder = new GraphBuilder(rewrite.Context.Operators, rewrite.Context.Scope);
        Value?[] inputs = Inputs(node, constant, merge,
            (i, input, sizes) => builder.Input($"{i}", IrType.Tensor(
                input.ElementType, new Shape([.. sizes.Select(s => s == AxisMerge.Open ? Dim.Named("n") : s)]))),
            input => input.IsConstant ? input : builder.Input(input.Name, input.Type), data => builder.Constant("axes", data));
        foreach (Value kept in inputs.OfType<Value>().Where(v => v.IsConstant && node.Inputs.Contains(v)).Distinct())
            builder.Constant(kept);
        OutputSpec[] outputs = [.. node.Outputs.Select((v, i) => v is null ? default : new OutputSpec($"y{i}"))];
        Node alone = builder.Add(node.Op, inputs, outputs, attributes);
        Graph graph = builder.Build([.. alone.Outputs.OfType<Value>()]);
        return rewrite.Context.Scope.TakeBack(diagnostics).Length == 0 && support.Tag(graph)[0].IsYes;
    }

    /// <summary>The inputs of the node with fewer axes.</summary>
    private static Value?[] Inputs(Node node, (int Input, TensorData Data)? constant, AxisMerge merge,
        Func<int, Value, long[], Value> reshaped, Func<Value, Value> kept, Func<TensorData, Value> made)
    {
        int count = Math.Max(node.Inputs.Length, constant?.Input + 1 ?? 0);
        return [.. Enumerable.Range(0, count).Select(i => i == constant?.Input ? made(constant.Value.Data)
            : node.Input(i) is not { } input ? null
            : merge.Inputs.ElementAtOrDefault(i) is { } sizes && sizes.Length != input.Shape!.Rank ? reshaped(i, input, sizes)
            : kept(input))];
    }

    /// <summary>The sizes as a Reshape takes them; null where two are open, or where a size of 0 would be read as another.</summary>
    private static long[]? Sizes(Shape? shape)
    {
        if (shape is null) return null;
        long[] sizes = [.. shape.Dims.Select(d => d.IsKnown ? d.Size : AxisMerge.Open)];
        return sizes.Contains(0) || sizes.Count(s => s == AxisMerge.Open) > 1 ? null : sizes;
    }
}
