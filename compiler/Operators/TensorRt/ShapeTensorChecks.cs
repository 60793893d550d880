namespace GraphPartition.Operators.TensorRt;

/// <summary>What conditions ask of the values that give sizes.</summary>
internal static class ShapeTensorChecks
{
    /// <summary>
    /// A value of two or more dimensions on the way from shapes to a size. TensorRT 8.x computes sizes from scalars and lists only. What
    /// comes from outside of the engine is a list already, or the node would not take it.
    /// </summary>
    /// <returns>The value, or null.</returns>
    public static Value? Table(Value size, Surroundings graph)
    {
        var pending = new Stack<Value>([size]);
        var seen = new HashSet<Value>();
        while (pending.TryPop(out Value? value))
        {
            if (!seen.Add(value) || value.IsConstant || !graph.IsInside(value)) continue;
            if (value.Shape is { Rank: > 1 }) return value;
            if (graph.ProducerOf(value) is not { } node || node.Op.Is("Shape") || node.Op.Is("Size")) continue;
            foreach (Value? input in node.Inputs)
                if (input is { ElementType: ElementType.Int64 or ElementType.Int32 }) pending.Push(input);
        }
        return null;
    }
}
