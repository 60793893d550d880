using System.CommandLine;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Planning;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;

namespace GraphPartition.Gpc.Commands;

/// <summary>
/// <c>gpc why MODEL</c>: which operators cost engines. <c>gpc why MODEL NODE</c>: why a node is in an engine or not.
/// <c>gpc why MODEL A B</c>: why two nodes are not in one engine.
/// </summary>
internal static class WhyCommand
{
    public static Command Create()
    {
        var command =
            new GpcCommand(
                "why", "Explains fallbacks: which operators cost engines, why one node falls back, or what keeps two nodes apart.");
        var model = new ModelArguments(command);
        var observe = new ObserveArguments(command);
        var nodes = new Argument<string[]>("NODE") { Description = "Zero, one or two names of nodes.", Arity = new ArgumentArity(0, 2) };
        command.Add(nodes);
        command.SetAction(parsed =>
        {
            PlannedModel planned = Stages.Show(2, stage => new ModelService(observe.In(parsed, model.Request(parsed)), stage).Plan());
            PartitionPlan plan = planned.Compilation.Plan;
            object answer = (parsed.GetValue(nodes) ?? []) switch
            {
                [] => BlockerRanking.Of(plan, planned.Operators, planned.Target).WithSets(plan),
                [var name] => NodeAnswer.Of(plan, NodePath.Find(plan.Graph, name), planned.Operators, planned.Target),
                [var a, var b, ..] => Separation.Of(plan, NodePath.Find(plan.Graph, a).Index, NodePath.Find(plan.Graph, b).Index),
            };
            if (!model.Json(parsed)) WhyView.Write(answer);
            else if (answer is BlockerRanking ranking) JsonOutput.Print(ranking.Blockers);
            else JsonOutput.Print(answer);
            return (int)ExitCode.Ok;
        });
        return command;
    }
}

