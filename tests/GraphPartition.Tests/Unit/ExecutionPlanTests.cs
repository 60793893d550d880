using GraphPartition.CompiledModels;
using GraphPartition.Runtime.Scheduling;
using Xunit;

namespace GraphPartition.Tests.Unit;

public sealed class ExecutionPlanTests
{
    [Fact]
    public void Without_engines_the_plan_is_one_step() => RandomModel.Check(30, 200, model =>
        ExecutionPlan.Of(Partitions.Compile(model, "random:2:0.5"), _ => false).Steps.Length == (model.Graph.Nodes.Length > 0 ? 1 : 0));

    [Fact]
    public void Each_kept_group_is_a_step_and_no_two_fallback_steps_are_neighbors() => RandomModel.Check(30, 200, model =>
    {
        CompiledModel compiled = Partitions.Compile(model, "random:2:0.5");
        ExecutionPlan plan = ExecutionPlan.Of(compiled, g => g.Id % 2 == 0);
        return plan.Steps.Count(s => s.Group is not null) == compiled.Cut.Groups.Count(g => g.Id % 2 == 0)
            && plan.Steps.Zip(plan.Steps.Skip(1)).All(pair => pair.First.Group is not null || pair.Second.Group is not null);
    });

    [Fact]
    public void Every_slot_is_written_once_and_before_it_is_read() => RandomModel.Check(30, 300, model =>
    {
        ExecutionPlan plan = ExecutionPlan.Of(Partitions.Compile(model, "random:7:0.5"), _ => true);
        var written = plan.InputSlots.ToHashSet();
        foreach (ExecutionStep step in plan.Steps)
            if (!step.Inputs.All(written.Contains) || !step.Outputs.All(written.Add)) return false;
        return plan.OutputSlots.All(s => s < 0 || written.Contains(s));
    });

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Nodes_of_different_kinds_are_separate_steps_and_neighbors_of_one_kind_are_one(int kinds) =>
        RandomModel.Check(30, 200, model =>
    {
        int KindOf(int node) => model.Graph.Nodes[node].Op.Type.Length * 7 % kinds;
        ExecutionPlan plan = ExecutionPlan.Of(Partitions.Compile(model, "random:2:0.5"), _ => false, KindOf, kinds);
        int KindOfStep(ExecutionStep step) => KindOf(step.Segment.Nodes[0]);
        return plan.Steps.All(s => s.Segment.Nodes.All(n => KindOf(n) == KindOfStep(s)))
            && plan.Steps.Zip(plan.Steps.Skip(1)).All(pair => KindOfStep(pair.First) != KindOfStep(pair.Second));
    });
}
