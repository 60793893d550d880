using System.Net;
using System.Text.Json;
using GraphPartition.Serving.Memory;
using GraphPartition.Serving.Models;
using GraphPartition.Serving.Requests;
using GraphPartition.Serving.Wire;

namespace GraphPartition.Serving.Rest;

/// <summary>
/// Reads the body of POST .../infer: JSON, then the bytes of the tensors that have <c>binary_data_size</c>, in the same order. ONNX Runtime
/// reads tensors where they are in the body. The JSON is read as a stream of tokens, not into a tree.
/// </summary>
/// <param name="body">The whole body.</param>
/// <param name="jsonLength">How many bytes of it are JSON (<c>Inference-Header-Content-Length</c>).</param>
/// <param name="memory">The regions of shared memory.</param>
/// <param name="client">The address of the client.</param>
internal sealed class InferJsonReader(Body body, int jsonLength, SharedMemory memory, IPAddress? client)
{
    private const int MaxDepth = 100; // as in Triton
    private int _tail; // where the next tensor in the tail starts

    /// <summary>Fills a request.</summary>
    /// <exception cref="ModelException">GP5040, with the place in the JSON or the name of the tensor.</exception>
    public void ReadInto(InferRequest request)
    {
        _tail = jsonLength;
        var json = new Utf8JsonReader(body.Bytes.Span[..jsonLength], new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            Members(ref json, "request", (ref Utf8JsonReader j, string name) =>
            {
                switch (name)
                {
                    case "id": request.Id = Text(ref j, name); break;
                    case "parameters": request.Apply(Parameters(ref j, "request")); break;
                    case "inputs": Items(ref j, name, (ref Utf8JsonReader item) => ReadInput(ref item, request)); break;
                    case "outputs": Items(ref j, name, (ref Utf8JsonReader item) => request.Outputs.Add(ReadOutput(ref item))); break;
                    default: j.Skip(); break;
                }
            });
            if (json.Read()) throw ServingCodes.BadRequest.Error("body", "more follows the JSON object");
        }
        catch (JsonException e)
        {
            throw ServingCodes.BadRequest.Error($"body, line {e.LineNumber + 1}, byte {e.BytePositionInLine}",
                $"this is not JSON: {e.Message.Split(" LineNumber:")[0]} (JSON has no NaN and no infinities: send such tensors as binary data)");
        }
        if (_tail < body.Bytes.Length) throw ServingCodes.BadRequest.Error("body",
            $"unexpected additional input data for model '{request.Model}': {body.Bytes.Length - _tail} bytes follow the last tensor");
    }

    /// <summary>A body that is the bytes of the only input.</summary>
    /// <exception cref="ModelException">GP5040: the model has several inputs, or the bytes do not fit its shape.</exception>
    public static void ReadRaw(Body body, InferRequest request, ModelVersion version)
    {
        if (version.Inputs is not [var input]) throw ServingCodes.BadRequest.Error("body",
            $"bytes without JSON are for models with one input, and this one has {version.Inputs.Length}");
        long[] shape = [.. input.Shape];
        if (version.Batches) shape[0] = 1;
        int open = Array.IndexOf(shape, -1);
        if (open >= 0)
        {
            shape[open] = 1;
            long row = input.Element == ElementType.String ? 1 : input.Element.ByteCount(WireShape.CountOf(shape, input.Name));
            if (input.Element != ElementType.String) shape[open] = row == 0 ? 0 : body.Bytes.Length / row;
        }
        if (shape.Contains(-1)) throw ServingCodes.BadRequest.Error(input.Name,
            $"bytes without JSON are for inputs with one open size, and this one is {WireShape.Text([.. input.Shape])}");
        request.IsBinary = true;
        request.Add(input.Name, BinaryTensors.ReadInPlace(input.Name, input.Element, shape, body, 0, body.Bytes.Length));
    }

    private delegate void ReadMember(ref Utf8JsonReader json, string name);

    private delegate void ReadItem(ref Utf8JsonReader json);

