using System.CommandLine;
using GraphPartition.Compiler.Operators;
using GraphPartition.Compiler.Plan;
using GraphPartition.Gpc.View;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc plan MODEL</c>: how the model would be partitioned, and why.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var command = new Command("plan", "Show how a model is partitioned: engines, fallbacks with their reasons, and the proof of the minimum.");
        var model = new ModelArguments(command);
        command.SetAction(parsed =>
        {
            PlannedModel planned = Stages.Show(2, stage => model.Plan(parsed, stage));
            if (model.Json(parsed)) Console.Out.WriteLine(planned.Report.ToJson());
            else
            {
                PlanView.Write(Path.GetFileName(model.Path(parsed)), planned.Report);
                var blockers = BlockerRanking.Of(planned.Compilation.Plan, OperatorTable.Default, planned.Target);
                if (blockers.FirstOrDefault() is { EnginesSaved: > 0 }) WhyView.WriteRanking([.. blockers.Take(3)]);
            }
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
