using GraphPartition.Emit;
using GraphPartition.Runtime;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Unit;

public sealed class ExecutionPlanTests
{
    [Fact]
    public void Without_engines_the_plan_is_one_step() => RandomModel.Check(30, 200, model =>
        ExecutionPlan.Of(Partitions.Compile(model, "random:2:0.5"), _ => false).Steps.Length == (model.Graph.Nodes.Length > 0 ? 1 : 0));

    [Fact]
    public void Each_kept_group_is_a_step_and_no_two_fallback_steps_are_neighbours() => RandomModel.Check(30, 200, model =>
    {
        CompiledModel compiled = Partitions.Compile(model, "random:2:0.5");
        ExecutionPlan plan = ExecutionPlan.Of(compiled, g => g.Id % 2 == 0);
        return plan.Steps.Count(s => s.Group is not null) == compiled.Groups.Count(g => g.Id % 2 == 0)
            && plan.Steps.Zip(plan.Steps.Skip(1)).All(pair => pair.First.Group is not null || pair.Second.Group is not null);
    });

    [Fact]
    public void Every_slot_is_written_before_it_is_read_and_dies_once_after_its_last_use() => RandomModel.Check(30, 300, model =>
    {
        ExecutionPlan plan = ExecutionPlan.Of(Partitions.Compile(model, "random:7:0.5"), _ => true);
        var live = plan.InputSlots.ToHashSet();
        foreach (ExecutionStep step in plan.Steps)
        {
            if (!step.Inputs.All(live.Contains)) return false;
            live.UnionWith(step.Outputs);
            if (!step.Dying.All(live.Remove)) return false;
        }
        // What is left is what the caller feeds or gets.
        return live.SetEquals(plan.InputSlots.Concat(plan.OutputSlots.Where(s => s >= 0)));
    });
}
