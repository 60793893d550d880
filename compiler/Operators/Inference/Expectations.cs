namespace GraphPartition.Operators.Inference;

/// <summary>What <see cref="NodeChecks"/> expects of sizes, constants and attributes. What is not known fits.</summary>
internal static class Expectations
{
    private const int MostIndices = 4096; // larger constants are not read: they may be weights that are still on disk

    /// <summary>Reports a text attribute whose value is none of those that the operator knows.</summary>
    public static void OneOf(this NodeTyping n, string attribute, params ReadOnlySpan<string> values)
    {
        if (n.Attributes.Has(attribute) && n.Attributes.Text(attribute) is var text && !values.Contains(text))
            n.Report(ModelCodes.WrongAttribute, $"attribute '{attribute}' is '{text}', expected one of {string.Join(", ", values)}");
    }

    /// <summary>Reports an input of another rank, or with another size where both are known.</summary>
    public static void Expect(this NodeTyping n, int input, string what, params ReadOnlySpan<Dim> dims)
    {
        if (n.Shape(input) is not { } shape) return;
        bool fits = shape.Rank == dims.Length;
        for (int i = 0; fits && i < dims.Length; i++) fits = !shape[i].IsKnown || !dims[i].IsKnown || shape[i] == dims[i];
        if (!fits) n.Contradiction($"{what} is {shape}, expected {new Shape(dims)}");
    }

    /// <summary>Reports a missing attribute that the schema calls optional.</summary>
    public static void Require(this NodeTyping n, string attribute)
    {
        if (!n.Attributes.Has(attribute)) n.Report(OperatorCodes.MissingAttribute, $"expected an attribute '{attribute}', found none");
    }

    /// <summary>Reports counts, where they are given, that are 0 or less: kernels divide by them, some without a look.</summary>
    public static void Positive(this NodeTyping n, params ReadOnlySpan<string> attributes)
    {
        foreach (string attribute in attributes)
            if (n.Int(attribute, 1) < 1)
                n.Report(ModelCodes.WrongAttribute, $"attribute '{attribute}' is {n.Int(attribute)}, expected at least 1");
    }

    /// <summary>Reports a known number that heads or groups cannot share.</summary>
    public static void Shares(this NodeTyping n, Dim number, Dim parts, string what)
    {
        if (number.IsKnown && parts is { IsKnown: true, Size: > 0 } && number.Size % parts.Size != 0)
            n.Contradiction($"the {number} {what} cannot be shared by {parts}");
    }

    /// <summary>Whether a tensor can be spread over another, as far as sizes are known.</summary>
    public static bool Spreads(Shape from, Shape over)
    {
        if (from.Rank > over.Rank) return false;
        for (int i = 1; i <= from.Rank; i++)
            if (from[^i].IsKnown && !from[^i].Is(1) && over[^i].IsKnown && from[^i] != over[^i]) return false;
        return true;
    }

    /// <summary>A known product; unknown where the size is a symbol.</summary>
    public static Dim Product(Dim size, long factor) =>
        DimMath.Mul(size, DimMath.Size(factor)) is { IsKnown: true } product ? product : default;

    /// <summary>The axis of the first input, counted from the front; null where it has none such, which the types report.</summary>
    public static int? AxisOf(this NodeTyping n, string attribute, long otherwise)
    {
        if (n.Shape(0) is not { } shape) return null;
        long axis = n.Int(attribute, otherwise);
        return axis >= -shape.Rank && axis < shape.Rank ? (int)(axis < 0 ? axis + shape.Rank : axis) : null;
    }

    /// <summary>Reports a constant index that an axis of the first input does not have.</summary>
    public static void InRange(this NodeTyping n, int input, int axis)
    {
        if (n.Dim(0, axis) is { IsKnown: true } size && Indices(n, input) is { } indices)
            foreach (long index in indices)
                if (!IsInside(index, size.Size))
                {
                    n.Contradiction($"index {index} is outside dimension {axis} of {n.Shape(0)}");
                    return;
                }
    }

    /// <summary>The same of indices whose last axis names a place in the axes of the data behind those of the batch.</summary>
    public static void Addresses(this NodeTyping n, int batch)
    {
        if (n.Shape(0) is not { } data || n.Shape(1) is not { Rank: > 0 } shape || !shape[^1].IsKnown
            || Indices(n, 1) is not { } indices) return;
        int depth = (int)shape[^1].Size;
        if (batch < 0 || batch + depth > data.Rank) return;
        for (int i = 0; i < indices.Length; i++)
            if (data[batch + i % depth] is { IsKnown: true } size && !IsInside(indices[i], size.Size))
            {
                n.Contradiction($"index {indices[i]} is outside dimension {batch + i % depth} of {data}");
                return;
            }
    }

    private static bool IsInside(long index, long size) => index >= -size && index < size;

    private static long[]? Indices(NodeTyping n, int input) => n.Node.Input(input)?.Data is { ElementCount: > 0 and <= MostIndices } data
        ? data.ToIntegers(MostIndices) : null;
}
