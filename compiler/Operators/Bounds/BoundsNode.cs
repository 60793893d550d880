namespace GraphPartition.Operators.Bounds;

/// <summary>A node as the rules about sizes see it.</summary>
/// <param name="node">The node.</param>
/// <param name="walk">The walk.</param>
public sealed class BoundsNode(Node node, IBoundsWalk walk)
{
    private readonly ValueBounds?[] _results = new ValueBounds?[node.Outputs.Length];

    /// <summary>The node itself.</summary>
    public Node Node => node;

    /// <summary>The walk.</summary>
    public IBoundsWalk Walk => walk;

    /// <summary>Whether the input is given.</summary>
    public bool Has(int input) => node.Input(input) is not null;

    /// <summary>What is known of an input.</summary>
    public ValueBounds In(int input) => node.Input(input) is { } value ? walk[value] : ValueBounds.Unknown;

    /// <summary>The range of an input's dimension, or null. A negative axis counts from the back.</summary>
    public IntegerRange? Size(int input, long axis) =>
        In(input).Sizes is { } sizes && Axis(axis, sizes.Count) is { } at ? sizes[at] : null;

    /// <summary>The range of the number of elements of an input, or null.</summary>
    public IntegerRange? Count(int input) => In(input).Sizes is { } sizes ? Product(sizes) : null;

    /// <summary>The range of all elements of an input, or null.</summary>
    public IntegerRange? Numbers(int input) => In(input).Numbers.Range;

    /// <summary>The range of the one element of an input, or null.</summary>
    public IntegerRange? Number(int input) => In(input).Elements is [var only] ? only : Numbers(input);

    /// <summary>The elements of an input where each is known exactly, else null.</summary>
    public long[]? Exact(int input) =>
        In(input).Elements is { } elements && elements.All(e => e is { IsExact: true }) ? [.. elements.Select(e => e!.Value.Least)] : null;

    /// <summary>An axis counted from the front; null where the rank does not have it.</summary>
    public static int? Axis(long axis, int rank) => axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis) : null;

    /// <summary>The product of sizes; null where one has no bound. No size is negative.</summary>
    public static IntegerRange? Product(IEnumerable<IntegerRange?> sizes)
    {
        IntegerRange? product = new IntegerRange(1, 1);
        foreach (IntegerRange? size in sizes) product = size is { } s ? product?.Times(s) : null;
        return product;
    }

    /// <summary>
    /// The outputs where all open sizes and elements of the inputs are at the least ends of their ranges, or all at the greatest. What
    /// has no bound is unknown there.
    /// </summary>
    public NodeInference? End(bool greatest) => walk.Infer(node, [.. node.Inputs.Select(v => v is null ? null : End(v, greatest))]);

    /// <summary>Bounds the sizes of an output.</summary>
    public void Set(int output, IReadOnlyList<IntegerRange?>? sizes, IReadOnlyList<IntegerRange?>? elements = null,
        IntegerRange? numbers = null) => Set(output, new ValueBounds(sizes, elements, NumberFact.In(numbers)));

    /// <summary>Sets what holds of an output.</summary>
    public void Set(int output, ValueBounds bounds)
    {
        if (output < _results.Length) _results[output] = bounds;
    }

    /// <summary>What was set for an output, or null.</summary>
    public ValueBounds? Result(int output) => _results[output];

    private Value End(Value value, bool greatest)
    {
        if (value.IsConstant || value.Type is not TensorType type) return value;
        ValueBounds bounds = walk[value];
        Shape? shape = bounds.Sizes is not { } sizes ? null
            : new Shape([.. sizes.Select(s => s is { } r ? DimMath.Size(End(r)) : Dim.Unknown)]);
        ImmutableArray<Dim>? elements = bounds.Elements is { } known && known.Any(e => e is not null)
            ? [.. known.Select(e => e is { } r ? DimMath.Of(End(r)) : Dim.Unknown)] : null;
        return new Value(value.Name, type with { Shape = shape }, null, elements);

        long End(IntegerRange range) => greatest ? range.Most : range.Least;
    }
}
