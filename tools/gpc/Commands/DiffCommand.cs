using System.CommandLine;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Comparing;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc diff A B</c>: shows what changed between two plans or two models.</summary>
internal static class DiffCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("diff",
            "Shows what changed between two plans (engines, nodes that moved, reasons) or two models (nodes, weights). Exit code 1 if anything changed.");
        var before = new Argument<string>("A") { Description = "A plan file ('gpc plan -o'), a model that gpc compiled, or any other model." };
        var after = new Argument<string>("B") { Description = "The other one." };
        var models = new Option<bool>("--models") { Description = "Compare compiled files as models: their nodes and weights, not their plans." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var operators = new OperatorsOption();
        command.Add(before);
        command.Add(after);
        command.Add(OptionGroup.Common, models, json);
        command.Add(OptionGroup.Operators, operators.Option);
        command.SetAction(parsed =>
        {
            (string a, string b) = (parsed.GetRequiredValue(before), parsed.GetRequiredValue(after));
            OperatorTable table = ModelReader.Operators(operators.Files(parsed));
            bool isSame = !parsed.GetValue(models) && (PlanFile.IsJson(a) || PlanFile.IsJson(b)) ? Plans(a, b, parsed.GetValue(json))
                : Models(a, b, table, parsed.GetValue(models), parsed.GetValue(json));
            return (int)(isSame ? ExitCode.Ok : ExitCode.OutputsDiffer);
        });
        return command;
    }

    private static bool Plans(string a, string b, bool json)
    {
        PlanFile old = PlanFile.Read(a), now = PlanFile.Read(b);
        PlanDiff.CheckSameModel(old, a, now);
        PlanDiff diff = PlanDiff.Of(old, now);
        if (json) JsonOutput.Print(diff);
        else if (diff.IsEmpty) AnsiConsole.WriteLine("the plans are the same");
        else DiffView.Write(diff);
        return diff.IsEmpty;
    }

    private static bool Models(string a, string b, OperatorTable table, bool always, bool json)
    {
        Model old = ModelReader.Read(a, table), now = ModelReader.Read(b, table);
        if (!always && CompiledModelFormat.IsCompiled(old) && CompiledModelFormat.IsCompiled(now)) return Plans(a, b, json);
        ModelDiff diff = ModelDiff.Of(Flat(old), Flat(now));
        if (json) JsonOutput.Print(diff);
        else ModelDiffView.Write(diff);
        return diff.IsEmpty;

        static Model Flat(Model model) => CompiledModelFormat.IsCompiled(model) ? CompiledModelFormat.Read(model).Model : model;
    }
}
