using System.CommandLine;
using System.CommandLine.Parsing;
using System.Numerics;

namespace GraphPartition.Gpc.Options;

/// <summary>Makes options of common kinds.</summary>
internal static class OptionOf
{
    /// <summary>One of several words; the first is the default.</summary>
    public static Option<string> Choice(string name, string description, params string[] values)
    {
        var option = new Option<string>(name)
        {
            Description = description,
            HelpName = string.Join('|', values),
            DefaultValueFactory = _ => values[0],
        };
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    /// <summary>Several of several words.</summary>
    public static Option<string[]> Choices(string name, string description, params string[] values)
    {
        var option = new Option<string[]>(name) { Description = description, HelpName = string.Join('|', values) };
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    /// <summary>A file that a picture is written to: .svg, or a page.</summary>
    public static Option<string?> Picture(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "FILE" };
        option.Validators.Add(result =>
        {
            if (Path.GetExtension(result.Tokens is [.., var file] ? file.Value : "").ToLowerInvariant() is not (".svg" or ".html" or ".htm"))
                result.AddError($"{name} writes SVG: the name of the file ends in .svg or .html");
        });
        return option;
    }

    /// <summary>A finite number that is not too small.</summary>
    public static Option<T> Number<T>(string name, string valueName, string description, T least, T? otherwise = default)
        where T : struct, INumber<T>
    {
        var option = new Option<T>(name)
        { Description = description, HelpName = valueName, DefaultValueFactory = _ => otherwise ?? default };
        option.Validators.Add(result =>
        {
            if (result is { Implicit: false, Tokens.Count: 1 }) Check(result.GetValueOrDefault<T>(), least, name, result.AddError);
        });
        return option;
    }

    /// <summary>A finite number that is not too small, or none.</summary>
    public static Option<T?> OptionalNumber<T>(string name, string valueName, string description, T least)
        where T : struct, INumber<T>
    {
        var option = new Option<T?>(name) { Description = description, HelpName = valueName };
        option.Validators.Add(result =>
        {
            if (result is { Implicit: false, Tokens.Count: 1 } && result.GetValueOrDefault<T?>() is { } value) Check(
                value, least, name, result.AddError);
        });
        return option;
    }

    /// <summary>A limit, or none. The planner checks it and names it in its message.</summary>
    public static Option<T?> Limit<T>(string name, string valueName, string description) where T : struct =>
        new(name) { Description = description, HelpName = valueName };

    /// <summary>Refuses a command line that has more than one of these options.</summary>
    public static void Exclusive(Command command, params Option[] options) => command.Validators.Add(result =>
    {
        Option[] given = [.. options.Where(option => result.GetResult(option) is { Implicit: false })];
        if (given.Length > 1) result.AddError($"{given[1].Name} has no effect with {given[0].Name}");
    });

    /// <summary>Refuses options that have no effect, as things are.</summary>
    /// <param name="command">The command.</param>
    /// <param name="why">Why, for instance <c>without --engines</c>; null: they have an effect.</param>
    /// <param name="options">The options.</param>
    public static void Refuse(Command command, Func<CommandResult, string?> why, params Option[] options) =>
        command.Validators.Add(result =>
        {
            if (why(result) is not { } reason) return;
            foreach (Option option in options)
                if (result.GetResult(option) is { Implicit: false }) result.AddError($"{option.Name} has no effect {reason}");
        });

    /// <summary>Whether the command line has any of these options.</summary>
    public static bool AnyGiven(ParseResult parsed, params ReadOnlySpan<Option> options)
    {
        foreach (Option option in options)
            if (parsed.GetResult(option) is { Implicit: false }) return true;
        return false;
    }

    /// <summary>The same, in a validator.</summary>
    public static bool AnyGiven(CommandResult result, params ReadOnlySpan<Option> options)
    {
        foreach (Option option in options)
            if (result.GetResult(option) is { Implicit: false }) return true;
        return false;
    }

    private static void Check<T>(T value, T least, string name, Action<string> fail) where T : INumber<T>
    {
        if (!T.IsFinite(value) || value < least) fail($"{name} takes a number of at least {least}, not {value}");
    }
}
