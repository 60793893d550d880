using GraphPartition.Compiler;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Planning;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>
/// A node that the table allows and the library refuses is expanded, if the library has its parts. The mock knows neither Gelu nor Mish; it
/// has the parts of Gelu, but not Softplus, a part of Mish.
/// </summary>
public sealed class RefusedNodeTests
{
    private const int Always = int.MaxValue;

    private static Dictionary<string, DataValue> Input => new() { ["x"] = Graphs.Floats(2, 3) };

    private static Model Chain(params string[] ops) =>
        Graphs.Chain(Shape.Of(2, 3), ops) with { Opsets = OpsetVersions.Standard(20) };

    [MockTheory]
    [InlineData("trt10_16")]
    [InlineData("trt11_1")]
    [InlineData("rtx1_6")]
    public void A_refused_node_is_expanded_and_the_engine_stays_whole(string layout)
    {
        EngineLab lab = new(layout);
        Model model = Chain("Add w", "Gelu", "Mul w", "Gelu", "Abs");
        EngineCompilation built = Compile(lab, model, engines: 1, ["Gelu_1", "Gelu_3"], []);
        Assert.Equal("GP4017", Assert.Single(built.Report.Warnings).Code.Id);
        Assert.Equal(3, built.Compilation.EnginesWithoutExpansions);
        Assert.Equal(2, built.Report.Rounds);
    }

    [MockFact]
    public void A_node_whose_part_is_refused_too_moves_as_a_whole()
    {
        EngineLab lab = new();
        EngineCompilation built = Compile(lab, Chain("Add w", "Mish", "Relu", "Gelu", "Mul w"), engines: 2, ["Gelu_3"], ["Mish_1", "Softplus"]);
        Assert.Contains(built.Compilation.Plan.Graph.Nodes, n => n.Op.Is("Mish"));
        Assert.DoesNotContain(built.Compilation.Plan.Graph.Nodes, n => n.Op.Is("Softplus"));
    }

    /// <summary>Nodes behind an expanded node are other objects, and what was found out about them holds.</summary>
    [MockFact]
    public void A_node_that_moved_stays_moved_when_a_node_before_it_is_expanded()
    {
        EngineLab lab = new();
        lab.Mock.Fail("unsupported:Tanh", Always);
        lab.Mock.Fail("breaks:Neg_4", Always); // the builder finds out about it after the expansion
        EngineCompilation built = Compile(
            lab, Chain("Add w", "Gelu", "Tanh", "Gelu", "Neg", "Mul w"), engines: 3, ["Gelu_1", "Gelu_3"], ["Tanh_2", "Neg_4"]);
        Assert.Equal(3, built.Report.Rounds);
    }

    [MockFact]
    public void Engines_that_are_required_take_expanded_nodes_and_no_moved_ones()
    {
        EngineLab lab = new();
        Model model = Chain("Add w", "Gelu", "Mul w");
        Assert.Single(lab.Compile(model, "table", new EngineOptions { IsRequired = true }).Compiled.Cut.Groups);
        lab.Mock.Fail("unsupported:Erf", Always);
        var failure = Assert.Throws<EnvironmentException>(() => lab.Compile(model, "table", new EngineOptions { IsRequired = true }));
        Assert.Equal("GP4020", failure.Diagnostic.Code.Id);
    }

    /// <summary>The parts take the observed rank of the node before them over.</summary>
    [MockFact]
    public void A_refused_node_behind_an_observed_rank_is_expanded()
    {
        EngineLab lab = new();
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "observed" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape(2, 3, Dim.Named("b"))));
        Value gelu = builder.Op("Gelu", "gelu", [builder.Op("Squeeze", "q", [x])]);
        Model model = Graphs.Of(builder, builder.Op("Relu", "y", [gelu])) with { Opsets = OpsetVersions.Standard(20) };
        using OrtValue seen = OrtValues.ToOrt(Graphs.Floats(2, 3, 1));
        EngineCompilation built = new EngineCompiler(lab.Machine, new EngineOptions()).Compile(
            new ModelCompiler(OperatorTable.Default, new CompileOptions
            {
                Passes = Pipeline.None,
                Observer = new OrtValueObserver(new Dictionary<string, OrtValue> { ["x"] = seen }),
            }).Plan(model));
        Assert.Equal("gelu", Assert.Single(built.Compilation.Expansions).Result);
        Assert.All(built.Report.Moved, m => Assert.True(m.IsExpanded));
        PartitionPlan plan = built.Compilation.Plan;
        Assert.All(plan.Graph.Nodes.Zip(plan.Placements).Where(n => !n.First.Op.Is("Squeeze")), n => Assert.True(n.Second.IsYes, n.Second.Reason));
    }

    private static EngineCompilation Compile(EngineLab lab, Model model, int engines, string[] expanded, string[] moved)
    {
        EngineCompilation built = lab.Compile(model, "table");
        Assert.Equal(expanded, Names(isExpanded: true));
        Assert.Equal(moved.Order(StringComparer.Ordinal), Names(isExpanded: false));
        Assert.Equal(engines, built.Compiled.Cut.Groups.Length);
        Assert.All(built.Report.Groups, g => Assert.Equal("built", g.Source));
        Assert.Null(TestRun.Difference(
            TestRun.RunPlain(OnnxWriter.ToBytes(model), Input), lab.Run(built.Compiled, Input, EngineMode.Required)));
        lab.AssertClean();
        return built;

        string[] Names(bool isExpanded) => [.. built.Report.Moved.Where(m => m.IsExpanded == isExpanded)
            .Select(m => m.Node.StartsWith("Mish_1", StringComparison.Ordinal) && m.Op != "Mish" ? m.Op : m.Node).Order(StringComparer.Ordinal)];
    }
}
