using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Operators.Inference;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Compiler.Passes.Narrowing;

/// <summary>
/// Legalisation: no TensorRT has tensors of doubles, and those before 10 have none of 64-bit integers. Nodes over such tensors
/// compute in f32 or i32 instead where that gives the same numbers: each number that they take and give is proved to be one of
/// the narrow type (<see cref="NumberFacts"/>), or is only an index into a dimension, or the user allows the loss
/// (<see cref="TensorRtTarget.AllowsDoubleAsFloat"/>). Casts stand where narrow and wide values meet; graph inputs and outputs
/// keep their types.
/// <para>
/// Only nodes that the target takes in the narrow type are changed; with bodies none are. What is not proved stays as it is,
/// with the reason, and falls back.
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
            if (!context.Target.HasTensorsOf(wide) && graph.Nodes.Any(n => Holds(n, wide)))
                graph = Narrowed(graph, wide, narrow, context);
        return graph;
    }

    private Graph Narrowed(Graph graph, ElementType wide, ElementType narrow, PassContext context)
    {
        GraphReplay replay = context.Replay(graph, isBody: false);
        var values = new NarrowedValues(replay, wide, narrow, context);
        var choice = new NarrowingChoice(graph, wide, narrow, context, values);
        foreach (Node node in graph.Nodes)
        {
            if (node.Op.Is("Cast") && node.Version == 0 && node.Input(0) is { } x && node.Output(0) is { } y && (x.ElementType == wide || y.ElementType == wide))
                Cast(node, x, y, choice, values, replay, wide, narrow);
            else if (Holds(node, wide) && choice.FormOf(node) is { } form)
            {
                if (form.Reason is { } reason) context.Refuse(this, node, reason);
                if (form.Value is { } found) values.Rebuild(node, found);
                else values.Keep(node);
            }
            else values.Keep(node);
        }
        foreach (Value output in graph.Outputs) values.Widen(output);
        return replay.Finish();
    }

    /// <summary>A cast to the wide type gives the narrow one too, when somebody wants it; one from a narrowed value starts there.</summary>
    private static void Cast(Node node, Value x, Value y, NarrowingChoice choice, NarrowedValues values, GraphReplay replay, ElementType wide, ElementType narrow)
    {
        bool isNarrowed = x.ElementType == wide && y.ElementType != wide && values.Has(x) && choice.Fits(x);
        if (isNarrowed && y.ElementType == narrow && replay.CanReplace(y, values.Narrow(x))) replay.Replace(y, values.Narrow(x));
        else if (isNarrowed)
        {
            Node cast = replay.Builder.Add("Cast", [values.Narrow(x)], [OutputSpec.Like(y)], node.Attributes, node.Name, 0, node.Metadata);
            replay.Replace(y, cast.Outputs[0]!);
        }
        else
        {
            values.Keep(node);
            if (y.ElementType == wide && x.ElementType != wide && choice.Fits(y)) values.FromCast(y, x);
        }
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
