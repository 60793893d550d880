using GraphPartition.Compiler.Tagging;

namespace GraphPartition.Compiler.Passes.Expanding;

/// <summary>
/// Reshape(Transpose(Reshape(x))) with fewer axes: an axis of size 1 moves nothing, and axes that stay neighbors move as one. So a chain
/// through more dimensions than TensorRT has becomes one that it takes. It fires where the target refuses the Transpose.
/// </summary>
/// <param name="support">What the target takes.</param>
public sealed class FewerAxes(SupportPolicy support) : NodePass("Transpose")
{
    private const long Open = -1;

    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        Verdict[]? tags = null;
        return node =>
        {
            GraphUses uses = rewrite.Source.Uses;
            if (!node.Op.Is("Reshape") || ProducerOf(node.Input(0)) is not (>= 0 and var at)) return false;
            Node transpose = rewrite.Source.Nodes[at];
            if (!transpose.Op.Is("Transpose") || ProducerOf(transpose.Input(0)) is not (>= 0 and var before)
                || rewrite.Source.Nodes[before] is not { } first || !first.Op.Is("Reshape")
                || transpose.Input(0)!.Shape is not { } shape || transpose.Attributes.Ints("perm") is not { IsDefault: false } order
                || Sizes(node.Output(0)!.Shape) is not { } result || Merged(shape, order) is not var (sizes, merged)
                || (tags ??= support.Tag(rewrite.Source))[at].IsYes) return false;

            int diagnostics = rewrite.Context.Scope.Diagnostics.Count;
            var builder = new GraphBuilder(rewrite.Context.Operators, rewrite.Context.Scope);
            string name = node.Output(0)!.Name;
            Value from = builder.Constant(rewrite.Context.Fresh(name + "_from"), TensorData.Int64s(sizes));
            Value to = builder.Constant(rewrite.Context.Fresh(name + "_to"), TensorData.Int64s(result));
            Value value = builder.Add(
                "Reshape", [rewrite.Input(first, 0), from], [rewrite.Context.Fresh(name + "_split")], null, first.Name).Outputs[0]!;
            value = builder.Add("Transpose", [value], [rewrite.Context.Fresh(name + "_turned")], AttributeMap.Of(("perm", merged)),
                transpose.Name, 0, transpose.Metadata).Outputs[0]!;
            value = builder.Add("Reshape", [value, to], [OutputSpec.Like(node.Output(0))], null, node.Name, 0, node.Metadata)
                .Outputs[0]!;
            Graph parts = builder.Build(value);
            if (rewrite.Context.Scope.TakeBack(diagnostics).Length > 0 || !support.Tag(parts).All(v => v.IsYes)) return false;
            foreach (Value constant in (Value[])[from, to]) rewrite.Builder.Constant(constant);
            foreach (Node part in parts.Nodes) rewrite.Builder.Append(part);
            rewrite.Replace(node.Output(0)!, value);
            return true;

            int ProducerOf(Value? value) => value is null ? -1 : uses.ProducerOf(value);
        };
    }

    /// <summary>The sizes as a Reshape takes them; null where two are open, or where a size of 0 would be read as another.</summary>
    private static long[]? Sizes(Shape? shape)
    {
        if (shape is null) return null;
        long[] sizes = [.. shape.Dims.Select(d => d.IsKnown ? d.Size : Open)];
        return sizes.Contains(0) || sizes.Count(s => s == Open) > 1 ? null : sizes;
    }

    /// <summary>The sizes of the axes that move as one, in the order of the input, and where each goes; null if none merge.</summary>
    private static (long[] Sizes, long[] Order)? Merged(Shape shape, ImmutableArray<long> order)
    {
        if (Sizes(shape) is not { } sizes || order.Length != sizes.Length) return null;
        long[] moved = [.. order.Where(axis => sizes[axis] != 1)], kept = [.. moved.Order()];
        var groups = new List<List<long>>();
        foreach (long axis in moved)
            if (groups.Count > 0 && Array.IndexOf(kept, groups[^1][^1]) + 1 == Array.IndexOf(kept, axis)) groups[^1].Add(axis);
            else groups.Add([axis]);
        if (groups.Count == 0 || groups.Count >= sizes.Length) return null;
        List<long>[] sources = [.. groups.OrderBy(g => g[0])];
        return ([.. sources.Select(g => g.Any(a => sizes[a] == Open) ? Open : g.Aggregate(1L, (product, a) => product * sizes[a]))],
            [.. groups.Select(g => (long)Array.IndexOf(sources, g))]);
    }
}
