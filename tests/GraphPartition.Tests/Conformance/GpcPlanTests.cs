using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Operators;
using GraphPartition.Compiler.Plan;
using GraphPartition.Ir;
using GraphPartition.TestModels;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>Plans, their explanations and their refusals through the command line.</summary>
public sealed class GpcPlanTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("MindSpore r1.3", "MindSpore")]
    [InlineData("TVM", "Tvm")]
    public void The_cycle_of_another_systems_rule_is_printed_and_ours_takes_two_engines(string rule, string name)
    {
        MarkedGraph marked = name == "Tvm" ? Counterexamples.Tvm : Counterexamples.MindSpore;
        string[] arguments = ["plan", Save(ModelOf(marked)), "--support", SupportFile(marked), "--passes", "none", "--compare"];
        string text = GpcProcess.Run(arguments).Output;
        Assert.Contains("2 engines (the proven minimum)", text, StringComparison.Ordinal);
        JsonElement plan = JsonDocument.Parse(GpcProcess.Run([.. arguments, "--json"]).Output).RootElement;
        JsonElement[] rules = [.. plan.GetProperty("compare").EnumerateArray()];
        Assert.Equal(2, rules.Single(r => r.GetProperty("system").GetString() == "gpc").GetProperty("engines").GetInt32());
        string cycle = rules.Single(r => r.GetProperty("system").GetString() == rule).GetProperty("cycle").GetString()!;
        Assert.Contains($"the rule of {rule} makes a cycle: {cycle}", text.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Matches(@"\(n\d -> n\d\)", cycle);
    }

    [Fact]
    public void What_blocks_two_connected_groups_is_said_for_their_nodes()
    {
        // 0 -> 1, U2 and 1, U2 -> 3: node 1 may go with 0 or with 3; 4 stands alone, one engine more than the minimum.
        var marked = MarkedGraph.Of([[], [0], [0], [1, 2], []], 0, 1, 3, 4);
        string[] options = [Save(ModelOf(marked)), "--support", SupportFile(marked), "--passes", "none", "--groups", "connected"];
        Assert.Contains("cannot be merged: n0 -> n2 -> n3", GpcProcess.Run(["plan", .. options]).Output, StringComparison.Ordinal);
        Assert.Contains("n0 -> n2 -> n3", GpcProcess.Run(["why", options[0], "n0", "n3", .. options[1..]]).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GP3006", "included by --include n1 and excluded by --exclude op:*", "--include", "n1", "--exclude", "op:*")]
    [InlineData("GP3006", "included by --include n2, but engines cannot take it", "--include", "n2")]
    [InlineData("GP3006", "atomic unit u -(n1 -> n2)-> n2 -(n2 -> n3)-> atomic unit u", "--unit", "u=n1,n3")]
    [InlineData("GP3007", "--max-engines: it is 0, below 1", "--max-engines", "0")]
    [InlineData("GP3007", "--max-nodes: it is 0, below 1", "--max-nodes", "0")]
    [InlineData("GP3007", "--max-weight-bytes: it is -1, below 1", "--max-weight-bytes", "-1")]
    [InlineData("GP3007", "3 nodes at least, but --max-nodes allows 2", "--min-nodes", "3", "--max-nodes", "2")]
    public void Constraints_that_contradict_name_both_sides(string code, string message, params string[] options)
    {
        var marked = MarkedGraph.Of([[], [0], [1], [2]], 0, 1, 3);
        Refused(code, message, ["plan", Save(ModelOf(marked)), "--support", SupportFile(marked), "--passes", "none", .. options]);
    }

    [Fact]
    public void An_assignment_that_contradicts_itself_or_names_nobody_is_refused_with_its_lines()
    {
        var marked = MarkedGraph.Of([[], [0], [1], [2]], 0, 1, 3);
        string file = _folder.File("assign.txt");
        string[] arguments = ["plan", Save(ModelOf(marked)), "--support", SupportFile(marked), "--passes", "none", "--assign", file];
        File.WriteAllText(file, "engine a n0\nengine a n7\n");
        Refused("GP3005", $"{file}:2: there is no node 'n7'", arguments);
        File.WriteAllText(file, "engine a n0\nengine b n0\n");
        Refused("GP3006", $"assigned to engine a by {file}:1 and to engine b by {file}:2", arguments);
        File.WriteAllText(file, "engine a n0\nengine a n3\n");
        Refused("GP3006", "atomic unit engine a -(n0 -> n1)-> n1", arguments);
    }

    [Fact]
    public void A_lock_file_of_another_model_is_refused_and_both_are_named()
    {
        string model = Save(ModelOf(Counterexamples.Tvm)), file = _folder.File("lock.json");
        Assert.Equal(0, GpcProcess.Run("plan", Checkout.PathOf("testmodels", "mixed.onnx"), "-o", file).ExitCode);
        Refused("GP3011", "it is of graph 'mixed'", "plan", model, "--check", file);
        string other = _folder.File("other.json");
        Assert.Equal(0, GpcProcess.Run("plan", model, "-o", other).ExitCode);
        Refused("GP3011", "not of graph 'nodes'", "diff", file, other);
    }

    [Fact]
    public void Shuffled_and_renamed_models_get_the_same_plan() => Prop.ForAll(RandomModel.Codes(25), codes =>
    {
        Model model = RandomModel.FromCodes([.. codes.Select(code => code % 14 == 13 ? code - 1 : code)]); // no bodies
        Model other = Shuffled(model, new SplitMix((ulong)codes.Length));
        return Segments(model.Graph, "").SequenceEqual(Segments(other.Graph, "other_")) && ConnectedSizes(model.Graph).SequenceEqual(ConnectedSizes(other.Graph));
    }).Check(Config.QuickThrowOnFailure);

    // Support goes by operator, so that it moves with the node.
    private static IEnumerable<string> Segments(Graph graph, string prefix) =>
        Plan(graph, GroupMode.Minimum).Segments.Select(s => (s.IsEngine ? "engine " : "fallback ")
            + string.Join(' ', s.Nodes.ToArray().Select(n => graph.Nodes[n].Outputs[0]!.Name[prefix.Length..]).Order(StringComparer.Ordinal)));

    // In connected groups nodes that look alike may change places.
    private static IEnumerable<(bool, int)> ConnectedSizes(Graph graph) => Plan(graph, GroupMode.Connected).Segments.Select(s => (s.IsEngine, s.Nodes.Length));

    private static Partition.Partitioning Plan(Graph graph, GroupMode groups) =>
        PartitionPlan.Of(graph, new(new ExceptSupport("Tanh"), groups, PlanConstraints.None)).Partitioning;

    /// <summary>The same nodes under other names and in another topological order.</summary>
    private static Model Shuffled(Model model, SplitMix random)
    {
        Graph graph = model.Graph;
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "other" };
        var renamed = new Dictionary<Value, Value>(graph.Inputs.Select(v => KeyValuePair.Create(v, builder.Input("other_" + v.Name, v.Type))));
        List<Node> left = [.. graph.Nodes];
        while (left.Count > 0)
        {
            Node[] ready = [.. left.Where(n => n.Inputs.Concat(n.Captures).All(v => v is null || v.IsConstant || renamed.ContainsKey(v)))];
            Node node = ready[random.Next(ready.Length)];
            left.Remove(node);
            Value?[] inputs = [.. node.Inputs.Select(v => v is null ? null : v.IsConstant ? v : renamed[v])];
            Node copy = builder.Add(node.Op, inputs, [.. node.Outputs.Select(v => new OutputSpec("other_" + v!.Name, v.Type))], node.Attributes, "other_" + node.Name);
            for (int i = 0; i < node.Outputs.Length; i++) renamed[node.Outputs[i]!] = copy.Outputs[i]!;
        }
        return model with { Graph = builder.Build([.. graph.Outputs.Select(v => renamed[v])]) };
    }

    private static void Refused(string code, string message, params string[] arguments)
    {
        GpcProcess.Outcome outcome = GpcProcess.Run(arguments);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(code, outcome.Errors, StringComparison.Ordinal);
        Assert.Contains(message, outcome.Errors, StringComparison.Ordinal);
    }

    /// <summary>Node v sums up its predecessors, and is called nv.</summary>
    private static Model ModelOf(MarkedGraph marked)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "nodes" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        var values = new Value[marked.Graph.NodeCount];
        for (int node = 0; node < values.Length; node++)
        {
            int[] read = marked.Graph.Predecessors(node).ToArray();
            values[node] = builder.Add("Sum", read.Length == 0 ? [x] : [.. read.Select(p => values[p])], [new($"t{node}", x.Type)], name: $"n{node}").Outputs[0]!;
        }
        return new Model(builder.Build([.. values.Where((_, n) => marked.Graph.Successors(n).IsEmpty)])) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };
    }

    private string SupportFile(MarkedGraph marked)
    {
        string path = _folder.File("support.txt");
        File.WriteAllLines(path, Enumerable.Range(0, marked.Supported.Length).Where(n => marked.Supported[n]).Select(n => $"node n{n}"));
        return path;
    }

    private string Save(Model model)
    {
        string path = _folder.File("model.onnx");
        ModelFile.Write(model, path);
        return path;
    }
}
