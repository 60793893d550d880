using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Ir.Graphs;
using GraphPartition.TestModels.Layers;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>A plan depends neither on names nor on the order in which a file lists its nodes.</summary>
public sealed class ShuffledModelTests
{
    [Fact]
    public void Shuffled_and_renamed_models_get_the_same_plan() => Prop.ForAll(RandomModel.Codes(25), codes =>
    {
        Model model = RandomModel.FromCodes([.. codes.Select(code => code % 14 == 13 ? code - 1 : code)]); // no bodies
        Model other = Shuffled(model, new SplitMix((ulong)codes.Length));
        return Segments(model.Graph, "").SequenceEqual(Segments(other.Graph, "other_"))
            && ConnectedSizes(model.Graph).SequenceEqual(ConnectedSizes(other.Graph));
    }).Check(Config.QuickThrowOnFailure);

    // Support depends on the operator, so it moves with the node.
    private static IEnumerable<string> Segments(Graph graph, string prefix) =>
        Plan(graph, GroupMode.Minimum).Segments.Select(s => (s.IsEngine ? "engine " : "fallback ")
            + string.Join(' ', s.Nodes.ToArray().Select(n => graph.Nodes[n].Outputs[0]!.Name[prefix.Length..])
                .Order(StringComparer.Ordinal)));

    // In connected groups nodes that look alike may change places.
    private static IEnumerable<(bool, int)> ConnectedSizes(Graph graph) =>
        Plan(graph, GroupMode.Connected).Segments.Select(s => (s.IsEngine, s.Nodes.Length));

    private static GraphPartition.Partitioning.Graphs.Partition Plan(Graph graph, GroupMode groups) =>
        PartitionPlan.Of(graph, new(new ExceptSupport("Tanh"), groups, PlanConstraints.None)).Partitioning;

    /// <summary>The same nodes under other names and in another topological order.</summary>
    private static Model Shuffled(Model model, SplitMix random)
    {
        Graph graph = model.Graph;
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "other" };
        var renamed = new Dictionary<Value, Value>(
            graph.Inputs.Select(v => KeyValuePair.Create(v, builder.Input("other_" + v.Name, v.Type))));
        List<Node> left = [.. graph.Nodes];
        while (left.Count > 0)
        {
            Node[] ready = [.. left.Where(n => n.Inputs.Concat(n.Captures).All(v => v is null || v.IsConstant || renamed.ContainsKey(v)))];
            Node node = ready[random.Next(ready.Length)];
            left.Remove(node);
            Value?[] inputs = [.. node.Inputs.Select(v => v is null ? null : v.IsConstant ? v : renamed[v])];
            Node copy = builder.Add(node.Op, inputs, [.. node.Outputs.Select(v => new OutputSpec("other_" + v!.Name, v.Type))],
                node.Attributes, "other_" + node.Name);
            for (int i = 0; i < node.Outputs.Length; i++) renamed[node.Outputs[i]!] = copy.Outputs[i]!;
        }
        return model with { Graph = builder.Build([.. graph.Outputs.Select(v => renamed[v])]) };
    }
}
