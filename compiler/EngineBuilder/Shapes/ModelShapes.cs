namespace GraphPartition.EngineBuilder.Shapes;

/// <summary>
/// The shapes that a model must accept: for inputs, and for inner values whose sizes depend on data. Missing shapes follow from the
/// others: an optimum alone is minimum and maximum too.
/// </summary>
public sealed record ModelShapes
{
    /// <summary>No shapes: enough for a model whose inputs are static.</summary>
    public static ModelShapes None { get; } = new();

    /// <summary>The smallest shapes, by name.</summary>
    public IReadOnlyDictionary<string, long[]> Min { get; init; } = new Dictionary<string, long[]>();

    /// <summary>The shapes to optimize for.</summary>
    public IReadOnlyDictionary<string, long[]> Opt { get; init; } = new Dictionary<string, long[]>();

    /// <summary>The largest shapes.</summary>
    public IReadOnlyDictionary<string, long[]> Max { get; init; } = new Dictionary<string, long[]>();

    /// <summary>Every name that has a shape.</summary>
    public IEnumerable<string> Names => Min.Keys.Concat(Opt.Keys).Concat(Max.Keys).Distinct();

    /// <summary>Minimum, optimum and maximum of a name.</summary>
    internal (long[] Min, long[] Opt, long[] Max) Of(string name)
    {
        long[]? min = Min.GetValueOrDefault(name), opt = Opt.GetValueOrDefault(name), max = Max.GetValueOrDefault(name);
        opt ??= max ?? min!;
        return (min ?? opt, opt, max ?? opt);
    }
}
