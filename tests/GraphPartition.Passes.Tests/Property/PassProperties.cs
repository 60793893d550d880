using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler.Operators;
using GraphPartition.Compiler.Passes;
using GraphPartition.Ir;
using GraphPartition.Onnx;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Property;

public sealed class PassProperties
{
    public static TheoryData<string> Passes => [.. Pipeline.Names, "standard"];

    /// <summary>Results agree, every graph between is sound, and a second run finds nothing to do (both checked by the run).</summary>
    [Theory]
    [MemberData(nameof(Passes))]
    public void A_pass_keeps_results_and_settles(string name) => Check(30, 25, (model, inputs, expected) =>
    {
        PassRun run = PassRun.Of(model, Pipeline.Parse(name));
        return Execution.Difference(expected, Execution.RunPlain(OnnxWriter.ToBytes(run.Model), inputs)) is null;
    });

    [Fact]
    public void There_are_never_more_nodes_than_before() => Check(40, 40, (model, _, _) =>
        PassRun.Of(model, Pipeline.Standard).Reports is [var first, .., var last] && last.NodesAfter <= first.NodesBefore);

    [Fact]
    public void The_check_notices_a_pass_that_changes_results() => Assert.ThrowsAny<Exception>(() => Check(20, 50, (model, inputs, expected) =>
    {
        var context = new PassContext(model, OperatorTable.Default);
        Model after = model with { Graph = new Wrong().Run(model.Graph, context) };
        return Execution.Difference(expected, Execution.RunPlain(OnnxWriter.ToBytes(after), inputs)) is null;
    }));

    private static void Check(int nodes, int tests, Func<Model, Dictionary<string, DataValue>, DataValue[], bool> property) =>
        Prop.ForAll(RandomModel.Codes(nodes), codes =>
        {
            Model model = RandomModel.FromCodes(codes, OperatorTable.Default);
            Dictionary<string, DataValue> inputs = Execution.Inputs(model.Graph);
            return property(model, inputs, Execution.RunPlain(OnnxWriter.ToBytes(model), inputs));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(tests));


    /// <summary>Takes every Neg for an Identity.</summary>
    private sealed class Wrong : IGraphPass
    {
        public Graph Run(Graph graph, PassContext context)
        {
            var replay = new GraphReplay(graph, context.Operators);
            foreach (Node node in graph.Nodes)
                if (node.Op.Is("Neg")) replay.Replace(node.Outputs[0]!, replay.Map(node.Inputs[0]!));
                else replay.Keep(node);
            return replay.Finish();
        }
    }
}
