namespace GraphPartition.MindIr.Primitives;

/// <summary>Scalars of a given element type.</summary>
internal static class ScalarData
{
    /// <summary>The number as a scalar of that type. Throws <see cref="ImportFault"/> where the type holds no numbers.</summary>
    public static TensorData Of(ElementType type, double number) => type switch
    {
        ElementType.Float32 => TensorData.Scalar(type, (float)number),
        ElementType.Float64 => TensorData.Scalar(type, number),
        ElementType.Float16 => TensorData.Scalar(type, (Half)number),
        // Round to nearest even: the upper half of the float, with what is cut off added first.
        ElementType.BFloat16 => TensorData.Scalar(type, (ushort)((BitConverter.SingleToUInt32Bits((float)number)
            + 0x7FFF + ((BitConverter.SingleToUInt32Bits((float)number) >> 16) & 1)) >> 16)),
        ElementType.Int64 => TensorData.Scalar(type, (long)number),
        ElementType.UInt64 => TensorData.Scalar(type, (ulong)number),
        ElementType.Int32 => TensorData.Scalar(type, (int)number),
        ElementType.UInt32 => TensorData.Scalar(type, (uint)number),
        ElementType.Int16 => TensorData.Scalar(type, (short)number),
        ElementType.UInt16 => TensorData.Scalar(type, (ushort)number),
        ElementType.Int8 => TensorData.Scalar(type, (sbyte)number),
        ElementType.UInt8 => TensorData.Scalar(type, (byte)number),
        ElementType.Bool => TensorData.Scalar(type, number != 0),
        _ => throw new ImportFault(MindIrCodes.UnsupportedUse, $"a constant of type {type.Keyword()} is needed"),
    };
}
