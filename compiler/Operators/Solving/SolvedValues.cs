namespace GraphPartition.Operators.Solving;

/// <summary>What was solved, as types.</summary>
internal sealed class SolvedValues(ValueTable values, ElementClasses elements, int[] ranks)
{
    private readonly Dictionary<(ElementType, int), TensorType> _types = []; // few, of many values

    /// <summary>What is known of a value's type and what was solved; the very type of the value where nothing was.</summary>
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
