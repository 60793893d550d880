using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Compiler.Passes.Reshapes;

/// <summary>
/// Reshape, Flatten, Squeeze and Unsqueeze leave the elements in their order, so a chain of them is one Reshape of the first
/// input to the last shape, or nothing where both shapes are the same. The last shape must be one that a constant can say
/// (<see cref="ReshapeTarget"/>); a chain of Squeeze and Unsqueeze alone needs no shape (<see cref="AxisChain"/>): it is one of
/// them, or nothing.
/// </summary>
public sealed class MergeReshapes : IGraphPass
{
    /// <inheritdoc/>
    public bool Concerns(Graph graph) => graph.HasAnyOf("Reshape", "Flatten", "Squeeze", "Unsqueeze");

    private const int FirstOpset = 5; // of Reshape with its shape as an input
    private const int FirstAxesOpset = 13; // of Squeeze with its axes as an input

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => context.Opset < FirstOpset ? graph : Run(graph, context, isBody: false);

    private static Graph Run(Graph graph, PassContext context, bool isBody)
    {
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        var known = new Dictionary<Value, (Value Source, AxisChain? Axes)>(); // what the result of a reshape is a reshape of
        foreach (Node node in graph.Nodes)
        {
            if (!IsReshape(node) || replay.Input(node, 0) is not { } input || node.Output(0) is not { } result)
            {
                replay.Keep(node, inBody);
                continue;
            }
            bool isChained = known.TryGetValue(input, out var chain);
            if (!isChained) chain = (input, input.Shape is { } shape ? AxisChain.Of(shape.Rank) : null);
            chain.Axes = context.Opset < FirstAxesOpset ? null : chain.Axes?.Then(node);
            if (isChained) Merge(node, result, chain.Source, chain.Axes?.AsOne(), replay, context);
            else replay.Keep(node);
            if (!ReferenceEquals(replay.Map(result), chain.Source)) known[replay.Map(result)] = chain;
        }
        return replay.Finish();
    }

    private static void Merge(Node node, Value result, Value source, (string Op, long[] Axes)? one, GraphReplay replay, PassContext context)
    {
        if ((one?.Axes is [] || NoOps.AreSame(source.Shape, result.Shape)) && replay.CanReplace(result, source)) replay.Replace(result, source);
        else if (ReshapeTarget.Reshape(source.Shape, result.Shape) is { } target) Define("Reshape", "_shape", target);
        else if (one is { Axes.Length: > 0 } axes) Define(axes.Op, "_axes", axes.Axes);
        else replay.Keep(node);

        void Define(string op, string suffix, long[] numbers)
        {
            Value constant = replay.Builder.Constant(context.Fresh(result.Name + suffix), TensorData.Int64s(numbers));
            Node merged = replay.Builder.Add(op, [source, constant], [OutputSpec.Like(result)], null, node.Name, 0, node.Metadata);
            replay.Replace(result, merged.Outputs[0]!);
        }
    }

    private static bool IsReshape(Node node) =>
        node.Version == 0 && node.Op.Domain.Length == 0 && node.Op.Type is "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze";
}
