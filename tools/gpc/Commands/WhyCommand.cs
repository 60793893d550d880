using System.CommandLine;
using System.Text.Json;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Planning;
using GraphPartition.Gpc.View;

namespace GraphPartition.Gpc.Commands;

/// <summary>
/// <c>gpc why MODEL</c>: which operators keep the engines from being fewer. <c>gpc why MODEL NODE</c>: why a node is where it is.
/// <c>gpc why MODEL A B</c>: why two nodes are not in one engine.
/// </summary>
internal static class WhyCommand
{
    public static Command Create()
    {
        var command = new Command("why", "Explain fallbacks: the ranking of operators that cost engines, one node, or what keeps two nodes apart.");
        var model = new ModelArguments(command);
        var nodes = new Argument<string[]>("NODE") { Description = "None, one or two node names.", Arity = new ArgumentArity(0, 2) };
        command.Add(nodes);
        command.SetAction(parsed =>
        {
            PlannedModel planned = Stages.Show(2, stage => model.Plan(parsed, stage));
            PartitionPlan plan = planned.Compilation.Plan;
            object answer = (parsed.GetValue(nodes) ?? []) switch
            {
                [] => BlockerRanking.Of(plan, planned.Operators, planned.Target),
                [var name] => NodeAnswer.Of(plan, NodePath.Find(plan.Graph, name), planned.Operators, planned.Target),
                [var a, var b, ..] => Separation.Of(plan, NodePath.Find(plan.Graph, a).Index, NodePath.Find(plan.Graph, b).Index),
            };
            if (!model.Json(parsed)) WhyView.Write(answer);
            else if (answer is BlockerRanking ranking) Console.Out.WriteLine(JsonSerializer.Serialize(ranking.Blockers, RunView.Json));
            else Console.Out.WriteLine(JsonSerializer.Serialize(answer, answer.GetType(), RunView.Json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}

