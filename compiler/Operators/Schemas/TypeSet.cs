namespace GraphPartition.Operators.Schemas;

/// <summary>The types that a parameter of an operator may have. Immutable.</summary>
public sealed class TypeSet
{
    private readonly uint _tensors; // bit i: a tensor of element type i
    private readonly uint _sparse;
    private readonly TypeSet? _sequence;
    private readonly TypeSet? _optional;
    private readonly ImmutableArray<MapType> _maps;

    internal TypeSet(string text, uint tensors, uint sparse, TypeSet? sequence, TypeSet? optional, ImmutableArray<MapType> maps)
    {
        Text = text;
        _tensors = tensors;
        _sparse = sparse;
        _sequence = sequence;
        _optional = optional;
        _maps = maps;
    }

    /// <summary>The set as the schema file writes it, for instance <c>float+bf16</c>.</summary>
    public string Text { get; }

    /// <summary>Whether tensors of this element type are in the set.</summary>
    public bool Allows(ElementType element) => (_tensors >> (int)element & 1) != 0;

    /// <summary>Whether a value of this type may be in the set: an unknown part of the type does not exclude it.</summary>
    public bool Allows(IrType type) => type switch
    {
        TensorType t => t.Element == ElementType.Undefined ? _tensors != 0 : Allows(t.Element),
        SparseTensorType t => t.Element == ElementType.Undefined ? _sparse != 0 : (_sparse >> (int)t.Element & 1) != 0,
        SequenceType s => _sequence is not null && _sequence.Allows(s.Element),
        OptionalType o => _optional is not null && _optional.Allows(o.Element),
        MapType m => AllowsMap(m),
        _ => true,
    };

    /// <summary>The set as bits: bit e for tensors of element type e, bit 0 for everything that is not a dense tensor.</summary>
    internal uint Candidates => HasOnlyTensors ? _tensors : _tensors | 1;

    /// <summary>Whether every type in the set is a dense tensor.</summary>
    public bool HasOnlyTensors => _sparse == 0 && _sequence is null && _optional is null && _maps.IsEmpty;

    /// <summary>The one type in the set, where there is exactly one and it is a tensor; else <see cref="ElementType.Undefined"/>.</summary>
    public ElementType OnlyElement =>
        HasOnlyTensors && uint.IsPow2(_tensors) ? (ElementType)uint.Log2(_tensors) : ElementType.Undefined;

    /// <inheritdoc/>
    public override string ToString() => Text;

    private bool AllowsMap(MapType map)
    {
        foreach (MapType m in _maps)
            if (m.Key == map.Key && IrType.Merge(m.Value, map.Value) is not null) return true;
        return false;
    }
}
