using GraphPartition.Ir.Graphs;

namespace GraphPartition.TestModels.Layers;

/// <summary>A height and a width; one number means both.</summary>
/// <param name="Height">The height.</param>
/// <param name="Width">The width.</param>
public readonly record struct Extent(int Height, int Width)
{
    /// <summary>A square.</summary>
    public static implicit operator Extent(int size) => new(size, size);

    /// <summary>Height and width.</summary>
    public static implicit operator Extent((int Height, int Width) size) => new(size.Height, size.Width);

    /// <summary>The number of places.</summary>
    public int Area => Height * Width;

    /// <inheritdoc/>
    public override string ToString() => $"{Height} × {Width}";

    /// <summary>As an attribute.</summary>
    internal AttributeValue ToAttribute() => new long[] { Height, Width };

    /// <summary>As an attribute: the padding at top, left, bottom and right.</summary>
    internal AttributeValue ToPads() => new long[] { Height, Width, Height, Width };
}
