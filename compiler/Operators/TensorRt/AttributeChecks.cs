namespace GraphPartition.Operators.TensorRt;

/// <summary>What conditions ask of the attributes of a node.</summary>
internal static class AttributeChecks
{
    /// <summary>The number of an attribute; no whole number: the least integer, which no condition names.</summary>
    public static long Number(Node node, string attribute, long otherwise) => node.Attributes[attribute] switch
    {
        IntAttribute i => i.Value,
        FloatAttribute f => f.Value == MathF.Floor(f.Value) ? (long)f.Value : long.MinValue,
        _ => otherwise,
    };

    /// <summary>The integers of an attribute, or null where it is missing.</summary>
    public static ImmutableArray<long>? List(Node node, string attribute) =>
        node.Attributes.Ints(attribute) is { IsDefault: false } list ? list : null;

    /// <summary>Why a list of names is not without those behind the first argument; case does not matter.</summary>
    /// <returns>The reason, or null.</returns>
    public static string? Without(Node node, string[] arguments) =>
        node.Attributes[arguments[0]] is StringsAttribute list
        && list.Texts.FirstOrDefault(t => arguments.Skip(1).Contains(t, StringComparer.OrdinalIgnoreCase)) is { } found
            ? $"'{found}' in attribute '{arguments[0]}' is not taken" : null;

    /// <summary>The activations of the backward direction must be those of the forward one.</summary>
    /// <returns>The reason, or null.</returns>
    public static string? SameActivations(Node node)
    {
        if (node.Attributes.Text("direction") != "bidirectional"
            || node.Attributes["activations"] is not StringsAttribute list) return null;
        ImmutableArray<string> names = [.. list.Texts];
        return names.Length % 2 == 0
            && names[..(names.Length / 2)].SequenceEqual(names[(names.Length / 2)..], StringComparer.OrdinalIgnoreCase)
            ? null : $"both directions must have the same activations; here they are {string.Join(", ", names)}";
    }
}
