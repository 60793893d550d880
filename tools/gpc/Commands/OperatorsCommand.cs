using System.CommandLine;
using System.Text.Json;
using GraphPartition.Foundation;
using GraphPartition.Gpc.View;
using GraphPartition.Operators;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc operators [NAME...]</c>: the table of operators, what is inferred, and what TensorRT releases take.</summary>
internal static class OperatorsCommand
{
    public static Command Create()
    {
        var command = new Command("operators", "List operators: what is inferred of their outputs, and what TensorRT takes of them.");
        var names = new Argument<string[]>("NAME") { Description = "Only these operators, or all whose name holds the text.", Arity = ArgumentArity.ZeroOrMore };
        var target = new Option<string?>("--target") { Description = "Only what this TensorRT release takes; else what changes with which release." };
        var markdown = new Option<bool>("--markdown") { Description = "Print the page compiler/Operators/README.md." };
        var json = new Option<bool>("--json") { Description = "Print one JSON array." };
        command.Add(names);
        command.Add(target);
        var operators = new OperatorsOption(command);
        command.Add(markdown);
        command.Add(json);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(markdown))
            {
                Console.Out.Write(OperatorReport.Markdown());
                return (int)ExitCode.Ok;
            }
            TensorRtRelease? release = parsed.GetValue(target) is { } text ? ModelArguments.Target(text).Release : null;
            OperatorEntry[] entries = Chosen([.. OperatorEntry.Of(operators.Table(parsed), release)], parsed.GetValue(names) ?? []);
            if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(entries.Select(OperatorsView.Data), RunView.Json));
            else OperatorsView.Write(entries, release);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The operators of these names; where there is none of a name, those whose names hold it.</summary>
    private static OperatorEntry[] Chosen(OperatorEntry[] all, string[] names)
    {
        if (names.Length == 0) return all;
        var chosen = new List<OperatorEntry>();
        foreach (string name in names)
        {
            OperatorEntry[] found = [.. all.Where(e => e.Op.ToString() == name || e.Op.Type == name)];
            if (found.Length == 0) found = [.. all.Where(e => e.Op.ToString().Contains(name, StringComparison.OrdinalIgnoreCase))];
            if (found.Length == 0) throw Codes.UnknownOperator.Error(name, "no operator has this name or holds it in its name");
            chosen.AddRange(found.Where(f => !chosen.Contains(f)));
        }
        return [.. chosen];
    }
}
