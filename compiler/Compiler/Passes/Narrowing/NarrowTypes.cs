using GraphPartition.Operators.Analysis;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Compiler.Passes.Narrowing;

/// <summary>
/// Legalisation: no TensorRT has tensors of doubles, and those before 10 have none of 64-bit integers. Nodes over such tensors
/// compute in f32 or i32 instead where that gives the same numbers: the narrow type is proved to hold every number that they
/// take and give (<see cref="GraphBounds"/>), or the number is only an index into a dimension, or the user allows the loss
/// (<see cref="TensorRtTarget.AllowsDoubleAsFloat"/>). Casts connect narrow and wide values; graph inputs and outputs keep their
/// types.
/// <para>
/// Only nodes that the target supports in the narrow type are changed, and none that have bodies. A node without a proof stays,
/// with the reason in the report, and falls back.
/// </para>
/// </summary>
public sealed class NarrowTypes : IGraphPass
{
    private static readonly (ElementType Wide, ElementType Narrow)[] Pairs =
        [(ElementType.Int64, ElementType.Int32), (ElementType.Float64, ElementType.Float32)];

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context)
    {
        foreach ((ElementType wide, ElementType narrow) in Pairs)
            if (!context.Target.HasTensorsOf(wide) && HasAny(graph, wide))
                graph = Narrowed(graph, wide, narrow, context);
        return graph;
    }

    private Graph Narrowed(Graph graph, ElementType wide, ElementType narrow, PassContext context)
    {
        var rewrite = new RewriteContext(this, context, graph);
        var values = new NarrowedValues(rewrite, wide, narrow);
        var choice = new NarrowingChoice(graph, wide, narrow, context, values);
        foreach (Node node in graph.Nodes)
        {
            if (node.Op.Is("Cast") && node.Version == 0 && node.Input(0) is { } x && node.Output(0) is { } y
                && (x.ElementType == wide || y.ElementType == wide))
                Cast(node, x, y, choice, values, rewrite, (wide, narrow));
            else if (Holds(node, wide) && choice.FormOf(node) is { } form)
            {
                if (rewrite.Accept(node, form) is { } found) values.Rebuild(node, found);
                else values.Keep(node);
            }
            else values.Keep(node);
        }
        foreach (Value output in graph.Outputs) values.Widen(output);
        return rewrite.Finish();
    }

    /// <summary>
    /// A cast to the wide type also provides the narrow form at its first use; a cast from a narrowed value starts at the narrow
    /// form.
    /// </summary>
    private static void Cast(
        Node node, Value x, Value y, NarrowingChoice choice, NarrowedValues values, RewriteContext rewrite, (ElementType, ElementType) pair)
    {
        (ElementType wide, ElementType narrow) = pair;
        bool isNarrowed = x.ElementType == wide && y.ElementType != wide && values.Has(x) && choice.Fits(x);
        if (isNarrowed && y.ElementType == narrow && rewrite.TryReplace(y, values.Narrow(x))) return;
        if (isNarrowed) rewrite.Replace(node, "Cast", [values.Narrow(x)], node.Attributes);
        else
        {
            values.Keep(node);
            if (y.ElementType == wide && x.ElementType != wide && choice.Fits(y)) values.FromCast(y, x);
        }
    }

    private static bool HasAny(Graph graph, ElementType wide)
    {
        foreach (Node node in graph.Nodes)
            if (Holds(node, wide)) return true;
        return false;
    }

    private static bool Holds(Node node, ElementType wide)
    {
        foreach (Value? v in node.Inputs)
            if (v?.ElementType == wide) return true;
        foreach (Value? v in node.Outputs)
            if (v?.ElementType == wide) return true;
        return false;
    }
}
