using GraphPartition.Compiler.Tagging;

namespace GraphPartition.Compiler.Passes.Expanding;

/// <summary>
/// Cast(Move(x)) = Move(Cast(x)), where Move only moves elements (Transpose, Slice, Gather and the like) or takes the largest: a larger
/// number has a larger result. Likewise for DequantizeLinear with one scale above 0. TensorRT takes 8-bit integers at the border of an
/// engine only, so the cast comes first. It fires where the target refuses the move as it is and takes it behind the cast. A chain of moves
/// takes one run for each, with unused nodes removed between.
/// </summary>
/// <param name="support">What the target takes.</param>
public sealed class CastFirst(SupportPolicy support) : NodePass("Cast", "DequantizeLinear")
{
    private static readonly HashSet<string> Moves =
    [
        "Expand", "Flatten", "Gather", "GatherElements", "GatherND", "Identity", "MaxPool", "Reshape", "Slice", "Squeeze", "Tile", "Transpose",
        "Unsqueeze",
    ];

    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        Verdict[]? tags = null;
        return node =>
        {
            if (!IsElementwise(node) || node.Input(0) is not { } moved || node.Output(0) is not { } result
                || moved.ElementType is not (ElementType.Int8 or ElementType.UInt8)) return false;
            GraphUses uses = rewrite.Source.Uses;
            if (uses.ProducerOf(moved) is not (>= 0 and var at) || !AreAllElementwise(rewrite.Source, moved)) return false;
            Node move = rewrite.Source.Nodes[at];
            if (move.Op.Domain.Length > 0 || !Moves.Contains(move.Op.Type) || move.Input(0) is null
                || move.Output(1) is not null || (tags ??= support.Tag(rewrite.Source))[at].IsYes) return false;

            int diagnostics = rewrite.Context.Scope.Diagnostics.Count;
            var builder = new GraphBuilder(rewrite.Context.Operators, rewrite.Context.Scope);
            Value?[] casts = [.. node.Inputs.Select((_, i) => i == 0 ? rewrite.Input(move, 0) : rewrite.Input(node, i))];
            Value first = builder.Add(node.Op, casts, [rewrite.Context.Fresh(result.Name + "_cast")], node.Attributes, node.Name,
                node.Version, node.Metadata).Outputs[0]!;
            Value?[] moves = [.. move.Inputs.Select((_, i) => i == 0 ? first : rewrite.Input(move, i))];
            Value last = builder.Add(move.Op, moves, [OutputSpec.Like(result)], move.Attributes, move.Name,
                move.Version, move.Metadata).Outputs[0]!;
            Graph pair = builder.Build(last);
            if (rewrite.Context.Scope.TakeBack(diagnostics).Length > 0 || !support.Tag(pair)[1].IsYes) return false;
            foreach (Node part in pair.Nodes) rewrite.Builder.Append(part);
            rewrite.Replace(result, last);
            return true;
        };
    }

    /// <summary>Whether all that uses the value can come first: then nothing needs the moved integers.</summary>
    private static bool AreAllElementwise(Graph graph, Value moved)
    {
        if (graph.Uses.IsOutput(moved)) return false;
        foreach (int user in graph.Uses.UsersOf(moved))
            if (!IsElementwise(graph.Nodes[user]) || graph.Nodes[user].Input(0) != moved) return false;
        return true;
    }

    /// <summary>Whether the node computes each element from one element, wherever that is.</summary>
    private static bool IsElementwise(Node node) => node.Op.Is("Cast")
        || (node.Op.Is("DequantizeLinear") && node.Input(1) is { Shape.Rank: 0, Data: { } scale }
            && Numbers.At(scale.Element, scale.Bytes.Span, 0) > 0 && (node.Input(2) is not { } zero || zero.Shape is { Rank: 0 }));
}
