using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using GraphPartition.Compare;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Gpc.View;
using GraphPartition.GraphExport;
using Spectre.Console;

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
        var output = new Option<string?>("--output", "-o") { Description = "Also write the plan as a file, for gpc verify, gpc diff and --check." };
        var check = new Option<string?>("--check") { Description = "A plan file (lock file): exit code 1, with what changed, where the plan is another one." };
        var compare = new Option<bool>("--compare") { Description = "Beside it what the rules of TF-TRT, Paddle, ONNX Runtime, TVM, MindSpore and torch.fx would make of the model, and MindSpore with its own list of operators." };
        command.Add(output);
        command.Add(check);
        command.Add(compare);
        var dot = new Option<string?>("--dot") { Description = "Also write the graph with engines in color as DOT, for Graphviz." };
        var graphMl = new Option<string?>("--graphml") { Description = "Also write the graph with its engines as GraphML, for yEd, Gephi or NetworkX." };
        command.Add(dot);
        command.Add(graphMl);
        command.SetAction(parsed =>
        {
            PlannedModel planned = Stages.Show(2, stage => model.Plan(parsed, stage));
            PartitionPlan plan = planned.Compilation.Plan;
            if (parsed.GetValue(check) is { } lockFile) return (int)Check(lockFile, planned, model.Json(parsed));
            if (parsed.GetValue(output) is { } path) PlanFiles.Write(planned.Compilation.ToPlanFile().ToJson(), path);
            BlockerRanking ranking = BlockerRanking.Of(plan, planned.Operators, planned.Target);
            PlanReport report = planned.Report with { Blockers = [.. ranking.Blockers.Take(TopBlockers)] };
            IReadOnlyList<RuleComparison>? rules = parsed.GetValue(compare) ? RuleComparison.Of(plan) : null;
            if (parsed.GetValue(dot) is { } dotFile) DotWriter.Write(PlanGraph.Of(plan), plan.Graph.Name, dotFile);
            if (parsed.GetValue(graphMl) is { } graphMlFile) GraphMlWriter.Write(PlanGraph.Of(plan), plan.Graph.Name, graphMlFile);
            if (model.Json(parsed))
            {
                using Stream standard = Console.OpenStandardOutput();
                if (rules is null) report.WriteJson(standard);
                else WriteJson(report, rules, standard);
                standard.Write("\n"u8);
            }
            else
            {
                PlanView.Write(Path.GetFileName(model.Path(parsed)), report);
                if (rules is not null) PlanView.Write(rules);
                WhyView.WriteRanking(ranking, TopBlockers);
            }
            return (int)ExitCode.Ok;
        });
        return command;
    }

    // The report of a plan knows nothing of other systems, so what they make of the model is added to its JSON form.
    private static void WriteJson(PlanReport report, IReadOnlyList<RuleComparison> rules, Stream to)
    {
        JsonNode json = JsonNode.Parse(report.ToJson())!;
        json["compare"] = JsonSerializer.SerializeToNode(rules, RunView.Json);
        JsonSerializer.Serialize(to, json, RunView.Json);
    }

    private static ExitCode Check(string lockFile, PlannedModel planned, bool json)
    {
        PlanFile locked = PlanFile.Read(lockFile), now = planned.Compilation.ToPlanFile();
        PlanDiff.CheckSameModel(locked, lockFile, now);
        PlanDiff diff = PlanDiff.Of(locked, now);
        if (json) Console.Out.WriteLine(JsonSerializer.Serialize(diff, RunView.Json));
        else if (diff.IsEmpty) AnsiConsole.MarkupLineInterpolated($"the plan is the one in {lockFile}");
        else DiffView.Write(diff);
        return diff.IsEmpty ? ExitCode.Ok : ExitCode.OutputsDiffer;
    }
}