    private void ReadInput(ref Utf8JsonReader json, InferRequest request)
    {
        string name = "", datatype = "";
        long[]? shape = null;
        Utf8JsonReader data = default;
        ParameterSet parameters = new("input");
        Members(ref json, "input", (ref Utf8JsonReader j, string member) =>
        {
            switch (member)
            {
                case "name": name = Text(ref j, member); break;
                case "datatype": datatype = Text(ref j, member); break;
                case "shape": shape = Shape(ref j); break;
                case "parameters": parameters = Parameters(ref j, "input"); break;
                case "data":
                    _data = (int)j.TokenStartIndex; // the type may follow, so the elements are read at the end
                    j.Skip();
                    break;
                default: j.Skip(); break;
            }
        });
        int at = _data;
        _data = -1;
        if (name.Length == 0) throw ServingCodes.BadRequest.Error("input", "its name is missing");
        if (shape is null) throw ServingCodes.BadRequest.Error(name, "its shape is missing");
        ElementType element = WireTypes.Parse(datatype, name);
        MemoryRange? range = memory.RangeOf(client, name, parameters);
        long? size = parameters.Integer("binary_data_size", least: 0);
        if ((range is null ? 0 : 1) + (size is null ? 0 : 1) + (at < 0 ? 0 : 1) != 1)
            throw ServingCodes.BadRequest.Error(name, "it takes one of data, binary_data_size and shared_memory_region");
        if (at >= 0)
        {
            data = new Utf8JsonReader(body.Bytes.Span[at..jsonLength], new JsonReaderOptions { MaxDepth = MaxDepth });
            data.Read();
            request.Add(name, JsonTensors.Read(ref data, name, element, shape));
        }
        else if (range is not null) request.Add(name, range.Read(name, element, shape));
        else
        {
            if (size > body.Bytes.Length - _tail) throw ServingCodes.BadRequest.Error(name,
                $"its binary_data_size is {size}, and {body.Bytes.Length - _tail} bytes are left in the body");
            request.Add(name, BinaryTensors.ReadInPlace(name, element, shape, body, _tail, (int)size!));
            _tail += (int)size!;
        }
    }

    private int _data = -1;

    private RequestedOutput ReadOutput(ref Utf8JsonReader json)
    {
        string name = "";
        ParameterSet parameters = new("output");
        Members(ref json, "output", (ref Utf8JsonReader j, string member) =>
        {
            switch (member)
            {
                case "name": name = Text(ref j, member); break;
                case "parameters": parameters = Parameters(ref j, "output"); break;
                default: j.Skip(); break;
            }
        });
        return new(name)
        {
            IsBinary = parameters.Boolean("binary_data"),
            Memory = memory.RangeOf(client, name, parameters),
            Classes = (int)Math.Min(parameters.Integer("classification", least: 0) ?? 0, int.MaxValue),
        };
    }

    private static ParameterSet Parameters(ref Utf8JsonReader json, string where)
    {
        var parameters = new ParameterSet(where);
        Members(ref json, $"parameters of the {where}", (ref Utf8JsonReader j, string name) =>
        {
            switch (j.TokenType)
            {
                case JsonTokenType.String: parameters.Set(name, j.GetString()!); break;
                case JsonTokenType.True or JsonTokenType.False: parameters.Set(name, j.GetBoolean()); break;
                case JsonTokenType.Number: parameters.Set(name, j.TryGetInt64(out long whole) ? (object)whole : j.GetDouble()); break;
                default: j.Skip(); break;
            }
        });
        return parameters;
    }

    private static long[] Shape(ref Utf8JsonReader json)
    {
        List<long> sizes = [];
        Items(ref json, "shape", (ref Utf8JsonReader j) =>
            sizes.Add(j.TokenType == JsonTokenType.Number && j.TryGetInt64(out long size) ? size
                : throw ServingCodes.BadRequest.Error("shape", $"element {sizes.Count} is not a whole number")));
        return [.. sizes];
    }

    private static string Text(ref Utf8JsonReader json, string where) => json.TokenType == JsonTokenType.String ? json.GetString()!
        : throw ServingCodes.BadRequest.Error(where, "it is not a text");

    private static void Members(ref Utf8JsonReader json, string where, ReadMember read)
    {
        if (json.TokenType == JsonTokenType.None) json.Read();
        if (json.TokenType != JsonTokenType.StartObject) throw ServingCodes.BadRequest.Error(where, "it is not a JSON object");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = json.GetString()!;
            json.Read();
            read(ref json, name);
        }
    }

    private static void Items(ref Utf8JsonReader json, string where, ReadItem read)
    {
        if (json.TokenType != JsonTokenType.StartArray) throw ServingCodes.BadRequest.Error(where, "it is not a JSON array");
        while (json.Read() && json.TokenType != JsonTokenType.EndArray) read(ref json);
    }
}
