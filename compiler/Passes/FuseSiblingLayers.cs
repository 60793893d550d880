using GraphPartition.Ir;

namespace GraphPartition.Compiler.Passes;

/// <summary>
/// Horizontal fusion: layers of one kind that read the same x and differ only in their weights are one layer with the weights
/// behind one another along the output channels, and a Split: [W1; W2] x + [b1; b2] = [W1 x + b1; W2 x + b2]. The bias that an
/// Add gives to a MatMul, and an activation that all of them have, move before the Split, where they are one too.
/// <para>
/// Conditions: Conv without groups, Gemm or MatMul, with weights and biases that are constants and that nobody else uses; and
/// that it pays (<see cref="SiblingCost"/>). All members read x alone, so they have one level and no engine is added.
/// </para>
/// </summary>
public sealed class FuseSiblingLayers : IGraphPass
{
    private const int FirstOpset = 13; // of Split with its sizes as an input

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => context.Opset < FirstOpset ? graph : Run(graph, context, isBody: false);

    private Graph Run(Graph graph, PassContext context, bool isBody)
    {
        Dictionary<int, SiblingGroup> groups = Find(graph, context);
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        HashSet<int>? fused = null;
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            if (fused?.Contains(n) == true) continue;
            if (groups.TryGetValue(n, out SiblingGroup? group) && group.TryFuse(replay, context))
                (fused ??= []).UnionWith(group.Nodes);
            else replay.Keep(graph.Nodes[n], inBody);
        }
        return replay.Finish();
    }

    /// <summary>The groups that pay, by their first nodes.</summary>
    private Dictionary<int, SiblingGroup> Find(Graph graph, PassContext context)
    {
        var byInput = new Dictionary<Value, List<SiblingGroup>>();
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            Node node = graph.Nodes[n];
            if (node.Op.Type is not ("Conv" or "Gemm" or "MatMul") || node.Input(0) is not { IsConstant: false } x || graph.Uses.UsersOf(x).Length < 2
                || Sibling.Of(n, graph, context) is not { } sibling) continue;
            if (!byInput.TryGetValue(x, out List<SiblingGroup>? groups)) byInput.Add(x, groups = []);
            if (groups.Find(g => g.Takes(sibling)) is { } group) group.Members.Add(sibling);
            else groups.Add(new(graph, sibling));
        }
        var found = new Dictionary<int, SiblingGroup>();
        foreach (SiblingGroup group in byInput.Values.SelectMany(g => g).Where(g => g.Members.Count > 1))
            if (SiblingCost.Objection(group, context.Device) is { } reason) context.Refuse(this, group.First.Layer.Node, reason);
            else found.Add(group.First.Nodes[0], group);
        return found;
    }
}
