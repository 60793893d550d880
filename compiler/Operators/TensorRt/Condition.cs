
namespace GraphPartition.Operators.TensorRt;

/// <summary>Something that must hold of a node before TensorRT takes it, as the support file writes it: <c>rank(0,4)</c>.</summary>
/// <param name="text">The condition as written; the rule that a "no" names.</param>
/// <param name="check">The reason why it does not hold, or null.</param>
/// <param name="around">The reason why it does not hold in a graph, or null; null for a condition on the node alone.</param>
internal sealed class Condition(string text, Func<Node, string?> check, Func<Node, Surroundings, string?>? around)
{
    /// <summary>The reason why the node does not meet the condition, or null where it does.</summary>
    public string? Objection(Node node) => check(node);

    /// <summary>Whether the condition is about the nodes around the node, too.</summary>
    public bool IsAboutSurroundings => around is not null;

    /// <summary>The reason why the node does not meet the condition in its graph, or null where it does.</summary>
    public string? Objection(Node node, Surroundings graph) => around?.Invoke(node, graph);

    /// <summary>The condition as the file writes it.</summary>
    public override string ToString() => text;

    /// <summary>Whether a text is a condition: <c>name</c> or <c>name(argument,...)</c>, with a known name.</summary>
    public static bool IsCondition(string text) => Conditions.All.ContainsKey(text.Split('(')[0]);

    /// <summary>Reads <c>name</c> or <c>name(argument,...)</c>. An argument may be a condition itself.</summary>
    /// <exception cref="FormatException">There is no such condition.</exception>
    public static Condition Parse(string text)
    {
        int open = text.IndexOf('(');
        string name = open < 0 ? text : text[..open];
        if (!Conditions.All.TryGetValue(name, out ConditionKind? kind)) throw new FormatException($"'{name}' is not a condition");
        string[] arguments = open < 0 ? [] : Arguments(text[(open + 1)..^1]);
        return new(text, kind.Make(arguments), kind.Around?.Invoke(arguments));
    }

    /// <summary>Splits a list at the commas that stand in no parentheses.</summary>
    private static string[] Arguments(string list)
    {
        List<string> arguments = [];
        int depth = 0, start = 0;
        for (int i = 0; i < list.Length; i++)
        {
            depth += list[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (list[i] != ',' || depth > 0) continue;
            arguments.Add(list[start..i]);
            start = i + 1;
        }
        arguments.Add(list[start..]);
        return [.. arguments];
    }
}

/// <summary>A kind of condition.</summary>
/// <param name="Meaning">How it is written and what it means, for people.</param>
/// <param name="Make">Makes the check from the arguments: the reason why a node does not meet the condition, or null.</param>
internal sealed record ConditionKind(string Meaning, Func<string[], Func<Node, string?>> Make)
{
    /// <summary>Makes the check of the node in its graph; null for a condition on the node alone.</summary>
    public Func<string[], Func<Node, Surroundings, string?>>? Around { get; init; }
}
