using GraphPartition.Ir.Tensors;

namespace GraphPartition.Runtime.MadeUp;

/// <summary>A node, for the rules that state what it demands of its inputs.</summary>
/// <param name="node">The node.</param>
/// <param name="analysis">Keeps the demands.</param>
internal readonly struct DemandNode(Node node, DemandAnalysis analysis)
{
    private const int MostElements = 4096; // of a constant that is read

    /// <summary>The node.</summary>
    public Node Node => node;

    /// <summary>What is demanded of the first output.</summary>
    public Demand Output => node.Output(0) is { } v ? analysis.Of(v) : Demand.None;

    /// <summary>The number of inputs.</summary>
    public int Inputs => node.Inputs.Length;

    /// <summary>Whether an input holds whole numbers.</summary>
    public bool IsInteger(int input) => node.Input(input)?.ElementType is ElementType.Int64 or ElementType.Int32 or ElementType.Int16
        or ElementType.Int8 or ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 or ElementType.UInt64;

    /// <summary>The rank of an input; null where it is not known.</summary>
    public int? Rank(int input) => node.Input(input)?.Shape?.Rank;

    /// <summary>A size of an input, of an axis that may count from the end; null where it is not known.</summary>
    public long? Dim(int input, long axis)
    {
        if (node.Input(input)?.Shape is not { } shape) return null;
        if (axis < 0) axis += shape.Rank;
        return axis >= 0 && axis < shape.Rank && shape[(int)axis].IsKnown ? shape[(int)axis].Size : null;
    }

    /// <summary>The sizes of an input; null where they are not all known.</summary>
    public long[]? Dims(int input) => node.Input(input)?.Shape is { IsStatic: true } shape ? [.. shape.Dims.Select(d => d.Size)] : null;

    /// <summary>The number of elements of an input; null where it is not known.</summary>
    public long? Count(int input) => node.Input(input)?.Shape?.ElementCount;

    /// <summary>The least and the greatest number of an input that is known; null where it is not.</summary>
    public (long Least, long Most)? Known(int input)
    {
        if (node.Input(input) is not { } value) return null;
        long[]? numbers = value.Data?.ToIntegers(MostElements)
            ?? (value.Data is { ElementCount: 1 } one && Numbers.IsReal(one.Element) && Numbers.At(one.Element, one.Bytes.Span, 0) is var x
                && x == Math.Floor(x) && Math.Abs(x) < 1e15 ? new[] { (long)x } : null)
            ?? (value.Elements is { IsEmpty: false } known && known.All(d => d.IsKnown) ? [.. known.Select(d => d.Size)] : null);
        return numbers is { Length: > 0 } ? (numbers.Min(), numbers.Max()) : null;
    }

    /// <summary>Demands something of an input, unless it is a constant.</summary>
    public void Need(int input, Demand demand)
    {
        if (node.Input(input) is { IsConstant: false } value) analysis.Need(value, demand);
    }

    /// <summary>Demands numbers in a range.</summary>
    public void Need(int input, long? least, long? most) => Need(input, Demand.In(least, most));

    /// <summary>Demands these elements, if an input has as many.</summary>
    public void NeedElements(int input, IEnumerable<long> elements)
    {
        if (Count(input) is { } count && elements.ToImmutableArray() is var all && all.Length == count && count > 0)
            Need(input, new Demand { Elements = all, Least = all.Min(), Most = all.Max() });
    }
}
