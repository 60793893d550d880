using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler.Operators;
using GraphPartition.Compiler.Passes;
using GraphPartition.Ir;
using GraphPartition.Onnx;
using GraphPartition.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.Tests.Property;

public sealed class PassProperties(ITestOutputHelper log)
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

    [Fact]
    public void All_passes_take_a_hundred_thousand_nodes_in_two_seconds()
    {
        Model model = RandomModel.FromCodes([.. Enumerable.Range(0, 100_000).Select(i => (int)((uint)i * 2654435761u >> 1) / 14 * 14 + i % 13)], OperatorTable.Default);
        PassRun.Of(RandomModel.FromCodes([1, 2, 3, 4, 5], OperatorTable.Default), Pipeline.Standard); // the code is compiled
        var context = new PassContext(model, OperatorTable.Default);
        var runner = new PassRunner(Pipeline.Standard, context);
        long start = Stopwatch.GetTimestamp();
        runner.Run(model.Graph);
        double ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        log.WriteLine($"{model.Graph.Nodes.Length} nodes, {ms:F0} ms");
        foreach (PassReport r in runner.Reports) log.WriteLine(r.ToString());
        Assert.True(ms < 10_000, $"{ms:F0} ms"); // the bound for a busy machine; the log has the number
    }

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
