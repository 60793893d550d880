namespace GraphPartition.MindIr.Primitives;

/// <summary>The masks of a StridedSlice: bit i is about the i-th entry of the subscript.</summary>
internal readonly struct Subscript
{
    private readonly long _begin;
    private readonly long _end;
    private readonly long _new;
    private readonly long _shrink;

    public Subscript(PrimitiveCall c, int entries)
    {
        _begin = c.Int("begin_mask", 0);
        _end = c.Int("end_mask", 0);
        _new = c.Int("new_axis_mask", 0);
        _shrink = c.Int("shrink_axis_mask", 0);
        long ellipsis = c.Int("ellipsis_mask", 0);
        if (long.PopCount(ellipsis) > 1) throw c.Unsupported("has two ellipses");
        Ellipsis = ellipsis == 0 ? -1 : (int)long.TrailingZeroCount(ellipsis);
        for (int i = 0; i < entries; i++)
            if (i != Ellipsis && !IsNew(i)) AxesNamed++;
    }

    /// <summary>The entry that is an ellipsis, or -1.</summary>
    public int Ellipsis { get; }

    /// <summary>How many axes the entries are about, apart from those of an ellipsis.</summary>
    public int AxesNamed { get; }

    /// <summary>Whether the slice begins at the first element (the last, going backwards), and its begin is ignored.</summary>
    public bool BeginIsOpen(int entry) => Bit(_begin, entry);

    /// <summary>Whether the slice reaches to the end, and its end is ignored.</summary>
    public bool EndIsOpen(int entry) => Bit(_end, entry);

    /// <summary>Whether the entry adds an axis of size 1.</summary>
    public bool IsNew(int entry) => Bit(_new, entry);

    /// <summary>Whether the entry is an index, whose axis disappears. A new axis takes precedence.</summary>
    public bool IsShrunk(int entry) => Bit(_shrink, entry);

    private static bool Bit(long mask, int entry) => ((mask >> entry) & 1) != 0;
}
