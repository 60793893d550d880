using System.CommandLine;
using System.Globalization;
using GraphPartition.Gpc.Options;

namespace GraphPartition.Gpc.Help;

/// <summary>Writes the help of one command in two columns.</summary>
/// <param name="output">Where to write.</param>
/// <param name="width">The width of a line.</param>
internal sealed class HelpWriter(TextWriter output, int width)
{
    private const int Column = 34;

    private static readonly Dictionary<OptionGroup, string> Titles = new()
    {
        [OptionGroup.Common] = "Options",
        [OptionGroup.Load] = "Load on a server (docs/serving.md)",
        [OptionGroup.Batching] = "Batches and queues (docs/serving.md)",
        [OptionGroup.Models] = "Loading models",
        [OptionGroup.Protection] = "Protection and limits",
        [OptionGroup.Operation] = "Operation",
        [OptionGroup.Operators] = "Operators of your own (docs/operators.md)",
        [OptionGroup.Running] = "Running and comparing",
        [OptionGroup.Engines] = "TensorRT engines (docs/engines.md)",
        [OptionGroup.Cuda] = "The fallback on an NVIDIA GPU (docs/gpu.md)",
        [OptionGroup.Passes] = "Passes before planning",
        [OptionGroup.Constraints] = "Constraints on engines",
    };

    /// <summary>Writes the help of a command.</summary>
    public void Write(Command command)
    {
        WriteWrapped(command.Description ?? "", 0);
        output.WriteLine();
        string path = string.Join(' ', Ancestors(command).Reverse());
        output.WriteLine($"Usage: {path}{(command.Subcommands.Count > 0 ? " COMMAND" : UsageOf(command))} [options]");
        if (command.Arguments.Count > 0) output.WriteLine();
        foreach (Argument argument in command.Arguments) WriteRow(argument.Name, argument.Description ?? "");
        if (command.Subcommands.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("Commands:");
            foreach (Command inner in command.Subcommands) WriteRow(inner.Name + UsageOf(inner), inner.Description ?? "");
            output.WriteLine();
            output.WriteLine($"'{path} COMMAND --help' shows the options of a command.");
        }
        foreach (IGrouping<OptionGroup, Option> group in command.Options.Where(o => !o.Hidden)
            .GroupBy(o => (command as GpcCommand)?.GroupOf(o) ?? OptionGroup.Common).OrderBy(g => g.Key))
        {
            output.WriteLine();
            output.WriteLine($"{Titles[group.Key]}:");
            foreach (Option option in group) WriteRow(NameOf(option), DescriptionOf(option));
        }
    }

    private static IEnumerable<string> Ancestors(Symbol symbol)
    {
        for (Symbol? at = symbol; at is not null; at = at.Parents.FirstOrDefault()) yield return at is RootCommand ? "gpc" : at.Name;
    }

    private static string UsageOf(Command command) => string.Concat(command.Arguments.Select(a => ' ' + UsageOf(a)));

    private static string UsageOf(Argument argument) => argument.Arity switch
    {
        { MinimumNumberOfValues: > 0, MaximumNumberOfValues: > 1 } => $"{argument.Name}...",
        { MinimumNumberOfValues: > 0 } => argument.Name,
        { MaximumNumberOfValues: > 1 } => $"[{argument.Name}...]",
        _ => $"[{argument.Name}]",
    };

    private static string NameOf(Option option)
    {
        string names = string.Join(", ",
            option.Aliases.Append(option.Name).Where(n => n[0] == '-').Order(StringComparer.Ordinal).Reverse());
        if (option.ValueType == typeof(bool) || option.Arity.MaximumNumberOfValues == 0) return names;
        return $"{names} {option.HelpName ?? option.Name.TrimStart('-').ToUpperInvariant()}";
    }

    private static string DescriptionOf(Option option)
    {
        string text = option.Description ?? "";
        if (option.Required) return $"{text} [required]";
        if (!option.HasDefaultValue || option.ValueType == typeof(bool)) return text;
        return option.GetDefaultValue() switch
        {
            null or "" or Array => text,
            IFormattable number => $"{text} [default: {number.ToString(null, CultureInfo.InvariantCulture)}]",
            var value => $"{text} [default: {value}]",
        };
    }

    private void WriteRow(string name, string description)
    {
        string left = $"  {name}";
        if (left.Length > Column - 2)
        {
            output.WriteLine(left);
            left = "";
        }
        output.Write(left.PadRight(Column));
        WriteWrapped(description, Column);
    }

    /// <summary>Writes text in lines that are not too long; lines after the first are indented.</summary>
    private void WriteWrapped(string text, int indent)
    {
        int length = indent;
        bool isFirst = true;
        foreach (string word in text.Split(' '))
        {
            if (!isFirst && length + 1 + word.Length > width)
            {
                output.Write($"\n{new string(' ', indent)}");
                length = indent;
                isFirst = true;
            }
            output.Write(isFirst ? word : $" {word}");
            length += word.Length + (isFirst ? 0 : 1);
            isFirst = false;
        }
        output.WriteLine();
    }
}
