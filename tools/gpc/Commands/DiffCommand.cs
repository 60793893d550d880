using System.CommandLine;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Views;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc diff PLAN1 PLAN2</c>: shows what changed between two plans.</summary>
internal static class DiffCommand
{
    public static Command Create()
    {
        var command =
            new GpcCommand(
                "diff", "Shows what changed between two plans: engines, nodes that moved, reasons. Exit code 1 if anything changed.");
        var before = new Argument<string>("PLAN1") { Description = "A plan file ('gpc plan -o') or a model that gpc compiled." };
        var after = new Argument<string>("PLAN2") { Description = "The other plan." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        command.Add(before);
        command.Add(after);
        command.Add(json);
        command.SetAction(parsed =>
        {
            PlanFile old = PlanFile.Read(parsed.GetRequiredValue(before)), now = PlanFile.Read(parsed.GetRequiredValue(after));
            PlanDiff.CheckSameModel(old, parsed.GetRequiredValue(before), now);
            PlanDiff diff = PlanDiff.Of(old, now);
            if (parsed.GetValue(json)) JsonOutput.Print(diff);
            else if (diff.IsEmpty) AnsiConsole.WriteLine("the plans are the same");
            else DiffView.Write(diff);
            return (int)(diff.IsEmpty ? ExitCode.Ok : ExitCode.OutputsDiffer);
        });
        return command;
    }
}
