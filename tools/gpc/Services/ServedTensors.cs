using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;

namespace GraphPartition.Gpc.Services;

/// <summary>Requests for a served model with made-up inputs: what its metadata tells is all that is needed.</summary>
internal static class ServedTensors
{
    /// <summary>Made-up inputs.</summary>
    /// <param name="metadata">The metadata of the model.</param>
    /// <param name="request">The size of the batch, and shapes.</param>
    /// <exception cref="ModelException">GP3012: an input has another type than those of the protocol.</exception>
    public static IReadOnlyList<ServedTensor> Inputs(JsonElement metadata, LoadRequest request)
    {
        var random = new Random(20260101);
        return [.. metadata.GetProperty("inputs").EnumerateArray().Select(input =>
        {
            string name = input.GetProperty("name").GetString()!, datatype = input.GetProperty("datatype").GetString()!;
            long[] declared = [.. input.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
            long[] shape = request.Shapes.TryGetValue(name, out long[]? given) ? given
                : [.. declared.Select((d, i) => d >= 0 ? d : i == 0 ? request.Batch : 1)];
            return new ServedTensor(name, datatype, shape, Bytes(datatype, shape.Aggregate(1L, (count, d) => count * d), random));
        })];
    }

    /// <summary>The body of a request whose tensors follow its JSON as bytes, and the length of the JSON.</summary>
    public static (byte[] Body, int JsonLength) Request(IReadOnlyList<ServedTensor> inputs)
    {
        byte[] head = Json(
            inputs.Select(i => i.Json(new() { ["binary_data_size"] = i.Bytes.Length })),
            "parameters", new JsonObject { ["binary_data_output"] = true });
        return ([.. head, .. inputs.SelectMany(i => i.Bytes)], head.Length);
    }

    /// <summary>The JSON of a request: the inputs, and one more member.</summary>
    public static byte[] Json(IEnumerable<JsonObject> inputs, string member, JsonNode value) =>
        Encoding.UTF8.GetBytes(new JsonObject { ["inputs"] = new JsonArray([.. inputs]), [member] = value }.ToJsonString());

    /// <summary>Floats in [-1, 1), integers and booleans of 0 and 1, and a short text.</summary>
    private static byte[] Bytes(string datatype, long count, Random random)
    {
        if (datatype == "BYTES") return [.. Enumerable.Repeat((byte[])[4, 0, 0, 0, .. "word"u8], (int)count).SelectMany(b => b)];
        int width = datatype switch
        {
            "BOOL" or "INT8" or "UINT8" => 1,
            "INT16" or "UINT16" or "FP16" or "BF16" => 2,
            "INT32" or "UINT32" or "FP32" => 4,
            "INT64" or "UINT64" or "FP64" => 8,
            _ => throw GpcCodes.BadOption.Error(datatype, "the server declares an input of this type, which the protocol does not have"),
        };
        var bytes = new byte[count * width];
        for (int i = 0; i < count; i++)
        {
            Span<byte> to = bytes.AsSpan(i * width, width);
            double number = random.NextDouble() * 2 - 1;
            switch (datatype)
            {
                case "FP16": BinaryPrimitives.WriteHalfLittleEndian(to, (Half)number); break;
                case "BF16": BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)(BitConverter.SingleToUInt32Bits((float)number) >> 16)); break;
                case "FP32": BinaryPrimitives.WriteSingleLittleEndian(to, (float)number); break;
                case "FP64": BinaryPrimitives.WriteDoubleLittleEndian(to, number); break;
                default: to[0] = (byte)random.Next(2); break;
            }
        }
        return bytes;
    }
}
