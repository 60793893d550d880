namespace GraphPartition.Ir.Graphs;

/// <summary>A map from values, <c>default</c> for values without an entry. Like <see cref="ValueSet"/> it needs no hashing.</summary>
public sealed class ValueMap<T>
{
    private readonly PageTable<T> _items = new();

    /// <summary>The entry of a value.</summary>
    public T? this[Value value] => _items[value.Number];

    /// <summary>A reference to the entry of a value, for writing.</summary>
    public ref T Place(Value value) => ref _items.Place(value.Number);
}
