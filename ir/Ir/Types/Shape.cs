using System.Collections;
using System.Runtime.CompilerServices;

namespace GraphPartition.Ir.Types;

/// <summary>The dimensions of a tensor whose rank is known. Immutable, compared by content.</summary>
public sealed class Shape : IReadOnlyList<Dim>, IEquatable<Shape>
{
    private readonly ImmutableArray<Dim> _dims;

    /// <summary>The shape of the given dimensions, outermost first.</summary>
    [OverloadResolutionPriority(1)] // a collection expression makes the array itself
    public Shape(ImmutableArray<Dim> dims) => _dims = dims.IsDefault ? [] : dims;

    /// <summary>The shape of the given dimensions, outermost first.</summary>
    public Shape(params ReadOnlySpan<Dim> dims) => _dims = dims.ToImmutableArray();

    /// <summary>Rank 0.</summary>
    public static Shape Scalar { get; } = new(ImmutableArray<Dim>.Empty);

    /// <summary>A shape of known dimensions.</summary>
    public static Shape Of(params ReadOnlySpan<long> sizes)
    {
        var dims = ImmutableArray.CreateBuilder<Dim>(sizes.Length);
        foreach (long size in sizes) dims.Add(size);
        return new(dims.MoveToImmutable());
    }

    /// <summary>A shape of <paramref name="rank"/> unknown dimensions.</summary>
    public static Shape OfRank(int rank) => new(ImmutableArray.Create(new Dim[rank]));

    /// <summary>The dimensions, outermost first.</summary>
    public ImmutableArray<Dim> Dims => _dims;

    /// <summary>The number of dimensions.</summary>
    public int Rank => _dims.Length;

    /// <summary>As <see cref="Rank"/>: a shape is a list, so that <c>shape[^1]</c> and list patterns read it.</summary>
    public int Count => _dims.Length;

    /// <summary>The dimension at <paramref name="axis"/>, 0 being the outermost.</summary>
    public Dim this[int axis] => _dims[axis];

    /// <summary>Whether every dimension is a known number.</summary>
    public bool IsStatic
    {
        get
        {
            foreach (Dim d in _dims)
                if (!d.IsKnown) return false;
            return true;
        }
    }

    /// <summary>The number of elements, or null where a dimension is not known or the product overflows 63 bits.</summary>
    public long? ElementCount
    {
        get
        {
            long count = 1;
            bool overflow = false;
            foreach (Dim d in _dims)
            {
                if (!d.IsKnown) return null;
                if (d.Size == 0) return IsStatic ? 0 : null;
                Int128 product = (Int128)count * d.Size;
                overflow |= product > long.MaxValue;
                count = overflow ? count : (long)product;
            }
            return overflow ? null : count;
        }
    }

    /// <summary>This shape with the dimension at <paramref name="axis"/> replaced.</summary>
    public Shape With(int axis, Dim dim) => new(_dims.SetItem(axis, dim));

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && _dims.AsSpan().SequenceEqual(other._dims.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (Dim d in _dims) hash.Add(d);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<Dim> GetEnumerator() => ((IEnumerable<Dim>)_dims).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(",", _dims)}]";
}
