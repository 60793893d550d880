namespace GraphPartition.Ir.Graphs;

/// <summary>One thing for each value; <c>default</c> for those that were given none. As <see cref="ValueSet"/>, without hashing.</summary>
internal sealed class ValueMap<T>
{
    private readonly PageTable<T> _items = new();

    /// <summary>What the value has.</summary>
    public T? this[Value value] => _items[value.Number];

    /// <summary>Where to put what the value has.</summary>
    public ref T Place(Value value) => ref _items.Place(value.Number);
}
