using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Compiler.Passes.Siblings;

/// <summary>One run of a horizontal fusion.</summary>
/// <param name="pass">The pass that is told why groups stay.</param>
/// <param name="context">Its context.</param>
/// <param name="kinds">The operators of ai.onnx that are fused.</param>
internal sealed class SiblingFusion(IGraphPass pass, PassContext context, params string[] kinds)
{
    private const int FirstOpset = 13; // of Split with its sizes as an input

    public Graph Run(Graph graph) => context.Opset < FirstOpset ? graph : Run(graph, isBody: false);

    private Graph Run(Graph graph, bool isBody)
    {
        Dictionary<int, SiblingGroup> groups = Find(graph);
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, isBody: true);
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
    private Dictionary<int, SiblingGroup> Find(Graph graph)
    {
        var byInput = new Dictionary<Value, List<SiblingGroup>>();
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            Node node = graph.Nodes[n];
            if (!kinds.Contains(node.Op.Type) || node.Input(0) is not { IsConstant: false } x || graph.Uses.UsersOf(x).Length < 2
                || Sibling.Of(n, graph, context) is not { } sibling) continue;
            if (!byInput.TryGetValue(x, out List<SiblingGroup>? groups)) byInput.Add(x, groups = []);
            if (groups.Find(g => g.Takes(sibling)) is { } group) group.Members.Add(sibling);
            else groups.Add(new(graph, sibling));
        }
        var found = new Dictionary<int, SiblingGroup>();
        foreach (SiblingGroup group in byInput.Values.SelectMany(g => g).Where(g => g.Members.Count > 1))
            if (SiblingCost.Objection(group, context.Device) is { } reason) context.Refuse(pass, group.First.Layer.Node, reason);
            else found.Add(group.First.Nodes[0], group);
        return found;
    }
}
