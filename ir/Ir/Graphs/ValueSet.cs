namespace GraphPartition.Ir.Graphs;

/// <summary>
/// A set of values. The values of a graph are made in the order of its nodes, so one bit for each number in that order takes
/// less than a hash table and needs no hashing: sets of values are the working memory of builder, verifier and passes.
/// </summary>
public sealed class ValueSet
{
    private readonly PageTable<ulong> _bits = new();

    /// <summary>The set of these values.</summary>
    public static ValueSet Of(ImmutableArray<Value> values)
    {
        var set = new ValueSet();
        foreach (Value value in values) set.Add(value);
        return set;
    }

    /// <summary>Adds a value; false if it was in the set.</summary>
    public bool Add(Value value)
    {
        ref ulong bits = ref _bits.Place(value.Number >> 6);
        ulong bit = 1ul << (int)value.Number; // the shift takes the low six bits of its count
        if ((bits & bit) != 0) return false;
        bits |= bit;
        return true;
    }

    /// <summary>Whether the value is in the set.</summary>
    public bool Contains(Value value) => (_bits[value.Number >> 6] >> (int)value.Number & 1) != 0;

    /// <summary>Removes a value.</summary>
    public void Remove(Value value) => _bits.Place(value.Number >> 6) &= ~(1ul << (int)value.Number);
}
