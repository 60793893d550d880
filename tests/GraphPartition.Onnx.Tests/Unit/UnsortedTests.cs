using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using static GraphPartition.Onnx.Proto.AttributeProto.Types;

namespace GraphPartition.Onnx.Tests.Unit;

/// <summary>Files whose nodes are not in topological order: they are sorted, and mean the same.</summary>
public class UnsortedTests
{
    [Fact]
    public void A_shuffled_file_computes_what_the_sorted_one_does() => Prop.ForAll(RandomModel.Codes(20), codes =>
    {
        Model model = RandomModel.FromCodes([.. codes.Select(code => code % 14 == 13 ? code - 1 : code)]); // no bodies
        byte[] bytes = OnnxWriter.ToBytes(model), shuffled = Shuffled(bytes, codes.Length);
        var inputs = TestRun.Inputs(model.Graph);
        Model read = OnnxReader.Read(shuffled);
        return read.Warnings.Length <= 1 && TestRun.Difference(TestRun.RunPlain(bytes, inputs, optimize: false),
            TestRun.RunPlain(OnnxWriter.ToBytes(read), inputs, optimize: false)) is null;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    [Fact]
    public void Sorted_nodes_stay_where_they_are_and_others_move_as_little_as_needed()
    {
        Model model = Read(Graph([Node("Relu", "x", "a"), Node("Neg", "c", "b"), Node("Abs", "a", "c"), Node("Exp", "b", "y")]));
        Assert.Equal(["Relu", "Abs", "Neg", "Exp"], model.Graph.Nodes.Select(n => n.Op.Type));
    }

    [Fact]
    public void A_chain_that_stands_backwards_takes_no_recursion()
    {
        const int Length = 100_000;
        Proto.NodeProto[] nodes = [.. Enumerable.Range(0, Length).Select(i => Node("Relu", i == 0 ? "x" : $"v{i - 1}", i == Length - 1 ? "y" : $"v{i}"))];
        Array.Reverse(nodes);
        Assert.Equal(Length, Read(Graph(nodes)).Graph.Nodes.Length);
    }

    [Fact]
    public void Bodies_are_sorted_at_any_depth_and_names_of_a_body_hide_those_around_it()
    {
        // The body's own 'h' is not the 'h' of the graph, which needs the If: no cycle. 'late' is of the graph, defined behind the If.
        Proto.GraphProto inner = Body([Node("Neg", "q", "r"), Node("Abs", "late", "q")], "r");
        Proto.GraphProto body = Body([Node("Relu", "h", "o"), If("late", inner, "h")], "o");
        Model model = Read(Graph([If("c", body, "i"), Node("Exp", "i", "h"), Node("Neg", "h", "y"), Node("Abs", "x", "late"),
            Node("Identity", "x", "c")]));
        Assert.Equal(["Abs", "Identity", "If", "Exp", "Neg"], model.Graph.Nodes.Select(n => n.Op.Type));
        Assert.Contains("3 graphs", Assert.Single(model.Warnings).Message);
    }

    [Fact]
    public void Nested_unsorted_bodies_are_read_in_linear_time()
    {
        Proto.GraphProto body = Body([Node("Relu", "p0", "o0"), Node("Abs", "x", "p0")], "o0");
        for (int depth = 1; depth < 30; depth++) // each level twice for each level around it would be 2^30 imports
            body = Body([Node("Relu", $"p{depth}", $"o{depth}"), If($"c{depth}", body, $"p{depth}"), Node("Abs", "x", $"c{depth}")], $"o{depth}");
        Assert.Contains("30 graphs", Assert.Single(Read(Graph([If("x", body, "y")])).Warnings).Message);
    }

    [Fact]
    public void Functions_are_sorted()
    {
        var function = new Proto.FunctionProto { Name = "F", Domain = "d", Input = { "a" }, Output = { "b" } };
        function.Node.Add([Node("Relu", "m", "b"), Node("Abs", "a", "m")]);
        function.OpsetImport.Add(new Proto.OperatorSetIdProto { Version = 17 });
        Proto.NodeProto call = Node("F", "x", "y");
        call.Domain = "d";
        Proto.ModelProto model = Of(Graph([call]));
        model.OpsetImport.Add(new Proto.OperatorSetIdProto { Domain = "d", Version = 1 });
        model.Functions.Add(function);
        foreach (string? kept in (string?[])[null, "d"])
        {
            Model read = OnnxReader.Read(model.ToByteArray(), new OnnxReadOptions { KeepFunctionsOf = kept });
            Graph body = kept is null ? read.Graph : read.Functions[0].Body;
            Assert.Equal(["Abs", "Relu"], body.Nodes.Select(n => n.Op.Type));
            Assert.Single(read.Warnings);
        }
    }

    private static byte[] Shuffled(byte[] bytes, int seed)
    {
        Proto.ModelProto model = Proto.ModelProto.Parser.ParseFrom(bytes);
        Proto.NodeProto[] nodes = [.. model.Graph.Node];
        new Random(seed).Shuffle(nodes);
        model.Graph.Node.Clear();
        model.Graph.Node.Add(nodes);
        return model.ToByteArray();
    }

    private static Proto.GraphProto Graph(Proto.NodeProto[] nodes)
    {
        Proto.GraphProto graph = Body(nodes, "y");
        graph.Input.Add(new Proto.ValueInfoProto { Name = "x" });
        return graph;
    }

    private static Proto.GraphProto Body(Proto.NodeProto[] nodes, string output) =>
        new() { Name = "g", Node = { nodes }, Output = { new Proto.ValueInfoProto { Name = output } } };

    private static Proto.NodeProto If(string condition, Proto.GraphProto body, string output)
    {
        Proto.NodeProto node = Node("If", condition, output);
        foreach (string branch in (string[])["then_branch", "else_branch"])
            node.Attribute.Add(new Proto.AttributeProto
            {
                Name = branch,
                Type = AttributeType.Graph,
                G = branch[0] == 't' ? body : Body([Node("Identity", "x", output + "_else")], output + "_else"),
            });
        return node;
    }

    private static Proto.NodeProto Node(string op, string input, string output) =>
        new() { OpType = op, Input = { input }, Output = { output } };

    private static Model Read(Proto.GraphProto graph) => OnnxReader.Read(Of(graph).ToByteArray());

    private static Proto.ModelProto Of(Proto.GraphProto graph) =>
        new() { IrVersion = 8, OpsetImport = { new Proto.OperatorSetIdProto { Version = 17 } }, Graph = graph };
}
