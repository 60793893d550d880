using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

/// <summary>Which nodes a plan for TensorRT 8.5 expands, which has no LayerNormalization.</summary>
public sealed class ExpansionPlanTests
{
    private static readonly Model Norms = PassRun.Parse("""
        graph g(x: f32[4,8], g: f32[8], b: f32[8]) -> (y) {
          first = Relu(x)
          n = LayerNormalization(first, g, b)
          middle = Tanh(n)
          m = LayerNormalization(middle, g, b)
          y = Relu(m)
        }
        """);

    [Fact]
    public void Two_norms_cost_no_engine_once_they_are_expanded()
    {
        Compilation plan = Plan(new());
        Assert.Equal((1, 3, 2), (plan.Plan.TotalEngines, plan.EnginesWithoutExpansions, plan.Expansions.Length));
        Assert.Equal(3, Plan(new() { Expand = false }).Plan.TotalEngines);
    }

    [Fact]
    public void A_node_that_a_constraint_excludes_stays_as_it_is()
    {
        Compilation plan = Plan(new() { Constraints = new() { Exclude = [NodeSelector.Parse("op:LayerNormalization", "--exclude")] } });
        Assert.Empty(plan.Expansions);
        Assert.Equal(2, plan.Model.Graph.Nodes.Count(n => n.Op.Is("LayerNormalization")));
    }

    [Fact]
    public void A_node_whose_parts_are_in_no_engine_stays_as_it_is()
    {
        Compilation plan = Plan(new() { Constraints = new() { MinNodes = 1000 } });
        Assert.Equal((0, 0), (plan.Plan.TotalEngines, plan.Expansions.Length));
        Assert.Equal(2, plan.Model.Graph.Nodes.Count(n => n.Op.Is("LayerNormalization")));
    }

    private static Compilation Plan(CompileOptions options) =>
        new ModelCompiler(OperatorTable.Default, options with { Target = new(new TensorRtRelease(8, 5)) }).Plan(Norms);
}
