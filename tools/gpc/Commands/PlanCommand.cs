using System.CommandLine;
using GraphPartition.Compiler.Plan;
using GraphPartition.Gpc.View;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc plan MODEL</c>: how the model would be partitioned, and why.</summary>
internal static class PlanCommand
{
    /// <summary>Of the ranking of blockers, as many as are shown; <c>gpc why</c> has all.</summary>
    private const int TopBlockers = 3;

    public static Command Create()
    {
        var command = new Command("plan", "Show how a model is partitioned: engines, fallbacks with their reasons, and the proof of the minimum.");
        var model = new ModelArguments(command);
        command.SetAction(parsed =>
        {
            PlannedModel planned = Stages.Show(2, stage => model.Plan(parsed, stage));
            BlockerRanking ranking = BlockerRanking.Of(planned.Compilation.Plan, planned.Operators, planned.Target);
            PlanReport report = planned.Report with { Blockers = [.. ranking.Blockers.Take(TopBlockers)] };
            if (model.Json(parsed)) Console.Out.WriteLine(report.ToJson());
            else
            {
                PlanView.Write(Path.GetFileName(model.Path(parsed)), report);
                WhyView.WriteRanking(ranking, TopBlockers);
            }
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
