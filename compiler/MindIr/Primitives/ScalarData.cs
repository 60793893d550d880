namespace GraphPartition.MindIr.Primitives;

/// <summary>Scalars of a given element type.</summary>
internal static class ScalarData
{
    /// <summary>The number as a scalar of that type. Throws <see cref="ImportFault"/> where the type holds no numbers.</summary>
    public static TensorData Of(ElementType type, double number) => Numbers.Scalar(type, number)
        ?? throw new ImportFault(MindIrCodes.UnsupportedUse, $"a constant of type {type.Keyword()} is needed");
}
