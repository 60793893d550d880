namespace GraphPartition.MindIr.Decode;

/// <summary>MindSpore's two ways of numbering element types.</summary>
internal static class ElementNumbers
{
    /// <summary>
    /// TensorProto.DataType, as tensors, attributes and dtype constants have it. Up to 16 the numbers are ONNX's; 17 is another
    /// name of the 64-bit float (in ONNX it is an 8-bit one).
    /// </summary>
    public static ElementType OfDataType(int number) => number switch
    {
        0 => ElementType.Undefined,
        17 => ElementType.Float64,
        18 => throw new ImportFault(MindIrCodes.PackedWeights, "the element type is QINT4X2, two quantized numbers in a byte"),
        > 0 and <= 16 => (ElementType)number,
        _ => throw new ImportFault(ModelCodes.BadTensor, $"the element type has the unknown number {number}"),
    };

    /// <summary>
    /// TypeId (mindapi/base/type_id.h), which arguments of primitive functions have. Numbers above 45 moved between releases and
    /// are refused.
    /// </summary>
    public static ElementType OfTypeId(long number) => number switch
    {
        30 => ElementType.Bool,
        32 => ElementType.Int8,
        33 => ElementType.Int16,
        31 or 34 => ElementType.Int32,
        35 => ElementType.Int64,
        37 => ElementType.UInt8,
        38 => ElementType.UInt16,
        36 or 39 => ElementType.UInt32,
        40 => ElementType.UInt64,
        42 => ElementType.Float16,
        41 or 43 => ElementType.Float32,
        44 => ElementType.Float64,
        45 => ElementType.BFloat16,
        _ => throw new ImportFault(MindIrCodes.UnsupportedUse,
            $"the element type has the TypeId {number}, whose meaning depends on the MindSpore release"),
    };
}
