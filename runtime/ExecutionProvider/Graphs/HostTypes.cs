namespace GraphPartition.ExecutionProvider.Graphs;

/// <summary>Types of the host as protobuf messages of ONNX.</summary>
internal static unsafe class HostTypes
{
    private const int Tensor = 1, Sequence = 2; // ONNXType
    private const int SinceHasShape = 24;

    /// <summary>The type of a value; null where it is no tensor and no sequence of tensors, or not known.</summary>
    public static Proto.TypeProto? TypeOf(OrtHost ort, nint typeInfo)
    {
        if (typeInfo == 0) return null;
        switch ((int)ort.Get(ApiSlot.GetOnnxTypeFromTypeInfo, typeInfo))
        {
            case Tensor:
                nint info = ort.Get(ApiSlot.CastTypeInfoToTensorInfo, typeInfo);
                int element = (int)ElementOf((int)ort.Get(ApiSlot.GetTensorElementType, info));
                return element == 0 ? null : new() { TensorType = new() { ElemType = element, Shape = ShapeOf(ort, info) } };
            case Sequence:
                nint sequence = ort.Get(ApiSlot.CastTypeInfoToSequenceTypeInfo, typeInfo);
                nint inner = ort.Get(ApiSlot.GetSequenceElementType, sequence);
                try
                {
                    return TypeOf(ort, inner) is { } type ? new() { SequenceType = new() { ElemType = type } } : null;
                }
                finally
                {
                    ort.Release(ApiSlot.ReleaseTypeInfo, inner);
                }
            default:
                return null;
        }
    }

    /// <summary>The sizes of a tensor; -1 for one that is not known. Null: it is no tensor, or its rank is not known.</summary>
    public static ImmutableArray<long>? SizesOf(OrtHost ort, nint typeInfo)
    {
        if (typeInfo == 0 || (int)ort.Get(ApiSlot.GetOnnxTypeFromTypeInfo, typeInfo) != Tensor) return null;
        nint info = ort.Get(ApiSlot.CastTypeInfoToTensorInfo, typeInfo);
        return HasShape(ort, info) ? DimsOf(ort, info) : null;
    }

    /// <summary>The element type of a tensor; undefined where it is none.</summary>
    public static ElementType ElementTypeOf(OrtHost ort, nint typeInfo) =>
        typeInfo == 0 || (int)ort.Get(ApiSlot.GetOnnxTypeFromTypeInfo, typeInfo) != Tensor ? ElementType.Undefined
            : ElementOf((int)ort.Get(ApiSlot.GetTensorElementType, ort.Get(ApiSlot.CastTypeInfoToTensorInfo, typeInfo)));

    /// <summary>The sizes that OrtTensorTypeAndShapeInfo has.</summary>
    public static ImmutableArray<long> DimsOf(OrtHost ort, nint info)
    {
        var dims = new long[ort.Get(ApiSlot.GetDimensionsCount, info)];
        fixed (long* first = dims)
            if (dims.Length > 0)
                ort.Check(((delegate* unmanaged[Cdecl]<nint, long*, nuint, nint>)ort[ApiSlot.GetDimensions])(
                    info, first, (nuint)dims.Length), nameof(ApiSlot.GetDimensions));
        return [.. dims];
    }

    /// <summary>The element type of ONNX for one of ONNX Runtime; their newest three have other numbers.</summary>
    public static ElementType ElementOf(int type) => (ElementType)(type switch { 24 => 25, 25 => 26, 26 => 24, _ => type });

    /// <summary>The element type of ONNX Runtime for one of ONNX: the inverse of <see cref="ElementOf"/>.</summary>
    public static int NumberOf(ElementType type) => (int)type switch { 25 => 24, 26 => 25, 24 => 26, var same => same };

    private static Proto.TensorShapeProto? ShapeOf(OrtHost ort, nint info)
    {
        if (!HasShape(ort, info)) return null;
        ImmutableArray<long> dims = DimsOf(ort, info);
        var symbols = new nint[dims.Length];
        fixed (nint* first = symbols)
            if (dims.Length > 0)
                ort.Check(((delegate* unmanaged[Cdecl]<nint, nint*, nuint, nint>)ort[ApiSlot.GetSymbolicDimensions])(
                    info, first, (nuint)dims.Length), nameof(ApiSlot.GetSymbolicDimensions));
        var shape = new Proto.TensorShapeProto();
        for (int i = 0; i < dims.Length; i++)
        {
            var dim = new Proto.TensorShapeProto.Types.Dimension();
            if (dims[i] >= 0) dim.DimValue = dims[i];
            else if (OrtHost.Text(symbols[i]) is { Length: > 0 } symbol) dim.DimParam = symbol;
            shape.Dim.Add(dim);
        }
        return shape;
    }

    /// <summary>Older hosts give rank 0 where the rank is not known, so there only a rank above 0 is one.</summary>
    private static bool HasShape(OrtHost ort, nint info) => ort.Version >= SinceHasShape
        ? (byte)ort.Ask(ApiSlot.TensorTypeAndShape_HasShape, info) != 0
        : ort.Get(ApiSlot.GetDimensionsCount, info) > 0;
}
