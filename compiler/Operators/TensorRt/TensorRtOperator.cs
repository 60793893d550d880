namespace GraphPartition.Operators.TensorRt;

/// <summary>
/// What one release of TensorRT takes of one operator, for tables; <see cref="OperatorTable.SupportOf"/> decides on nodes.
/// </summary>
/// <param name="Name">The operator of the standard domain.</param>
/// <param name="Since">The release since which this holds.</param>
/// <param name="IsSupported">Whether it is supported at all.</param>
/// <param name="Types">The element types that it is supported for.</param>
/// <param name="Conditions">What must hold besides, as <c>tensorrt.support</c> writes it.</param>
public sealed record TensorRtOperator(
    string Name, TensorRtRelease Since, bool IsSupported, ImmutableArray<ElementType> Types, ImmutableArray<string> Conditions)
{
    /// <summary>The operators that a release lists, supported or not, by name.</summary>
    public static IEnumerable<TensorRtOperator> All(TensorRtRelease release)
    {
        foreach (string name in TensorRtFacts.Default.Operators.Order(StringComparer.Ordinal))
            if (Find(name, release) is { } found) yield return found;
    }

    /// <summary>What a release takes of an operator, or null where it does not list it.</summary>
    public static TensorRtOperator? Find(string name, TensorRtRelease release) =>
        TensorRtFacts.Default.Find(name, release) is { } row ? Of(name, row) : null;

    /// <summary>An operator's history: what holds since which release, oldest first.</summary>
    public static IEnumerable<TensorRtOperator> History(string name)
    {
        foreach (TensorRtRow row in TensorRtFacts.Default.Rows(name)) yield return Of(name, row);
    }

    /// <summary>How each kind of condition is written and what it means.</summary>
    public static IReadOnlyDictionary<string, string> Meanings { get; } =
        GraphPartition.Operators.TensorRt.Conditions.All.ToDictionary(k => k.Key, k => k.Value.Meaning);

    /// <summary>The kind of a condition: what stands before its arguments.</summary>
    public static string KindOf(string condition) => condition.Split('(')[0];

    private static TensorRtOperator Of(string name, TensorRtRow row)
    {
        var types = ImmutableArray.CreateBuilder<ElementType>();
        foreach (ElementType type in Enum.GetValues<ElementType>())
            if (row.Types?.Allows(type) == true) types.Add(type);
        return new(name, row.Since, row.Types is not null, types.ToImmutable(), [.. row.Conditions.Select(c => c.ToString())]);
    }
}
