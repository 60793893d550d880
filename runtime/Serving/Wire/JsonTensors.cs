using System.Runtime.InteropServices;
using System.Text.Json;

namespace GraphPartition.Serving.Wire;

/// <summary>Tensors as JSON: numbers, booleans or texts in row-major order, flat or nested. JSON has no 16-bit floats.</summary>
internal static class JsonTensors
{
    private delegate bool Parse<T>(ref Utf8JsonReader json, out T value);

    /// <summary>A tensor of JSON; the caller disposes it.</summary>
    /// <param name="json">It is at the start of the array, and at its end afterwards.</param>
    /// <param name="where">The name of the tensor, for messages.</param>
    /// <param name="element">The type.</param>
    /// <param name="shape">The shape.</param>
    /// <exception cref="ModelException">GP5040: the elements do not fit the shape and the type, with the place of the first.</exception>
    public static OrtValue Read(ref Utf8JsonReader json, string where, ElementType element, long[] shape)
    {
        if (element is ElementType.Float16 or ElementType.BFloat16)
            throw ServingCodes.BadRequest.Error(where, $"receiving {WireTypes.NameOf(element)} data via JSON is not supported: "
                + "use the binary data format for this input");
        if (json.TokenType != JsonTokenType.StartArray) throw ServingCodes.BadRequest.Error(where, "its data is not an array");
        long count = WireShape.CountOf(shape, where);
        if (element == ElementType.String) return ReadStrings(ref json, where, shape, count);
        return element switch
        {
            ElementType.Bool => Fill(ref json, where, element, shape, count, static (ref Utf8JsonReader j, out byte v) =>
            {
                v = j.TokenType == JsonTokenType.True || (j.TokenType == JsonTokenType.Number && j.ValueSpan is [(byte)'1'])
                    ? (byte)1 : (byte)0;
                return v == 1 || j.TokenType == JsonTokenType.False || (j.TokenType == JsonTokenType.Number && j.ValueSpan is [(byte)'0']);
            }),
            ElementType.UInt8 => Fill(ref json, where, element, shape, count, static (ref Utf8JsonReader j, out byte v) =>
                j.TryGetByte(out v)),
            ElementType.Int8 => Fill(ref json, where, element, shape, count, static (ref Utf8JsonReader j, out sbyte v) =>
                j.TryGetSByte(out v)),
            ElementType.UInt16 =>
                Fill(ref json, where, element, shape, count, static (ref Utf8JsonReader j, out ushort v) => j.TryGetUInt16(out v)),
            ElementType.Int16 => Fill(ref json, where, element, shape, count, static (ref Utf8JsonReader j, out short v) =>
                j.TryGetInt16(out v)),
            ElementType.UInt32 =>
                Fill(ref json, where, element, shape, count, static (ref Utf8JsonReader j, out uint v) => j.TryGetUInt32(out v)),
            ElementType.Int32 => Fill(ref json, where, element, shape, count, static (ref Utf8JsonReader j, out int v) =>
                j.TryGetInt32(out v)),
            ElementType.UInt64 =>
                Fill(ref json, where, element, shape, count, static (ref Utf8JsonReader j, out ulong v) => j.TryGetUInt64(out v)),
            ElementType.Int64 => Fill(ref json, where, element, shape, count, static (ref Utf8JsonReader j, out long v) =>
                j.TryGetInt64(out v)),
            ElementType.Float32 => Fill(ref json, where, element, shape, count,
                static (ref Utf8JsonReader j, out float v) => j.TryGetSingle(out v) && float.IsFinite(v)),
            _ => Fill(ref json, where, element, shape, count,
                static (ref Utf8JsonReader j, out double v) => j.TryGetDouble(out v) && double.IsFinite(v)),
        };
    }

    /// <summary>Checks that a result can be written as JSON.</summary>
    /// <exception cref="ModelException">GP5040: it cannot.</exception>
    public static void CheckWritable(string where, OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        var element = (ElementType)info.ElementDataType;
        if (element is ElementType.Float16 or ElementType.BFloat16)
            throw ServingCodes.BadRequest.Error(where, $"sending {WireTypes.NameOf(element)} data via JSON is not supported: "
                + "request this output as binary data");
        if (info.ElementCount == 0) return;
        int at = element switch
        {
            ElementType.Float32 => IndexOfNotFinite(value.GetTensorDataAsSpan<float>()),
            ElementType.Float64 => IndexOfNotFinite(value.GetTensorDataAsSpan<double>()),
            _ => -1,
        };
        if (at >= 0) throw ServingCodes.BadRequest.Error(where,
            $"element {at} of this output is not finite, and JSON has no such number: request this output as binary data");
    }

