using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Comparison;
using Xunit;

namespace GraphPartition.Compiler.Tests.Property;

public sealed class PassProperties
{
    /// <summary>Passes that change weights; after the others the same bits come out.</summary>
    private static readonly string[] Rounding = ["FoldBatchNorm", "FuseAffineIntoConv", "DecomposeBatchNorm", "FuseSiblingLayers",
        "FuseSiblingConvolutions", "standard"];

    public static TheoryData<string> Passes => [.. Pipeline.Names, "exact", "standard"];

    /// <summary>Results agree, every graph between is sound, and a second run finds nothing to do (both checked by the run).</summary>
    [Theory]
    [MemberData(nameof(Passes))]
    public void A_pass_keeps_results_and_settles(string name) =>
        Prop.ForAll(PatternModel.Codes(12), codes => KeepsResults(name, PatternModel.FromCodes(codes)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(25));

    [Fact]
    public void All_passes_keep_results_of_graphs_with_bodies_and_many_edges() =>
        Prop.ForAll(RandomModel.Codes(30), codes => KeepsResults("standard", RandomModel.FromCodes(codes, OperatorTable.Default)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(50));

    /// <summary>Without this the properties could hold because nothing happens.</summary>
    [Theory]
    [MemberData(nameof(Passes))]
    public void Every_pass_finds_something_in_the_patterns(string name)
    {
        Model model = PatternModel.FromCodes([.. Enumerable.Range(0, 4 * PatternModel.Count)]);
        string first = name is "ReshapeFromShape" or "EliminateDeadNodes" ? "EliminateIdentity," : ""; // which makes something dead
        if (name == "ReshapeFromShape") model = PatternModel.FromCodes([10]);
        if (name == "FuseAffineIntoConv") model = PatternModel.FromCodes([12]);
        Assert.Contains(Run(first + name, model).Reports, r => r.IsChanged && (r.Pass == name || name is "exact" or "standard"));
    }

    [Fact]
    public void There_are_never_more_nodes_than_before() => Prop.ForAll(RandomModel.Codes(40), codes =>
        PassRun.Of(RandomModel.FromCodes(codes, OperatorTable.Default), Pipeline.Standard).Reports is [var first, .., var last]
        && last.NodesAfter <= first.NodesBefore).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Fact]
    public void The_check_detects_a_pass_that_changes_results() =>
        Assert.ThrowsAny<Exception>(() => Prop.ForAll(RandomModel.Codes(20), codes =>
    {
        Model model = RandomModel.FromCodes(codes, OperatorTable.Default);
        return Agree(model, model with { Graph = new Wrong().Run(model.Graph, new PassContext(model, OperatorTable.Default)) }, null);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(50)));

    private static bool KeepsResults(string name, Model model) =>
        Agree(model, Run(name, model).Model, Rounding.Contains(name) ? null : new Tolerance(0, 0));

    /// <summary>For a release without 64-bit integers, and loops are to be unrolled, so that every pass has something to do.</summary>
    private static PassRun Run(string name, Model model) =>
        PassRun.Of(model, Pipeline.Parse(name), unrollLimit: 3, target: new(new TensorRtRelease(8, 6)));

    /// <summary>Whether both give the same, to the bit where the tolerance is zero; neither is optimized, so that both compute as they
    /// say.</summary>
    private static bool Agree(Model before, Model after, Tolerance? tolerance)
    {
        Dictionary<string, DataValue> inputs = TestRun.Inputs(before.Graph);
        DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(before), inputs, optimize: false);
        DataValue[] actual = TestRun.RunPlain(OnnxWriter.ToBytes(after), inputs, optimize: false);
        if (tolerance is not { } bound) return TestRun.Difference(expected, actual) is null;
        return expected.Length == actual.Length && Enumerable.Range(0, expected.Length)
            .All(i => ValueDifference.Between(expected[i], actual[i], bound).Fault is null);
    }

    /// <summary>Takes every Neg for an Identity.</summary>
    private sealed class Wrong : IGraphPass
    {
        public Graph Run(Graph graph, PassContext context)
        {
            var replay = new GraphRewriter(graph, context.Operators);
            foreach (Node node in graph.Nodes)
                if (node.Op.Is("Neg")) replay.Replace(node.Outputs[0]!, replay.Map(node.Inputs[0]!));
                else replay.Keep(node);
            return replay.Finish();
        }
    }
}
