namespace GraphPartition.Ir.Graphs;

/// <summary>
/// Runs a model once for the compiler, which cannot run it itself, and tells the types of values as they came out.
/// </summary>
public interface IValueObserver
{
    /// <summary>Runs a model. Never throws because of the model.</summary>
    /// <param name="model">The model; values of its graph and of its bodies are observed.</param>
    Observation Observe(Model model);
}

/// <summary>What one run of a model showed, or why there was none.</summary>
/// <param name="Types">The type of each value that was seen; values of bodies that did not run are missing.</param>
/// <param name="Failure">Why the model did not run: it names the operator where one is at fault; null where it ran.</param>
public sealed record Observation(IReadOnlyDictionary<Value, ObservedType> Types, string? Failure)
{
    /// <summary>No run, with the reason.</summary>
    public static Observation Failed(string reason) => new(new Dictionary<Value, ObservedType>(), reason);
}

/// <summary>The type of a value in one run. A value in a loop's body is seen in each iteration.</summary>
/// <param name="Element">The element type, or <see cref="ElementType.Undefined"/> where it was not seen for certain.</param>
/// <param name="Min">The smallest sizes, outermost first; null where the rank was not the same each time.</param>
/// <param name="Max">The largest sizes; null as <paramref name="Min"/>.</param>
public sealed record ObservedType(ElementType Element, ImmutableArray<long>? Min, ImmutableArray<long>? Max)
{
    /// <summary>The number of dimensions, or null where it was not the same each time.</summary>
    public int? Rank => Min?.Length;

    /// <summary>What covers this and another sight of the same value.</summary>
    public ObservedType With(ElementType element, ReadOnlySpan<long> sizes)
    {
        ElementType both = element == Element ? element : ElementType.Undefined;
        if (Min is not { } min || Max is not { } max || min.Length != sizes.Length) return new(both, null, null);
        long[] least = [.. min], most = [.. max];
        for (int i = 0; i < sizes.Length; i++) (least[i], most[i]) = (Math.Min(least[i], sizes[i]), Math.Max(most[i], sizes[i]));
        return new(both, [.. least], [.. most]);
    }

    /// <summary>As a type is written, a range for each size that was not the same each time: <c>f32[1,3..7]</c>.</summary>
    public override string ToString() => Element.Keyword()
        + (Min is { } min && Max is { } max ? $"[{string.Join(',', min.Zip(max, (a, b) => a == b ? $"{a}" : $"{a}..{b}"))}]" : "[*]");
}