    /// <summary>Writes a tensor as a flat array.</summary>
    public static void Write(Utf8JsonWriter json, OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        json.WriteStartArray();
        if (info.ElementCount > 0)
            switch ((ElementType)info.ElementDataType)
            {
                case ElementType.String:
                    for (int i = 0; i < info.ElementCount; i++) json.WriteStringValue(value.GetStringElementAsSpan(i));
                    break;
                case ElementType.Bool: Each<byte>(value, v => json.WriteBooleanValue(v != 0)); break;
                case ElementType.UInt8: Each<byte>(value, v => json.WriteNumberValue(v)); break;
                case ElementType.Int8: Each<sbyte>(value, v => json.WriteNumberValue(v)); break;
                case ElementType.UInt16: Each<ushort>(value, v => json.WriteNumberValue(v)); break;
                case ElementType.Int16: Each<short>(value, v => json.WriteNumberValue(v)); break;
                case ElementType.UInt32: Each<uint>(value, v => json.WriteNumberValue(v)); break;
                case ElementType.Int32: Each<int>(value, v => json.WriteNumberValue(v)); break;
                case ElementType.UInt64: Each<ulong>(value, v => json.WriteNumberValue(v)); break;
                case ElementType.Int64: Each<long>(value, v => json.WriteNumberValue(v)); break;
                case ElementType.Float32: Each<float>(value, v => json.WriteNumberValue(v)); break;
                default: Each<double>(value, v => json.WriteNumberValue(v)); break;
            }
        json.WriteEndArray();
    }

    private static void Each<T>(OrtValue value, Action<T> write) where T : unmanaged
    {
        foreach (T element in MemoryMarshal.Cast<byte, T>(value.GetTensorMutableRawData())) write(element);
    }

    private static int IndexOfNotFinite<T>(ReadOnlySpan<T> values) where T : System.Numerics.INumberBase<T>
    {
        for (int i = 0; i < values.Length; i++)
            if (!T.IsFinite(values[i])) return i;
        return -1;
    }

    private static OrtValue Fill<T>(
        ref Utf8JsonReader json, string where, ElementType element, long[] shape, long count, Parse<T> parse) where T : unmanaged
    {
        // The elements are collected first: memory grows with what was sent, not with what the shape promises.
        var elements = new List<T>((int)Math.Min(count, 1 << 16));
        int depth = json.CurrentDepth;
        while (json.Read() && !(json.TokenType == JsonTokenType.EndArray && json.CurrentDepth == depth))
        {
            if (json.TokenType is JsonTokenType.StartArray or JsonTokenType.EndArray) continue;
            if (elements.Count == count) throw WrongCount(where, shape, $"more than {count}");
            bool fits = json.TokenType is JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False;
            if (!fits || (json.TokenType != JsonTokenType.Number && element != ElementType.Bool) || !parse(ref json, out T value))
                throw ServingCodes.BadRequest.Error(where,
                    $"element {elements.Count} is not a {WireTypes.NameOf(element)}");
            elements.Add(value);
        }
        if (elements.Count != count) throw WrongCount(where, shape, $"{elements.Count}");
        return BinaryTensors.Read(where, element, shape, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(elements)));
    }

    private static OrtValue ReadStrings(ref Utf8JsonReader json, string where, long[] shape, long count)
    {
        List<byte[]> texts = [];
        int depth = json.CurrentDepth;
        while (json.Read() && !(json.TokenType == JsonTokenType.EndArray && json.CurrentDepth == depth))
        {
            if (json.TokenType is JsonTokenType.StartArray or JsonTokenType.EndArray) continue;
            if (json.TokenType != JsonTokenType.String) throw ServingCodes.BadRequest.Error(where, $"element {texts.Count} is not a text");
            var text = new byte[json.ValueSpan.Length];
            texts.Add(text[..json.CopyString(text)]);
        }
        if (texts.Count != count) throw WrongCount(where, shape, $"{texts.Count}");
        return BinaryTensors.OfStrings(shape, texts);
    }

    private static ModelException WrongCount(string where, long[] shape, string found) => ServingCodes.BadRequest.Error(
        where, $"its shape {WireShape.Text(shape)} does not fit its data, which has {found} elements");
}
