namespace GraphPartition.MindIr.Decode;

/// <summary>
/// TensorProto to <see cref="TensorData"/>: a view of the parsed file or of a mapped file of weights. Sizes are checked before
/// anything is allocated or mapped. Throws <see cref="ImportFault"/>.
/// </summary>
internal sealed class TensorDecoder(ExternalFiles weights, bool encrypted)
{
    private const int MaxRank = 64;

    /// <summary>Whether the message holds a tensor; one without data is an element type.</summary>
    public static bool HasData(TensorProto tensor) =>
        tensor.HasRawData || tensor.ExternalData is not null || tensor.Dims.Count > 0;

    public TensorData Decode(TensorProto tensor)
    {
        if (tensor.CompressionType != TensorProto.Types.CompressionType.NoCompression)
            throw new ImportFault(MindIrCodes.PackedWeights, $"the tensor is compressed ({tensor.CompressionType})");
        if (tensor.QuantParams.Count > 0)
            throw new ImportFault(MindIrCodes.PackedWeights, $"the tensor is quantized ({tensor.QuantParams[0].QuantAlgoName})");
        ElementType type = ElementNumbers.OfDataType(tensor.DataType);
        if (type is ElementType.Undefined or ElementType.String)
            throw new ImportFault(ModelCodes.BadTensor, $"a tensor of {type.Keyword()} cannot have raw data");

        ImmutableArray<long> dims = [.. tensor.Dims];
        long bytes = ByteCount(type, dims);
        if (tensor.ExternalData is { } external) return External(external, type, dims, bytes);
        if (tensor.RawData.Length != bytes)
            throw new ImportFault(ModelCodes.BadTensor,
                $"{Describe(type, dims)} needs {bytes} bytes, there are {tensor.RawData.Length}");
        return new MemoryTensor(type, dims, tensor.RawData.Memory);
    }

    private static long ByteCount(ElementType type, ImmutableArray<long> dims)
    {
        if (dims.Length > MaxRank) throw new ImportFault(ModelCodes.BadTensor, $"the rank is {dims.Length}");
        foreach (long d in dims)
            if (d < 0) throw new ImportFault(ModelCodes.BadTensor, $"a dimension is {d}");
        try
        {
            return type.ByteCount(TensorData.CountOf(dims));
        }
        catch (OverflowException)
        {
            throw new ImportFault(ModelCodes.BadTensor, $"the dimensions [{string.Join(",", dims)}] multiply to more than any memory");
        }
    }

    /// <summary>
    /// Raw bytes at an offset of a file beside the model. Such a file starts with 64 bytes, of which the first gives the byte
    /// order: 1 for little-endian.
    /// </summary>
    private FileTensor External(TensorProto.Types.ExternalDataProto external, ElementType type, ImmutableArray<long> dims, long bytes)
    {
        if (encrypted)
            throw new ImportFault(MindIrCodes.UnsupportedCipher, "the weights beside the model are encrypted too, tensor by tensor");
        if (external.Length != bytes)
            throw new ImportFault(ModelCodes.BadExternalData,
                $"{Describe(type, dims)} needs {bytes} bytes, the declared length is {external.Length}");
        MappedFile file = weights.Open(external.Location, out string? fault)
            ?? throw new ImportFault(ModelCodes.BadExternalData, fault!);
        if (external.Offset < 0 || external.Offset > file.Length - bytes)
            throw new ImportFault(ModelCodes.BadExternalData,
                $"'{external.Location}' has {file.Length} bytes, {bytes} are needed from {external.Offset}");
        if (external.Offset > 0 && file.Slice(0, 1).Span[0] == 0)
            throw new ImportFault(MindIrCodes.UnsupportedMindIr, $"'{external.Location}' is big-endian, by its first byte");
        return new FileTensor(type, dims, file, external.Offset);
    }

    private static string Describe(ElementType type, ImmutableArray<long> dims) => $"{type.Keyword()}[{string.Join(",", dims)}]";
}
