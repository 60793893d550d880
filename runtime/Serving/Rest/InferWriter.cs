using System.Buffers;
using System.Globalization;
using System.Text.Json;
using GraphPartition.Serving.Requests;
using GraphPartition.Serving.Wire;
using Microsoft.AspNetCore.Http;

namespace GraphPartition.Serving.Rest;

/// <summary>Writes the answer to POST .../infer: JSON, and behind it the outputs that were requested as bytes.</summary>
internal static class InferWriter
{
    /// <summary>The header with the length of the JSON; it is there if bytes follow.</summary>
    public const string LengthHeader = "Inference-Header-Content-Length";

    /// <exception cref="ModelException">GP5040: an output cannot be written as JSON. Nothing was sent then.</exception>
    public static async Task WriteAsync(HttpResponse http, InferResponse response, CancellationToken cancellation)
    {
        foreach (SentOutput output in response.Outputs)
            if (output is { IsBinary: false, Memory: null }) JsonTensors.CheckWritable(output.Name, output.Value);
        SentOutput[] binary = [.. response.Outputs.Where(o => o is { IsBinary: true, Memory: null })];
        var json = new ArrayBufferWriter<byte>(1024);
        WriteJson(json, response);
        http.ContentLength = json.WrittenCount + binary.Sum(o => BinaryTensors.SizeOf(o.Value));
        http.ContentType = binary.Length > 0 ? "application/octet-stream" : "application/json";
        if (binary.Length > 0) http.Headers[LengthHeader] = json.WrittenCount.ToString(CultureInfo.InvariantCulture);
        await http.Body.WriteAsync(json.WrittenMemory, cancellation).ConfigureAwait(false);
        foreach (SentOutput output in binary)
            await http.Body.WriteAsync(BinaryTensors.ToArray(output.Value), cancellation).ConfigureAwait(false);
    }

    private static void WriteJson(IBufferWriter<byte> to, InferResponse response)
    {
        using var json = new Utf8JsonWriter(to);
        json.WriteStartObject();
        if (response.Request.Id.Length > 0) json.WriteString("id", response.Request.Id);
        json.WriteString("model_name", response.Version.Name);
        json.WriteString("model_version", response.Version.Number.ToString(CultureInfo.InvariantCulture));
        json.WriteStartArray("outputs");
        foreach (SentOutput output in response.Outputs)
        {
            json.WriteStartObject();
            json.WriteString("name", output.Name);
            json.WriteString("datatype", output.DataType);
            json.WriteStartArray("shape");
            foreach (long size in output.Shape) json.WriteNumberValue(size);
            json.WriteEndArray();
            if (output.Memory is { } memory)
            {
                json.WriteStartObject("parameters");
                json.WriteString("shared_memory_region", memory.Region.Name);
                json.WriteNumber("shared_memory_offset", memory.Offset);
                json.WriteNumber("shared_memory_byte_size", BinaryTensors.SizeOf(output.Value));
                json.WriteEndObject();
            }
            else if (output.IsBinary)
            {
                json.WriteStartObject("parameters");
                json.WriteNumber("binary_data_size", BinaryTensors.SizeOf(output.Value));
                json.WriteEndObject();
            }
            else
            {
                json.WritePropertyName("data");
                JsonTensors.Write(json, output.Value);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
