using System.CommandLine;
using System.Text.Json;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Operators;
using GraphPartition.Operators.Diagnostics;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc operators [NAME...]</c>: lists the operators, what is inferred for them, and which TensorRT releases run them.</summary>
internal static class OperatorsCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("operators", "Lists the known operators, and which TensorRT releases run them.");
        var names = new Argument<string[]>("NAME")
        { Description = "Only these operators, or all whose name contains the text.", Arity = ArgumentArity.ZeroOrMore };
        var target = new Option<string?>("--target")
        { Description = "Only what this TensorRT release runs. Default: all releases, with what changed.", HelpName = "RELEASE" };
        var markdown = new Option<bool>("--markdown") { Description = "Print the page compiler/Operators/README.md." };
        var json = new Option<bool>("--json") { Description = "Print one JSON array." };
        var operators = new OperatorsOption();
        command.Add(names);
        command.Add(OptionGroup.Common, target, operators.Option, markdown, json);
        OptionOf.Exclusive(command, markdown, json);
        OptionOf.Refuse(command, result => result.GetValue(markdown) ? $"with {markdown.Name}" : null, target, operators.Option);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(markdown))
            {
                Console.Out.Write(OperatorReport.Markdown());
                return (int)ExitCode.Ok;
            }
            TensorRtRelease? release = parsed.GetValue(target) is { } text ? PlanSettings.TargetOf(text).Release : null;
            OperatorEntry[] entries = Chosen(
                [.. OperatorEntry.Of(ModelReader.Operators(operators.Files(parsed)), release)], parsed.GetValue(names) ?? []);
            if (parsed.GetValue(json)) Console.Out.WriteLine(
                JsonSerializer.Serialize(entries.Select(OperatorsView.Data), JsonOutput.Options));
            else OperatorsView.Write(entries, release);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The operators with these names. If a name does not exist: the operators whose names contain it.</summary>
    private static OperatorEntry[] Chosen(OperatorEntry[] all, string[] names)
    {
        if (names.Length == 0) return all;
        var chosen = new List<OperatorEntry>();
        foreach (string name in names)
        {
            OperatorEntry[] found = [.. all.Where(e => e.Op.ToString() == name || e.Op.Type == name)];
            if (found.Length == 0) found = [.. all.Where(e => e.Op.ToString().Contains(name, StringComparison.OrdinalIgnoreCase))];
            if (found.Length == 0) throw OperatorCodes.UnknownOperator.Error(name, "no operator has this name, or contains it in its name");
            chosen.AddRange(found.Where(f => !chosen.Contains(f)));
        }
        return [.. chosen];
    }
}
