using GraphPartition.Ir;

namespace GraphPartition.Compiler.Passes;

/// <summary>
/// Reshape, Flatten, Squeeze and Unsqueeze leave the elements in their order, so a chain of them is one Reshape of the first
/// input to the last shape, or nothing where both shapes are the same. The last shape must be one that a constant can say
/// (<see cref="ReshapeTarget"/>).
/// </summary>
public sealed class MergeReshapes : IGraphPass
{
    /// <inheritdoc/>
    public bool Concerns(Graph graph) => graph.HasAnyOf("Reshape", "Flatten", "Squeeze", "Unsqueeze");

    private const int FirstOpset = 5; // of Reshape with its shape as an input

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => context.Opset < FirstOpset ? graph : Run(graph, context, isBody: false);

    private static Graph Run(Graph graph, PassContext context, bool isBody)
    {
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        var sources = new Dictionary<Value, Value>(); // what the result of a reshape is a reshape of
        foreach (Node node in graph.Nodes)
        {
            if (!IsReshape(node) || replay.Input(node, 0) is not { } input || node.Output(0) is not { } result)
            {
                replay.Keep(node, inBody);
                continue;
            }
            Value source = sources.GetValueOrDefault(input, input);
            if (!ReferenceEquals(source, input)) Merge(node, result, source, replay, context);
            else replay.Keep(node);
            if (!ReferenceEquals(replay.Map(result), source)) sources[replay.Map(result)] = source;
        }
        return replay.Finish();
    }

    private static void Merge(Node node, Value result, Value source, GraphReplay replay, PassContext context)
    {
        if (NoOps.AreSame(source.Shape, result.Shape) && replay.CanReplace(result, source)) replay.Replace(result, source);
        else if (ReshapeTarget.Reshape(source.Shape, result.Shape) is not { } target) replay.Keep(node);
        else
        {
            Value shape = replay.Builder.Constant(context.Fresh(result.Name + "_shape"), TensorData.Int64s(target));
            Node merged = replay.Builder.Add("Reshape", [source, shape], [new(result.Name, result.Type)], null, node.Name, 0, node.Notes);
            replay.Replace(result, merged.Outputs[0]!);
        }
    }

    private static bool IsReshape(Node node) =>
        node.Version == 0 && node.Op.Domain.Length == 0 && node.Op.Type is "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze";
}
