using GraphPartition.Ir.Types;

namespace GraphPartition.Runtime.Scheduling;

/// <summary>Shapes of slots that follow from the shapes of the inputs.</summary>
internal static class SlotShapes
{
    /// <summary>
    /// For each slot its dimensions, or null if only the run shows them: if they depend on data, if shape inference found none, and if the
    /// value is not a tensor that can be in a buffer.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="inputs">The dimensions of each graph input; null for an input that is not a tensor.</param>
    public static long[]?[] Of(ExecutionPlan plan, IReadOnlyList<long[]?> inputs)
    {
        Dictionary<string, long?> sizes = SizesOf(plan, inputs);
        var shapes = new long[]?[plan.SlotCount];
        foreach (ExecutionStep step in plan.Steps)
            for (int i = 0; i < step.Outputs.Length; i++) shapes[step.Outputs[i]] = Resolve(step.Segment.Outputs[i].Type, sizes);
        for (int i = 0; i < plan.InputSlots.Length; i++)
            if (plan.Graph.Inputs[i].Type is TensorType type && IsPlaceable(type.Element)) shapes[plan.InputSlots[i]] = inputs[i];
        return shapes;
    }

    /// <summary>The bytes of a tensor.</summary>
    public static long BytesOf(ElementType element, ReadOnlySpan<long> dims)
    {
        long count = 1;
        foreach (long d in dims) count *= d;
        return count * (element.Bits() / 8);
    }

    private static long[]? Resolve(IrType type, Dictionary<string, long?> sizes)
    {
        if (type is not TensorType { Shape: { } shape } tensor || !IsPlaceable(tensor.Element)) return null;
        var dims = new long[shape.Rank];
        for (int i = 0; i < dims.Length; i++)
        {
            if (shape[i].IsKnown) dims[i] = shape[i].Size;
            else if (shape[i].Symbol is { } symbol && sizes.GetValueOrDefault(symbol) is { } size) dims[i] = size;
            else return null;
        }
        return dims;
    }

    /// <summary>
    /// The size of each symbol; null if inputs contradict each other (some exporters give unrelated dimensions one name).
    /// </summary>
    private static Dictionary<string, long?> SizesOf(ExecutionPlan plan, IReadOnlyList<long[]?> inputs)
    {
        var sizes = new Dictionary<string, long?>();
        for (int i = 0; i < inputs.Count; i++)
        {
            if (plan.Graph.Inputs[i].Type is not TensorType { Shape: { } shape } || inputs[i] is not { } dims) continue;
            for (int axis = 0; axis < Math.Min(shape.Rank, dims.Length); axis++)
                if (shape[axis].Symbol is { } symbol)
                    sizes[symbol] = !sizes.TryGetValue(symbol, out long? known) || known == dims[axis] ? dims[axis] : null;
        }
        return sizes;
    }

    private static bool IsPlaceable(ElementType element) => element switch
    {
        ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16 or ElementType.Bool
            or ElementType.Int8 or ElementType.Int16 or ElementType.Int32 or ElementType.Int64
            or ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 or ElementType.UInt64 => true,
        _ => false,
    };
}
