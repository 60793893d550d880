using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.Extensions;
using GraphPartition.Operators.Solving;
using GraphPartition.Operators.TensorRt;
using GraphPartition.TestModels.Graphs;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Property;

/// <summary>Random DAGs in which a fifth of the nodes is an operator that nobody knows, as files.</summary>
public sealed class UndeclaredBlockerProperties : GpcTest
{
    private static readonly OperatorTable Declared = OperatorTable.Default.With(
        OperatorsFile.Parse("""[{"operator": "test.blocker::Blocker", "outputs": ["same as input 0"], "tensorrt": "8.5"}]"""u8, "test"));

    /// <summary>Nodes, the window of inputs, and the seed.</summary>
    private static Arbitrary<int[]> Descriptions => Arb.From(
        Gen.Choose(1, 300).SelectMany(nodes => Gen.Choose(1, 60).SelectMany(window => Gen.Choose(0, 1000).Select(
            seed => new[] { nodes, window, seed }))),
        d => new[] { d[0] / 2, d[0] - 1 }.Where(nodes => nodes > 0).Select(nodes => new[] { nodes, d[1], d[2] }));

    [Fact]
    public void Without_declared_types_there_are_as_few_engines_as_with_them() => Prop.ForAll(Descriptions, d =>
    {
        Compilation with = Plan(File(d, Blockers.Declared), OperatorTable.Default),
            without = Plan(File(d, Blockers.Undeclared), OperatorTable.Default);
        return with.Plan.Partitioning.IsMinimum && with.Plan.Tags.Select(t => t.IsYes).SequenceEqual(without.Plan.Tags.Select(t => t.IsYes))
            && with.Plan.Partitioning.EngineCount == without.Plan.Partitioning.EngineCount;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    /// <summary>
    /// Between two blockers nothing may tell a type. Then it must be possible to declare another one: what stays open is free.
    /// </summary>
    [Fact]
    public void An_open_type_can_be_another_type() => Prop.ForAll(Descriptions, d =>
    {
        Graph solved = TypeSolver.Solve(Read(File(d, Blockers.Undeclared, hasWeights: false)).Graph, OperatorTable.Default).Graph;
        var builder = new GraphBuilder(OperatorTable.Default);
        var map = solved.Inputs.ToDictionary(v => v, v => builder.Input(v.Name, v.Type));
        foreach (Node node in solved.Nodes)
        {
            Value result = node.Outputs[0]!;
            IrType type = result.ElementType == ElementType.Undefined ? IrType.Tensor(ElementType.Float16) : result.Type;
            map[result] = builder.Add(node.Op, [.. node.Inputs.Select(v => map[v!])], [new(result.Name, type)]).Outputs[0]!;
        }
        return builder.Scope.Diagnostics.Count == 0;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    [Fact]
    public void The_ranking_equals_the_result_of_planning_with_the_operator_supported() => Prop.ForAll(Descriptions, d =>
    {
        string file = File(d, Blockers.Undeclared);
        Compilation now = Plan(file, OperatorTable.Default), then = Plan(file, Declared);
        if (now.Plan.Tags.All(t => t.IsYes)) return true;
        Blocker first = BlockerRanking.Of(now.Plan, OperatorTable.Default, TensorRtTarget.Default).Blockers[0];
        return first.Op == GeneratedModel.Blocker.ToString() && first.EnginesSaved == now.Plan.TotalEngines - then.Plan.TotalEngines;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    /// <summary>Cast takes any type, so nothing tells that of its input. It counts for the operator that leaves it open.</summary>
    [Fact]
    public void An_open_type_names_the_operator_that_leaves_it_open_and_the_remedy()
    {
        Graph graph = GraphParser.ParseGraph("""
            graph g(x: f32[4]) -> (y) {
              a = Relu(x)
              u = test.blocker::Blocker(a)
              b = Cast(u) {to = 1}
              y: f32[4] = Relu(b)
            }
            """, OperatorTable.Default);
        Model model = new(graph) { Opsets = OpsetVersions.Standard(25).Add("test.blocker", 1), FormatVersion = 12 };
        Compilation plan = new ModelCompiler(OperatorTable.Default, new()).Plan(model);
        Assert.Equal(
            ["the type of input 0 ('input') is not known: declare the outputs of test.blocker::Blocker (--operators FILE) or run the model once (--observe)"],
            plan.Plan.Tags.Where(t => t.Rule == "unknown-type").Select(t => t.Reason));
        Blocker only = Assert.Single(BlockerRanking.Of(plan.Plan, OperatorTable.Default, TensorRtTarget.Default).Blockers);
        Compilation then = new ModelCompiler(Declared, new()).Plan(model);
        Assert.Equal(("test.blocker::Blocker", 2, plan.Plan.TotalEngines - then.Plan.TotalEngines), (only.Op, only.Nodes, only.EnginesSaved));
    }

    [Fact]
    public void Contradictory_uses_are_an_error_that_names_both()
    {
        Graph graph = GraphParser.ParseGraph("""
            graph g(x: f32[4], i: i64[4]) -> (a, b) {
              u = test.blocker::Blocker(x)
              a: f32[4] = Add(u, x) "first"
              b: i64[4] = Add(u, i) "second"
            }
            """, OperatorTable.Default);
        Model model = new(graph) { Opsets = OpsetVersions.Standard(25).Add("test.blocker", 1), FormatVersion = 12 };
        string file = Folder.File("wrong.onnx");
        OnnxWriter.Write(model, file);
        string errors = Refused("GP2012", "plan", file).Errors;
        Assert.Contains("first", errors, StringComparison.Ordinal);
        Assert.Contains("second", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Branches_of_unlike_types_are_an_error_that_names_both_results()
    {
        Graph graph = GraphParser.ParseGraph("""
            graph g(x: f32[4], c: bool[]) -> (y) {
              y = If(c) {else_branch = graph e() -> (other) {
                other = Cast(x) {to = 7}
              }, then_branch = graph t() -> (one) {
                one = Relu(x)
              }} "choice"
            }
            """, OperatorTable.Default);
        string file = Folder.File("unlike.onnx");
        OnnxWriter.Write(new(graph) { Opsets = OpsetVersions.Standard(25), FormatVersion = 12 }, file);
        string errors = Refused("GP2012", "plan", file).Errors;
        foreach (string part in new[] { "choice", "'one'", "'other'", "f32", "i64" }) Assert.Contains(part, errors, StringComparison.Ordinal);
    }

    private string File(int[] d, Blockers blockers, bool hasWeights = true)
    {
        string file = Folder.File($"{blockers}.onnx");
        OnnxWriter.Write(GeneratedModel.Create(d[0], 0.2, d[1], blockers, (ulong)d[2], hasWeights), file);
        return file;
    }

    private static Model Read(string file, OperatorTable? operators = null) => ModelFile.Read(file, operators ?? OperatorTable.Default);

    private static Compilation Plan(string file, OperatorTable operators) =>
        new ModelCompiler(operators, new CompileOptions()).Plan(Read(file, operators));
}
