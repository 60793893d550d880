namespace GraphPartition.Compiler.Passes.Folding;

/// <summary>Makes constants from the elements of shape tensors that type inference knows.</summary>
internal static class ShapeArithmetic
{
    /// <summary>Whether type inference knows every element of every result of a node.</summary>
    public static bool Knows(Node node)
    {
        foreach (Value? result in node.Outputs)
            if (result is not null && (result.Elements is null || ToTensor(result) is null)) return false;
        return node.Outputs.Length > 0;
    }

    /// <summary>The tensor of a value whose elements are all known; negative elements are never known.</summary>
    /// <returns>The tensor, or null where an element is unknown or the type cannot hold it exactly.</returns>
    public static TensorData? ToTensor(Value value)
    {
        if (value.Elements is not { } elements || value.Shape?.ElementCount != elements.Length) return null;
        foreach (Dim d in elements)
            if (!d.IsKnown) return null;
        long[] dims = [.. value.Shape.Dims.Select(d => d.Size)];
        return value.ElementType switch
        {
            ElementType.Int64 => Of<long>(elements, dims, ElementType.Int64, n => n),
            ElementType.Int32 when elements.All(d => d.Size <= int.MaxValue) => Of(elements, dims, ElementType.Int32, n => (int)n),
            ElementType.Bool when elements.All(d => d.Size <= 1) => Of(elements, dims, ElementType.Bool, n => (byte)n),
            ElementType.Float32 when elements.All(d => d.Size <= 1 << 24) => Of(elements, dims, ElementType.Float32, n => (float)n),
            _ => null,
        };
    }

    private static TensorData Of<T>(ImmutableArray<Dim> elements, long[] dims, ElementType type, Func<long, T> convert) where T : unmanaged
    {
        var numbers = new T[elements.Length];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = convert(elements[i].Size);
        return TensorData.Of<T>(type, numbers, dims);
    }
}
