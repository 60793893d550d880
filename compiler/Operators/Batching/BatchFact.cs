namespace GraphPartition.Operators.Batching;

/// <summary>
/// What is known of a value. Where <see cref="Axis"/> is set, the value is made of rows: along that axis, the samples of each request
/// are one piece, and the piece is what the request gives when it runs alone. All else in the value and in its other sizes is the
/// same for every batch. One sample may be several rows, always equally many.
/// </summary>
public sealed record BatchFact
{
    private BatchFact(int axis, ImmutableArray<Extent> dims, ImmutableArray<Extent> elements)
    {
        Axis = axis;
        Dims = dims;
        Elements = elements;
    }

    /// <summary>The axis of the rows; -1: the value has none.</summary>
    public int Axis { get; }

    /// <summary>The sizes; default where the rank is not known, which is so only of values without rows.</summary>
    public ImmutableArray<Extent> Dims { get; }

    /// <summary>The elements of a small tensor of sizes, in row-major order; default where they are not known.</summary>
    public ImmutableArray<Extent> Elements { get; }

    /// <summary>The only element; null where it is not known, or there are others.</summary>
    public Extent? Only => Elements is { IsDefault: false, Length: 1 } ? Elements[0] : null;

    /// <summary>The elements where all are numbers; else null.</summary>
    public long[]? Numbers => Elements.IsDefault || Elements.Any(e => !e.IsNumber) ? null : [.. Elements.Select(e => e.Number)];

    /// <summary>The same without its elements: what a computation gives that keeps the shape.</summary>
    public BatchFact Computed => new(Axis, Dims, default);

    /// <summary>The rank; -1 where it is not known.</summary>
    public int Rank => Dims.IsDefault ? -1 : Dims.Length;

    /// <summary>Whether the value is made of rows.</summary>
    public bool HasRows => Axis >= 0;

    /// <summary>Whether the size of the batch is among its elements.</summary>
    public bool CountsRows => !Elements.IsDefault && Elements.Any(e => e.HasBatch);

    /// <summary>Whether the value is the same for every batch.</summary>
    public bool IsFixed => !HasRows && !CountsRows;

    /// <summary>A value that is the same for every batch.</summary>
    /// <param name="dims">Its sizes; default where they are not known.</param>
    public static BatchFact Fixed(ImmutableArray<Extent> dims = default) => new(-1, dims, default);

    /// <summary>A value of rows.</summary>
    /// <param name="axis">The axis of the rows.</param>
    /// <param name="dims">Its sizes.</param>
    public static BatchFact Rows(int axis, ImmutableArray<Extent> dims) => new(axis, dims, default);

    /// <summary>A vector or a scalar of sizes.</summary>
    /// <param name="elements">The elements.</param>
    /// <param name="isScalar">Whether it has rank 0.</param>
    public static BatchFact Sizes(ImmutableArray<Extent> elements, bool isScalar) =>
        new(-1, isScalar ? [] : [elements.Length], elements);

    /// <summary>Rows along this axis, or none where it is negative.</summary>
    /// <param name="axis">The axis of the rows.</param>
    /// <param name="dims">The sizes.</param>
    public static BatchFact Of(int axis, ImmutableArray<Extent> dims) => axis < 0 ? Fixed(dims) : Rows(axis, dims);

    /// <summary>
    /// A value of these sizes whose elements do not tell one sample from another: it has rows where one size is the batch's.
    /// </summary>
    /// <param name="dims">The sizes.</param>
    /// <returns>Null where two sizes are the batch's.</returns>
    public static BatchFact? Uniform(ImmutableArray<Extent> dims)
    {
        int[] rows = [.. Enumerable.Range(0, dims.Length).Where(i => dims[i].HasBatch)];
        return rows.Length > 1 || rows.Any(i => dims[i].Batches > 1) ? null : Of(rows.Length == 0 ? -1 : rows[0], dims);
    }

    /// <summary>The same with other sizes.</summary>
    public BatchFact With(ImmutableArray<Extent> dims) => new(Axis, dims, Elements);
}
