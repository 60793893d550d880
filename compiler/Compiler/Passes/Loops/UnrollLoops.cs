using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Compiler.Passes.Loops;

/// <summary>
/// A Loop of n iterations is n copies of its body, each taking what the one before gives; a Scan over n slices too, whose slices
/// are Gathers. What an iteration emits is stacked: Concat(Unsqueeze(e_1), ..., Unsqueeze(e_n)).
/// <para>
/// Only on request (<see cref="PassContext.UnrollLimit"/>), since the model grows. Conditions: n is a constant of at most that
/// many, and no iteration ends a Loop early: the condition is left out or constant true, and the body passes it on or makes it
/// constant true. Constants of a body move out, once.
/// </para>
/// </summary>
public sealed class UnrollLoops : IGraphPass
{
    private const int FirstOpset = 13; // of Unsqueeze with its axes as an input

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) =>
        context.UnrollLimit <= 0 || context.Opset < FirstOpset ? graph : Run(graph, context, isBody: false);

    private Graph Run(Graph graph, PassContext context, bool isBody)
    {
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        foreach (Node node in graph.Nodes)
        {
            Match<Iteration> match = Iteration.Of(node);
            if (match.Value is { } found && found.Count > context.UnrollLimit)
                match = Match.No($"it runs {found.Count} times, the limit is {context.UnrollLimit}");
            if (match.Reason is { } reason) context.Refuse(this, node, reason);
            if (match.Value is { } iteration) Unroll(node, iteration, replay, context);
            else replay.Keep(node, inBody);
        }
        return replay.Finish();
    }

    private static void Unroll(Node node, Iteration iteration, GraphReplay replay, PassContext context)
    {
        Graph body = iteration.Body;
        GraphBuilder builder = replay.Builder;
        foreach (Value constant in body.Constants) builder.Constant(constant);
        Value[] carried = [.. Enumerable.Range(iteration.FirstCarried, iteration.Carried).Select(i => replay.Input(node, i)!)];
        var emitted = new List<Value>[iteration.Emitted.Length];
        for (int e = 0; e < emitted.Length; e++) emitted[e] = [];
        for (int k = 0; k < iteration.Count; k++)
        {
            var copy = new BodyCopy(builder, replay.Map, k, context);
            iteration.Feed(copy, k, carried, i => replay.Input(node, i)!, builder, context);
            foreach (Node inner in body.Nodes) copy.Append(inner);
            for (int c = 0; c < carried.Length; c++) carried[c] = copy.Of(body.Outputs[iteration.FirstCarriedOut + c]);
            for (int e = 0; e < emitted.Length; e++)
                if (node.Output(iteration.Carried + e) is not null)
                    emitted[e].Add(copy.Of(body.Outputs[iteration.FirstCarriedOut + iteration.Carried + e]));
        }
        for (int c = 0; c < carried.Length; c++)
            if (node.Output(c) is { } result) replay.Replace(result, carried[c]);
        for (int e = 0; e < emitted.Length; e++)
            if (node.Output(iteration.Carried + e) is { } result)
                replay.Replace(result, Stacked(result, emitted[e], iteration.Emitted[e], builder, context));
    }

    private static Value Stacked(Value result, List<Value> parts, (long Axis, bool IsReversed) along, GraphBuilder builder, PassContext context)
    {
        Value axes = builder.Constant(context.Fresh(result.Name + "_axis"), TensorData.Int64s(along.Axis));
        Value[] rows = [.. parts.Select(p => builder.Add("Unsqueeze", [p, axes], [context.Fresh(result.Name + "_part")]).Outputs[0]!)];
        if (along.IsReversed) Array.Reverse(rows);
        return builder.Add("Concat", rows, [result.Name], AttributeMap.Of(("axis", along.Axis))).Outputs[0]!;
    }
}
