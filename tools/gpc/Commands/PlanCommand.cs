using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using GraphPartition.Compare;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.GraphExport;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc plan MODEL</c>: shows how the model is partitioned, and why.</summary>
internal static class PlanCommand
{
    /// <summary>How many blocking operators are shown; <c>gpc why</c> shows all.</summary>
    private const int TopBlockers = 3;

    public static Command Create()
    {
        var command =
            new GpcCommand(
                "plan", "Shows how a model is partitioned: the engines, the fallback with reasons, and the proof of the minimum.");
        var model = new ModelArguments(command);
        var observe = new ObserveArguments(command);
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Also write the plan to a file, for 'gpc verify', 'gpc diff' and --check.",
            HelpName = "PLAN",
        };
        var check = new Option<string?>("--check")
        {
            Description = "Compare the plan with this plan file (lock file). If it differs, print what changed and end with exit code 1.",
            HelpName = "PLAN",
        };
        var compare = new Option<bool>("--compare")
        {
            Description = "Also apply the partition rules of TF-TRT, Paddle, ONNX Runtime, TVM, MindSpore and torch.fx to the model.",
        };
        var dot = new Option<string?>("--dot")
        {
            Description = "Also write the graph with its engines in color as DOT, for Graphviz.",
            HelpName = "FILE"
        };
        var graphMl = new Option<string?>("--graphml")
        {
            Description = "Also write the graph with its engines as GraphML, for yEd, Gephi or NetworkX.",
            HelpName = "FILE",
        };
        var html = new Option<string?>("--html")
        {
            Description = "Also write the plan as one HTML page: the graph, its engines, and the reason for each fallback.",
            HelpName = "FILE",
        };
        command.Add(OptionGroup.Common, output, check, compare, html, dot, graphMl);
        OptionOf.Refuse(
            command, result => result.GetValue(check) is null ? null : $"with {check.Name}", output, compare, html, dot, graphMl);
        command.SetAction(parsed =>
        {
            ModelRequest request = observe.In(parsed, model.Request(parsed)) with { KeepsGraphs = parsed.GetValue(html) is not null };
            OutputFile.Check([.. new[] { output, html, dot, graphMl }.Select(o => (o.Name, parsed.GetValue(o)))], request.Path);
            PlannedModel planned = Stages.Show(2, stage => new ModelService(request, stage).Plan());
            PartitionPlan plan = planned.Compilation.Plan;
            if (parsed.GetValue(check) is { } lockFile) return (int)Check(lockFile, planned, model.Json(parsed));
            if (parsed.GetValue(output) is { } path) PlanFiles.Write(planned.Compilation.ToPlanFile().ToJson(), path);
            BlockerRanking ranking = BlockerRanking.Of(plan, planned.Operators, planned.Target);
            PlanReport report = planned.Report with { Blockers = [.. ranking.Blockers.Take(TopBlockers)] };
            IReadOnlyList<RuleComparison>? rules = parsed.GetValue(compare) ? RuleComparison.Of(plan) : null;
            if (parsed.GetValue(html) is { } page) PlanPage.Write(planned, ranking, request.Path, page);
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
                PlanView.Write(Path.GetFileName(request.Path), report);
                if (rules is not null) PlanView.Write(rules);
                WhyView.WriteRanking(ranking, TopBlockers);
            }
            return (int)ExitCode.Ok;
        });
        return command;
    }

    // The report of a plan does not know other systems, so their results are added to its JSON form.
    private static void WriteJson(PlanReport report, IReadOnlyList<RuleComparison> rules, Stream to)
    {
        JsonNode json = JsonNode.Parse(report.ToJson())!;
        json["compare"] = JsonSerializer.SerializeToNode(rules, JsonOutput.Options);
        JsonSerializer.Serialize(to, json, JsonOutput.Options);
    }

    private static ExitCode Check(string lockFile, PlannedModel planned, bool json)
    {
        PlanFile locked = PlanFile.Read(lockFile), now = planned.Compilation.ToPlanFile();
        PlanDiff.CheckSameModel(locked, lockFile, now);
        PlanDiff diff = PlanDiff.Of(locked, now);
        if (json) JsonOutput.Print(diff);
        else if (diff.IsEmpty) AnsiConsole.MarkupLineInterpolated($"the plan is the one in {lockFile}");
        else DiffView.Write(diff);
        return diff.IsEmpty ? ExitCode.Ok : ExitCode.OutputsDiffer;
    }
}
