using System.Collections.Concurrent;
using GraphPartition.Operators.Families;
using GraphPartition.Operators.Opsets;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>One change of an operator: the versions before and after, and how to convert a node, where that is not plain.</summary>
/// <param name="Old">The version before.</param>
/// <param name="New">The version after.</param>
/// <param name="Change">How to convert a node; null: the change only adds.</param>
internal sealed record OpsetStep(OperatorSchema Old, OperatorSchema New, OpsetChange? Change)
{
    /// <summary>True if both versions have the same attributes and defaults, so nodes need no rewriting.</summary>
    public bool IsFree { get; } = Change is null && OnlyAdds(Old, New) && OnlyAdds(New, Old);

    /// <summary>Upgrades a node from the old version to the new one.</summary>
    /// <returns>Null, or why that is impossible.</returns>
    public string? Up(NodeEdit edit) => Change is null ? Adapt(edit, Old, New) : Change.Up(edit);

    /// <summary>Downgrades a node from the new version to the old one.</summary>
    /// <returns>Null, or why that is impossible.</returns>
    public string? Down(NodeEdit edit)
    {
        OpName op = edit.Op;
        return Change?.Down?.Invoke(edit) ?? (edit.Op == op ? Adapt(edit, New, Old) : null);
    }

    /// <summary>
    /// Writes out defaults that differ in the other version, and removes attributes that it does not have if they are defaults.
    /// </summary>
    /// <returns>Null, or the attribute or input that the other version cannot express.</returns>
    private static string? Adapt(NodeEdit edit, OperatorSchema from, OperatorSchema to)
    {
        foreach (SchemaAttribute formal in from.Attributes)
        {
            AttributeValue? given = edit.Attributes[formal.Name];
            SchemaAttribute? there = to.Attribute(formal.Name);
            if (given is null && formal.Default is not null && there is not null && !Same(formal.Default, there.Default))
                edit.Set(formal.Name, formal.Default);
            if (given is null || there?.Kind == formal.Kind) continue;
            if (there is not null || !Same(given, formal.Default) && formal.Name != "consumed_inputs")
                return $"{formal.Name} = {Text(given)}";
            edit.Take(formal.Name);
        }
        return edit.Inputs.Count > to.MaxInputs ? $"input '{from.Input(to.MaxInputs)?.Name}' is not there" : null;
    }

    /// <summary>Whether the other version has all inputs and attributes, with the same defaults.</summary>
    private static bool OnlyAdds(OperatorSchema from, OperatorSchema to) =>
        from.MaxInputs <= to.MaxInputs &&
        from.Attributes.All(a => to.Attribute(a.Name) is { } there && there.Kind == a.Kind
            && (a.Default is null || Same(a.Default, there.Default)));

    private static bool Same(AttributeValue a, AttributeValue? b) => (a, b) switch
    {
        (IntAttribute x, IntAttribute y) => x.Value == y.Value,
        (FloatAttribute x, FloatAttribute y) => x.Value.Equals(y.Value),
        (StringAttribute x, StringAttribute y) => x.Bytes.Span.SequenceEqual(y.Bytes.Span),
        (IntsAttribute x, IntsAttribute y) => x.Values.SequenceEqual(y.Values),
        (FloatsAttribute x, FloatsAttribute y) => x.Values.SequenceEqual(y.Values),
        _ => false,
    };

    private static string Text(AttributeValue value) => value switch
    {
        IntAttribute a => $"{a.Value}",
        FloatAttribute a => $"{a.Value}",
        StringAttribute a => $"\"{a.Text}\"",
        IntsAttribute a => $"[{string.Join(", ", a.Values)}]",
        _ => "...",
    };
}

/// <summary>The changes of operators between two opsets, computed once for each.</summary>
internal static class OpsetSteps
{
    private static readonly ConcurrentDictionary<(OpName, int, int), ImmutableArray<OpsetStep>> Known = new();

    /// <summary>
    /// What changed in an operator after opset <paramref name="old"/> up to <paramref name="now"/>, oldest first; none where all
    /// of them are free.
    /// </summary>
    public static ImmutableArray<OpsetStep> Between(OpName op, int old, int now) => Known.GetOrAdd((op, old, now), Compute);

    private static ImmutableArray<OpsetStep> Compute((OpName Op, int Old, int Now) key)
    {
        var steps = ImmutableArray.CreateBuilder<OpsetStep>();
        ImmutableArray<OperatorSchema> versions = OperatorSchemas.Default.Versions(key.Op);
        ImmutableArray<OpsetChange> changes = OperatorDefinitions.Of(key.Op).Opsets;
        for (int i = 1; i < versions.Length; i++)
            if (versions[i].Since > key.Old && versions[i].Since <= key.Now)
                steps.Add(new(versions[i - 1], versions[i], changes.FirstOrDefault(c => c.Since == versions[i].Since)));
        return steps.All(s => s.IsFree) ? [] : steps.ToImmutable();
    }
}
