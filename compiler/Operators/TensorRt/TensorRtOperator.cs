namespace GraphPartition.Operators.TensorRt;

/// <summary>
/// What releases of TensorRT take of an operator: a row of <c>gpc operators</c>. Conditions are the text that
/// <see cref="Meanings"/> explains; <see cref="OperatorTable.SupportOf(Graph, TensorRtTarget, IReadOnlySet{string})"/> decides on nodes.
/// </summary>
/// <param name="Name">The operator of the standard domain.</param>
/// <param name="Since">The release since which this holds.</param>
/// <param name="IsSupported">Whether it is supported at all.</param>
/// <param name="Types">The element types that it is supported for.</param>
/// <param name="Conditions">What must hold besides, as <c>tensorrt.support</c> and <c>tensorrt.findings</c> write it.</param>
public sealed record TensorRtOperator(
    string Name, TensorRtRelease Since, bool IsSupported, ImmutableArray<ElementType> Types, ImmutableArray<string> Conditions)
{
    /// <summary>
    /// Where this comes from: <c>documented</c>, then what changed the document's row: <c>source 10.1</c> (the parser's source),
    /// <c>tried rtx-1.6</c> (what that library did).
    /// </summary>
    public ImmutableArray<string> Origins { get; init; } = [];

    /// <summary>The operators that a release lists, supported or not, by name.</summary>
    public static IEnumerable<TensorRtOperator> All(TensorRtRelease release)
    {
        foreach (string name in TensorRtFacts.Default.Operators.Order(StringComparer.Ordinal))
            if (Find(name, release) is { } found) yield return found;
    }

    /// <summary>What a release takes of an operator, and since when.</summary>
    /// <returns>The row; null where no document of the release lists the operator.</returns>
    public static TensorRtOperator? Find(string name, TensorRtRelease release)
    {
        if (TensorRtFacts.Default.Of(release).Find(name) is not { } row) return null;
        TensorRtRelease since = release.WithoutPatch;
        while (Before(since) is { } before && TensorRtFacts.Default.Of(before).Find(name)?.TakesTheSame(row) == true) since = before;
        return Of(name, since, row);
    }

    /// <summary>What the document of a release lists, without what sources and trials changed.</summary>
    /// <returns>The row; null where the document does not list the operator. TensorRT-RTX has no documents.</returns>
    public static TensorRtOperator? Documented(string name, TensorRtRelease release) =>
        TensorRtFacts.Default.Documented(name, release) is { } row ? Of(name, release, row) : null;

    /// <summary>An operator's history: what holds since which release, oldest first, TensorRT before TensorRT-RTX.</summary>
    public static IEnumerable<TensorRtOperator> History(string name)
    {
        foreach (KnownRelease known in KnownRelease.All)
            if (Find(name, known.Release) is { } found && found.Since == known.Release) yield return found;
    }

    /// <summary>How each kind of condition is written and what it means.</summary>
    public static IReadOnlyDictionary<string, string> Meanings { get; } =
        GraphPartition.Operators.TensorRt.Conditions.All.ToDictionary(k => k.Key, k => k.Value.Meaning);

    /// <summary>The kind of a condition: what stands before its arguments.</summary>
    public static string KindOf(string condition) => condition.Split('(')[0];

    /// <summary>The release before; before the first one of TensorRT-RTX, the release of TensorRT with the same parser.</summary>
    private static TensorRtRelease? Before(TensorRtRelease release)
    {
        int at = KnownRelease.All.IndexOf(KnownRelease.Find(release)!);
        return at == 0 ? null : KnownRelease.All[at - 1].Release.IsRtx == release.IsRtx ? KnownRelease.All[at - 1].Release
            : KnownRelease.All[at].SameParserAs;
    }

    private static TensorRtOperator Of(string name, TensorRtRelease since, TensorRtRow row)
    {
        var types = ImmutableArray.CreateBuilder<ElementType>();
        foreach (ElementType type in Enum.GetValues<ElementType>())
            if (row.Types?.Allows(type) == true) types.Add(type);
        return new(name, since, row.Types is not null, types.ToImmutable(), [.. row.Conditions.Select(c => c.ToString())])
        {
            Origins = [.. row.Origins.Distinct()],
        };
    }
}
