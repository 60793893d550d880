using System.Collections.Immutable;
using GraphPartition.Ir;

namespace GraphPartition.Compiler.Operators;

/// <summary>Python slices along axes: https://onnx.ai/onnx/operators/onnx__Slice.html.</summary>
internal static class Slice
{
    public static void Infer(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape) return;
        ImmutableArray<Dim>? starts = Numbers(n, 1, "starts"), ends = Numbers(n, 2, "ends");
        int? count = starts?.Length ?? ends?.Length ?? (n.Shape(1) is [{ IsKnown: true } length] ? (int)length.Size : null);
        long[]? axes = n.HasInts(3, "axes") ? n.Ints(3, "axes") : count is { } c ? [.. Enumerable.Range(0, c).Select(i => (long)i)] : null;
        long[]? steps = n.Has(4) ? n.Ints(4) : axes is null ? null : [.. Enumerable.Repeat(1L, axes.Length)];
        if (axes is null)
        {
            n.Set(0, Shape.OfRank(shape.Rank));
            return;
        }
        Dim[] dims = [.. shape];
        ImmutableArray<Dim>? elements = n.Elements(0);
        for (int i = 0; i < axes.Length; i++)
        {
            if (n.Axis(axes[i], shape.Rank) is not { } axis) return;
            if (i < starts?.Length && i < ends?.Length && i < steps?.Length && steps[i] != 0)
            {
                (Dim start, Dim end, long step) = (starts.Value[i], ends.Value[i], steps[i]);
                dims[axis] = Length(shape[axis], start, end, step);
                elements = elements is { } e && shape.Rank == 1 ? Picked(e, start, end, step) : null;
            }
            else
            {
                dims[axis] = Dim.Unknown;
                elements = null;
            }
        }
        n.Set(0, new Shape(dims), elements);
    }

    private static ImmutableArray<Dim>? Numbers(NodeTyping n, int input, string attribute) =>
        n.Has(input) ? n.Elements(input) : n.Attributes.Ints(attribute) is { IsDefault: false } old ? [.. old.Select(DimMath.Of)] : null;

    /// <summary>ceil((end - start) / step) after both are clamped to the dimension.</summary>
    private static Dim Length(Dim size, Dim start, Dim end, long step)
    {
        if (size.IsKnown && DimMath.Number(start) is { } s && DimMath.Number(end) is { } e)
        {
            (long from, long to) = Clamp(size.Size, s, e, step);
            return Math.Max(0, (to - from + step - Math.Sign(step)) / step);
        }
        if (step < 1 || size.IsUnknown) return WholeReversed(size, start, end, step);
        Dim first = start.Is(1) ? 1 : Counted(size, start), last = Counted(size, end);
        if (first.IsUnknown || last.IsUnknown) return Dim.Unknown;
        return DimMath.AsDim(DimMath.CeilDiv(DimMath.Sub(last, first), step));
    }

    /// <summary>x[::-1] keeps its length.</summary>
    private static Dim WholeReversed(Dim size, Dim start, Dim end, long step) =>
        step == -1 && DimMath.Number(start) is -1 or > int.MaxValue / 2 && DimMath.Number(end) < -int.MaxValue / 2 ? size : Dim.Unknown;

    /// <summary>
    /// A bound counted from the front for a symbolic size. A number may lie beyond the end or before the beginning, and then
    /// the slice is shorter; only the first and the last element are taken to be there (as a name such as <c>n-1</c> says).
    /// </summary>
    private static Dim Counted(Dim size, Dim bound) => DimMath.Number(bound) switch
    {
        0 => 0,
        >= int.MaxValue => size,
        -1 when !size.IsKnown => DimMath.Sub(size, 1),
        null when bound == size => size,
        _ => Dim.Unknown,
    };

    private static ImmutableArray<Dim>? Picked(ImmutableArray<Dim> from, Dim start, Dim end, long step)
    {
        if (DimMath.Number(start) is not { } s || DimMath.Number(end) is not { } e) return null;
        (long first, long last) = Clamp(from.Length, s, e, step);
        var picked = ImmutableArray.CreateBuilder<Dim>();
        for (long i = first; step > 0 ? i < last : i > last; i += step) picked.Add(from[(int)i]);
        return picked.ToImmutable();
    }

    private static (long From, long To) Clamp(long size, long start, long end, long step)
    {
        if (start < 0) start += size;
        if (end < 0) end += size;
        return step > 0
            ? (Math.Clamp(start, 0, size), Math.Clamp(end, 0, size))
            : (Math.Clamp(start, -1, size - 1), Math.Clamp(end, -1, size - 1));
    }
}
