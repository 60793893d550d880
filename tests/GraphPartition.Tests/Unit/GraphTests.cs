using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using Xunit;

namespace GraphPartition.Tests.Unit;

public sealed class GraphTests
{
    private static readonly IrType Float = IrType.Tensor(ElementType.Float32, Shape.Of(2));

    [Fact]
    public void A_body_captures_what_it_uses_and_does_not_define()
    {
        var outer = new GraphBuilder(DeclaredTypes.Instance);
        Value x = outer.Input("x", Float), c = outer.Input("c", IrType.Tensor(ElementType.Bool, Shape.Scalar));
        Value w = outer.Constant("w", TensorData.Floats([1, 2]));
        var body = new GraphBuilder(DeclaredTypes.Instance);
        Value inner = body.Op("Relu", "inner", [x]);
        Graph then = body.Build(body.Op("Add", "sum", [inner, w]));
        Node node = outer.Add("If", [c], ["y"], AttributeMap.Of(("then_branch", then), ("else_branch", then)));

        Assert.Equal([x, w], then.Captures.AsEnumerable());
        Assert.Equal([x, w], node.Captures.AsEnumerable());
        Graph graph = outer.Build(node.Outputs[0]!);
        Assert.Empty(graph.Captures);
        Assert.Equal([0], graph.Uses.UsersOf(w).ToArray());
        Assert.Null(GraphVerifier.FindFault(graph));
    }

    [Fact]
    public void Uses_list_each_user_once_and_know_producers()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value x = builder.Input("x", Float);
        Value a = builder.Op("Mul", "a", [x, x]);
        Value b = builder.Op("Add", "b", [a, x]);
        Graph graph = builder.Build(b);
        Assert.Equal([0, 1], graph.Uses.UsersOf(x).ToArray());
        Assert.Equal(-1, graph.Uses.ProducerOf(x));
        Assert.Equal(0, graph.Uses.ProducerOf(a));
        Assert.True(graph.Uses.HasSingleUse(a));
        Assert.False(graph.Uses.HasSingleUse(b)); // the graph returns it
        Assert.Equal(-1, graph.Uses.IdOf(new Value("stranger", Float)));
    }

    [Fact]
    public void The_verifier_prints_the_node_that_uses_a_value_too_early()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value x = builder.Input("x", Float);
        Value later = new("later", Float);
        Value y = builder.Op("Add", "y", [x, later]);
        builder.Define("Relu", [x], [later], AttributeMap.Empty, "late");
        // The builder takes 'later' for a capture: what a main graph must not have.
        Assert.Contains("later", GraphVerifier.FindFault(builder.Build(y))!, StringComparison.Ordinal);
    }

    [Fact]
    public void The_verifier_finds_a_value_that_is_defined_twice()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value x = builder.Input("x", Float);
        Value y = builder.Op("Relu", "y", [x]);
        builder.Define("Neg", [x], [y], AttributeMap.Empty, "again");
        string fault = GraphVerifier.FindFault(builder.Build(y))!;
        Assert.Contains("defined already", fault, StringComparison.Ordinal);
        Assert.Contains("> %y = Neg(%x)", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Replaying_without_a_change_returns_the_graph_itself() => RandomModel.Check(30, 200, model =>
    {
        var replay = new GraphRewriter(model.Graph, DeclaredTypes.Instance);
        foreach (Node node in model.Graph.Nodes) replay.Keep(node);
        return ReferenceEquals(replay.Finish(), model.Graph);
    });

    [Fact]
    public void Replacing_a_value_reaches_bodies_and_leaves_the_rest_shared() => RandomModel.Check(30, 200, model =>
    {
        Graph graph = model.Graph;
        Value x = graph.Inputs[0];
        var replay = new GraphRewriter(graph, DeclaredTypes.Instance);
        Value copy = replay.Builder.Op("Identity", "x_copy", [x]);
        replay.Replace(x, copy);
        foreach (Node node in graph.Nodes) replay.Keep(node);
        Graph result = replay.Finish();
        return GraphVerifier.FindFault(result) is null
            && result.Uses.UsersOf(x).SequenceEqual([0])
            && graph.Nodes.All(n => Depends(graph, n, x) || result.Nodes.Contains(n));
    });

    [Fact]
    public void Substitution_keeps_the_identity_of_results() => RandomModel.Check(30, 200, model =>
    {
        Graph graph = model.Graph;
        Value x = graph.Inputs[0], other = new("other", x.Type);
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        builder.Input(other);
        builder.Input(graph.Inputs[1]);
        foreach (Value v in graph.Constants) builder.Constant(v);
        var substitution = new Substitution(new Dictionary<Value, Value> { [x] = other });
        foreach (Node node in graph.Nodes) substitution.Append(builder, node);
        Graph result = builder.Build([.. graph.Outputs.Select(substitution.Of)]);
        return GraphVerifier.FindFault(result) is null
            && graph.Outputs.Where(v => v != x).All(v => result.Outputs.Contains(v));
    });

    private static bool Depends(Graph graph, Node node, Value x) =>
        node.Inputs.Concat(node.Captures).Any(v => v is not null
            && (v == x || (graph.Uses.ProducerOf(v) is >= 0 and var p && Depends(graph, graph.Nodes[p], x))));
}
