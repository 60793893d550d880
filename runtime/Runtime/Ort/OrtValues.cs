using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime.Options;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Ort;

/// <summary>Converts values between the IR and ONNX Runtime. Element types have the same numbers on both sides (those of ONNX).</summary>
public static class OrtValues
{
    /// <summary>A new value in host memory; the caller disposes it.</summary>
    /// <param name="value">The value.</param>
    /// <param name="type">Its type; needed for an empty sequence, which has no element to show its type.</param>
    /// <exception cref="ModelException">ONNX Runtime's C# API cannot create such a value (GP5004).</exception>
    public static OrtValue ToOrt(DataValue value, IrType? type = null) => value switch
    {
        TensorValue v => ToOrt(v.Data),
        SequenceValue { Items.IsEmpty: true } => type is SequenceType { Element: TensorType { Element: var element } }
            && element != ElementType.Undefined
            ? EmptySequence(element) : throw RuntimeCodes.BadInput.Error("", "the element type of an empty sequence is not known"),
        SequenceValue v => OrtValue.CreateSequence([.. v.Items.Select(item => ToOrt(item))]), // the sequence owns its items
        // ONNX Runtime takes the value itself for a present optional.
        OptionalValue { Item: { } item } => ToOrt(item, (type as OptionalType)?.Element),
        OptionalValue when type is OptionalType optional => Made("Optional", type, "type", new TypeAttribute(optional.Element)),
        _ => throw RuntimeCodes.BadInput.Error("", $"a {value.GetType().Name} cannot be passed to ONNX Runtime"),
    };

    /// <summary>
    /// A new value in host memory with a copy of <paramref name="tensor"/>; the caller disposes it. A type that the C# API lacks is carried
    /// by another (<see cref="CarriedTypes"/>).
    /// </summary>
    /// <exception cref="ModelException">No type can carry the elements (GP5013).</exception>
    public static OrtValue ToOrt(TensorData tensor)
    {
        tensor = CarriedTypes.Carry(tensor);
        OrtAllocator allocator = OrtAllocator.DefaultInstance;
        long[] dims = [.. tensor.Dims];
        if (tensor is StringTensor strings)
        {
            OrtValue text = OrtValue.CreateTensorWithEmptyStrings(allocator, dims);
            for (int i = 0; i < strings.Values.Length; i++) text.StringTensorSetElementAt(strings.Values[i].Span, i);
            return text;
        }
        OrtValue value = OrtValue.CreateAllocatedTensorValue(allocator, (TensorElementType)tensor.Element, dims);
        if (tensor.ByteCount > 0) tensor.Bytes.Span.CopyTo(value.GetTensorMutableRawData());
        return value;
    }

    /// <summary>A copy of a value in host memory; the caller disposes it.</summary>
    public static OrtValue Copy(OrtValue value)
    {
        if (!value.IsTensor)
        {
            if (ToData(value) is not SequenceValue { Items.IsEmpty: true } and var data) return ToOrt(data);
            return EmptySequence((ElementType)value.GetTypeInfo().SequenceTypeInfo.ElementType.TensorTypeAndShapeInfo.ElementDataType);
        }
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        if (info.IsString) return ToOrt(ToTensor(value));
        OrtValue copy = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, info.ElementDataType, info.Shape);
        if (info.ElementCount > 0) value.GetTensorMutableRawData().CopyTo(copy.GetTensorMutableRawData());
        return copy;
    }

    /// <summary>The address of a tensor's first byte, on the host or on a device; 0 if it has none.</summary>
    internal static unsafe nint AddressOf(OrtValue tensor)
    {
        fixed (byte* bytes = tensor.GetTensorMutableRawData()) return (nint)bytes;
    }

    /// <summary>A copy of a value, in the type that it carries.</summary>
    /// <param name="value">The value.</param>
    /// <param name="type">The type that the model declares.</param>
    public static DataValue ToData(OrtValue value, IrType type) =>
        type is TensorType { Element: var element } && value.OnnxType == OnnxValueType.ONNX_TYPE_TENSOR
            ? new TensorValue(CarriedTypes.Restore(ToTensor(value), element)) : ToData(value);

    /// <summary>A copy of a value.</summary>
    public static DataValue ToData(OrtValue value)
    {
        switch (value.OnnxType)
        {
            case OnnxValueType.ONNX_TYPE_TENSOR: return ToTensor(value);
            case OnnxValueType.ONNX_TYPE_SEQUENCE:
                var items = ImmutableArray.CreateBuilder<DataValue>();
                value.ProcessSequence((item, _) => items.Add(ToData(item)), OrtAllocator.DefaultInstance);
                return new SequenceValue(items.ToImmutable());
            case OnnxValueType.ONNX_TYPE_MAP:
                DataValue? map = null;
                value.ProcessMap(
                    (keys, values) => map = new MapValue(ToTensor(keys), Split(ToTensor(values))), OrtAllocator.DefaultInstance);
                return map!;
            default: return new OptionalValue(null);
        }
    }

    /// <summary>A copy of a tensor in host memory.</summary>
    public static TensorData ToTensor(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        ImmutableArray<long> dims = [.. info.Shape];
        if (info.ElementDataType != TensorElementType.String)
            return new MemoryTensor((ElementType)info.ElementDataType, dims,
                info.ElementCount == 0 ? default : value.GetTensorMutableRawData().ToArray());
        var strings = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        for (int i = 0; i < info.ElementCount; i++) strings.Add(value.GetStringElementAsSpan(i).ToArray());
        return new StringTensor(dims, strings.ToImmutable());
    }

    private static OrtValue EmptySequence(ElementType element) =>
        Made("SequenceEmpty", new SequenceType(IrType.Tensor(element)), "dtype", new IntAttribute((long)element));

    /// <summary>
    /// What an operator without inputs gives. ONNX Runtime's C# API can create neither a sequence without a tensor nor an empty optional,
    /// but the operators SequenceEmpty and Optional can.
    /// </summary>
    /// <exception cref="EnvironmentException">ONNX Runtime has no value of that type (GP5006).</exception>
    private static OrtValue Made(string op, IrType type, string attribute, AttributeValue value)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = op };
        Node node = builder.Add(op, [], [new("y", type)], AttributeMap.Of((attribute, value)));
        var model = new Model(builder.Build(node.Outputs[0]!)) { Opsets = OpsetVersions.Standard(15), FormatVersion = 8 };
        try
        {
            using SessionOptions options = OrtSessionFactory.ForConstants(CustomOperators.None);
            using var session = new InferenceSession(OnnxWriter.ToBytes(model), options);
            using var run = new RunOptions();
            return OptionalResults.Run(session, run, ImmutableDictionary<string, OrtValue>.Empty, session.OutputNames).Values[0];
        }
        catch (OnnxRuntimeException e)
        {
            throw OrtMessages.Fault(op, e);
        }
    }

    /// <summary>The scalars of a tensor of rank 1: ONNX Runtime returns a map's values as one.</summary>
    private static ImmutableArray<DataValue> Split(TensorData values)
    {
        if (values is StringTensor strings) return [.. strings.Values.Select(s => (DataValue)new StringTensor([], [s]))];
        int width = values.Element.Bits() / 8;
        return [.. Enumerable.Range(0, (int)values.ElementCount)
            .Select(i => (DataValue)new MemoryTensor(values.Element, [], values.Bytes.Slice(i * width, width)))];
    }
}
