using System.Collections.Immutable;
using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime;

/// <summary>Values between the IR and ONNX Runtime. Element types have the same numbers on both sides (those of ONNX).</summary>
public static class OrtValues
{
    /// <summary>A new value in host memory; the caller disposes it.</summary>
    /// <param name="value">The value.</param>
    /// <param name="type">Its type: an empty sequence does not tell by itself what it is a sequence of.</param>
    /// <exception cref="ModelException">ONNX Runtime's C# API cannot make such a value (GP5004).</exception>
    public static OrtValue ToOrt(DataValue value, IrType? type = null) => value switch
    {
        TensorValue v => ToOrt(v.Data),
        SequenceValue { Items.IsEmpty: true } => type is SequenceType { Element: TensorType { Element: var element } } && element != ElementType.Undefined
            ? EmptySequence.Of(element) : throw Codes.BadInput.Error("", "the element type of an empty sequence is not known"),
        SequenceValue v => OrtValue.CreateSequence([.. v.Items.Select(item => ToOrt(item))]), // the sequence owns its items
        OptionalValue { Item: { } item } => ToOrt(item, (type as OptionalType)?.Element), // an optional that is there is passed as what is in it
        _ => throw Codes.BadInput.Error("", $"a {value.GetType().Name} cannot be given to ONNX Runtime"),
    };

    /// <summary>A new value in host memory with a copy of <paramref name="tensor"/>; the caller disposes it.</summary>
    public static OrtValue ToOrt(TensorData tensor)
    {
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
            return ToData(value) is var data && data is SequenceValue { Items.IsEmpty: true } ? EmptySequence.Of(EmptySequence.ElementOf(value)) : ToOrt(data);
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        if (info.IsString) return ToOrt(ToTensor(value));
        OrtValue copy = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, info.ElementDataType, info.Shape);
        if (info.ElementCount > 0) value.GetTensorMutableRawData().CopyTo(copy.GetTensorMutableRawData());
        return copy;
    }

    /// <summary>The address of a tensor's first byte, on the host or on a device; 0 where there is none.</summary>
    internal static unsafe nint AddressOf(OrtValue tensor)
    {
        fixed (byte* bytes = tensor.GetTensorMutableRawData()) return (nint)bytes;
    }

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
                value.ProcessMap((keys, values) => map = new MapValue(ToTensor(keys), Split(ToTensor(values))), OrtAllocator.DefaultInstance);
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

    /// <summary>The scalars of a tensor of rank 1: ONNX Runtime gives a map's values that way.</summary>
    private static ImmutableArray<DataValue> Split(TensorData values)
    {
        if (values is StringTensor strings) return [.. strings.Values.Select(s => (DataValue)new StringTensor([], [s]))];
        int width = values.Element.Bits() / 8;
        return [.. Enumerable.Range(0, (int)values.ElementCount)
            .Select(i => (DataValue)new MemoryTensor(values.Element, [], values.Bytes.Slice(i * width, width)))];
    }
}
