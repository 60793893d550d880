namespace GraphPartition.Operators.Analysis;

/// <summary>What an analysis of bounds takes to be known of the inputs of a graph, and what it is about.</summary>
public sealed record BoundsQuestion
{
    /// <summary>
    /// Which numbers fit into a narrower type: any input of a type may have any of its numbers, and no dimension needs more than 32 bits.
    /// </summary>
    public static BoundsQuestion Numbers { get; } = new() { OpenSize = new(0, int.MaxValue), HasTypeRanges = true };

    /// <summary>
    /// Which sizes have a bound once those of the inputs have one: then any sizes of the inputs give the same answer. They are highly
    /// composite here, so that what a model divides them by divides them. Shapes that are inputs are the user's to give, too.
    /// </summary>
    public static BoundsQuestion Existence { get; } = new() { OpenSize = new(960, 960), OpenElement = new(1, 1) };

    /// <summary>The sizes in a run, with those of <see cref="Given"/>.</summary>
    public static BoundsQuestion Sizes { get; } = new() { EntersBodies = true };

    /// <summary>An input's dimension of which nothing is known; null: it has no bound.</summary>
    public IntegerRange? OpenSize { get; init; }

    /// <summary>An element of an input that may be a shape; null: it has no bound.</summary>
    public IntegerRange? OpenElement { get; init; }

    /// <summary>
    /// Whether the range of a 32-bit type bounds its numbers. It does for a narrower type, but no tensor has as many elements.
    /// </summary>
    public bool HasTypeRanges { get; init; }

    /// <summary>Whether bodies are entered also where nothing outside depends on them.</summary>
    public bool EntersBodies { get; init; }

    /// <summary>What the user gives of a value, wherever it is; null where nothing is given.</summary>
    public Func<Value, ValueBounds?>? Given { get; init; }
}
