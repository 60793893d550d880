namespace GraphPartition.Operators.Solving;

/// <summary>The solved element types and ranks, as types.</summary>
internal sealed class SolvedValues(ValueTable values, ElementClasses elements, int[] ranks)
{
    private readonly Dictionary<(ElementType, int), TensorType> _types = []; // few, of many values

    /// <summary>The type of a value with the solved parts; the same object as the value's type if nothing was solved.</summary>
    public IrType TypeOf(Value value)
    {
        if (!ValueTable.IsOpen(value.Type) || values.IdOf(value) is not (>= 0 and var id)) return value.Type;
        ElementType element = value.ElementType == ElementType.Undefined ? elements[id] : value.ElementType;
        if (element == value.ElementType && (ranks[id] < 0 || value.Shape is not null)) return value.Type;
        if (value.Shape is { } known) return IrType.Tensor(element, known);
        if (!_types.TryGetValue((element, ranks[id]), out TensorType? type))
            _types.Add((element, ranks[id]), type = IrType.Tensor(element, ranks[id] < 0 ? null : Shape.OfRank(ranks[id])));
        return type;
    }
}
