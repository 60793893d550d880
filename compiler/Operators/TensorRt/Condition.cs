using System.Collections.Frozen;

namespace GraphPartition.Operators.TensorRt;

/// <summary>Something that must hold of a node before TensorRT takes it, as the support file writes it: <c>rank(0,4)</c>.</summary>
/// <param name="text">The condition as written; the rule that a "no" names.</param>
/// <param name="check">The reason why it does not hold, or null.</param>
internal sealed class Condition(string text, Func<Node, string?> check)
{
    private static readonly FrozenDictionary<string, ConditionKind> Kinds = Conditions.All.ToFrozenDictionary();

    /// <summary>The reason why the node does not meet the condition, or null where it does.</summary>
    public string? Objection(Node node) => check(node);

    /// <summary>The condition as the file writes it.</summary>
    public override string ToString() => text;

    /// <summary>Reads <c>name</c> or <c>name(argument,...)</c>.</summary>
    public static Condition Parse(string text)
    {
        int open = text.IndexOf('(');
        string name = open < 0 ? text : text[..open];
        string[] arguments = open < 0 ? [] : text[(open + 1)..^1].Split(',');
        return Kinds.TryGetValue(name, out ConditionKind? kind)
            ? new(text, kind.Make(arguments)) : throw new FormatException($"'{name}' is no condition");
    }
}

/// <summary>A kind of condition.</summary>
/// <param name="Meaning">How it is written and what it means, for people.</param>
/// <param name="Make">Makes the check from the arguments: the reason why a node does not meet the condition, or null.</param>
internal sealed record ConditionKind(string Meaning, Func<string[], Func<Node, string?>> Make);
