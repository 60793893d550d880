using GraphPartition.Operators.Schemas;

namespace GraphPartition.Operators.TensorRt;

/// <summary>
/// A change to what the documents list of some operators: what the source of a parser says, or what a library did. A line of
/// <c>tensorrt.findings</c>.
/// </summary>
/// <param name="Operators">The operators.</param>
/// <param name="First">The first release that it holds for.</param>
/// <param name="Last">The last one, or null.</param>
/// <param name="Origin">Where it comes from: <c>source 10.1</c>, <c>tried rtx-1.6</c>.</param>
/// <param name="Changes">The changes, as the file writes them.</param>
internal sealed record Finding(
    ImmutableArray<string> Operators, TensorRtRelease First, TensorRtRelease? Last, string Origin, ImmutableArray<string> Changes)
{
    /// <summary>Whether it holds for a release.</summary>
    public bool IsAbout(TensorRtRelease release) => release.IsAtLeast(First) && (Last is not { } last || last.IsAtLeast(release));

    /// <summary>
    /// Reads <c>Clip,Relu 8.5..10.1: +i64 -bf16 +rank(0,2,8) -ones(dilations) | source 8.5</c>; <c>no</c> means not supported.
    /// </summary>
    /// <exception cref="FormatException">The line has another form.</exception>
    public static Finding Parse(string line)
    {
        int colon = line.IndexOf(": ", StringComparison.Ordinal), bar = line.LastIndexOf(" | ", StringComparison.Ordinal);
        if (colon < 0 || bar < colon) throw new FormatException($"tensorrt.findings: '{line}' has no ': ' or no ' | '");
        string[] head = line[..colon].Split(' ');
        string[] range = head[1].Split("..");
        return new([.. head[0].Split(',')], TensorRtFacts.Release(range[0]),
            range[1].Length > 0 ? TensorRtFacts.Release(range[1]) : null, line[(bar + 3)..], [.. line[(colon + 2)..bar].Split(' ')]);
    }

    /// <summary>The row with the changes; the same row where they change nothing.</summary>
    public TensorRtRow Apply(TensorRtRow row, SchemaReader types)
    {
        List<string> taken = row.Types is null ? [] : [.. row.Types.Text.Split('+')];
        ImmutableArray<Condition> conditions = row.Conditions;
        foreach (string change in Changes)
        {
            if (change == "no") return row.Types is null ? row : new(null, [], [.. row.Origins, Origin]);
            string what = change[1..];
            if (Condition.IsCondition(what))
                conditions = change[0] == '-' ? conditions.RemoveAll(c => c.ToString() == what)
                    : conditions.Any(c => c.ToString() == what) ? conditions : conditions.Add(Condition.Parse(what));
            else if (change[0] == '-') taken.Remove(what);
            else taken.AddRange(what.Split('+').Except(taken));
        }
        if (row.Types is null) return row; // a document that lists it as not supported holds
        TensorRtRow changed = new(types.Sum(string.Join('+', taken)), conditions, [.. row.Origins, Origin]);
        return changed.TakesTheSame(row) ? row : changed;
    }
}
