using System.Text.RegularExpressions;

namespace GraphPartition.TrtTables;

/// <summary>A C++ member declaration, parsed as far as calling it needs.</summary>
internal sealed partial record Signature(string Name, string Returns, IReadOnlyList<Parameter> Parameters)
{
    public static Signature Parse(string name, string decl)
    {
        if (name.StartsWith('~'))
        {
            return new Signature(name, "void", []);
        }

        Match match = Declaration().Match(Spaces().Replace(decl, " "));
        if (!match.Success || match.Groups["name"].Value != name)
        {
            throw new InvalidDataException($"cannot read the declaration of {name}: {decl}");
        }

        var parameters = match.Groups["params"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select((text, index) => Parameter.Parse(text, index));
        return new Signature(name, Parameter.Plain(match.Groups["returns"].Value), [.. parameters]);
    }

    /// <summary>Whether both are called alike, whatever their parameters are called.</summary>
    public bool CalledAs(Signature other) =>
        Returns == other.Returns && Parameters.Select(p => p.Type).SequenceEqual(other.Parameters.Select(p => p.Type));

    [GeneratedRegex(@"^(?<returns>.+?)\s*\b(?<name>\w+)\((?<params>.*)\)\s*(const)?\s*(noexcept)?$")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}

/// <summary>A parameter: its type without const, spaces and namespace, and its name.</summary>
internal sealed partial record Parameter(string Type, string Name)
{
    public static Parameter Parse(string text, int index)
    {
        text = Constness().Replace(text.Replace("[[maybe_unused]]", "").Split('=')[0], " ").Trim();
        Match named = Named().Match(text);
        return named.Success
            ? new Parameter(Plain(named.Groups["type"].Value), named.Groups["name"].Value)
            : new Parameter(Plain(text), $"argument{index}");
    }

    public static string Plain(string type) =>
        Constness().Replace(type, "").Replace("nvinfer1::", "").Replace("std::", "").Replace(" ", "");

    [GeneratedRegex(@"^(?<type>.*[\w*&]\s+|.*[*&]\s*)(?<name>\w+)$")]
    private static partial Regex Named();

    [GeneratedRegex(@"\bconst\b")]
    private static partial Regex Constness();
}
