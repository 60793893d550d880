using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GraphPartition.Serving.Tests.Support;

/// <summary>Requests of REST, written by hand as the protocol has them.</summary>
internal static class Wires
{
    public static JsonObject Input(string name, string datatype, long[] shape, JsonArray data) =>
        new() { ["name"] = name, ["shape"] = Numbers(shape), ["datatype"] = datatype, ["data"] = data };

    /// <summary>A request of gRPC with the input x, [1, n].</summary>
    public static ModelInferRequest Message(string model, params float[] x) => new()
    {
        ModelName = model,
        Inputs =
        {
            new ModelInferRequest.Types.InferInputTensor
            { Name = "x", Datatype = "FP32", Shape = { 1, x.Length }, Contents = new() { Fp32Contents = { x } } },
        },
    };

    public static JsonArray Numbers<T>(IEnumerable<T> values) => [.. values.Select(v => (JsonNode)JsonValue.Create(v)!)];

    public static JsonObject Request(params JsonObject[] inputs) => new() { ["inputs"] = new JsonArray([.. inputs]) };

    /// <summary>Posts JSON.</summary>
    public static Task<HttpResponseMessage> InferJsonAsync(this HttpClient http, string model, JsonNode request) =>
        http.PostAsync($"v2/models/{model}/infer", new StringContent(request.ToJsonString(), Encoding.UTF8, "application/json"));

    /// <summary>Posts JSON with tensors behind it.</summary>
    public static Task<HttpResponseMessage> InferAsync(this HttpClient http, string model, JsonNode request, params byte[][] tail)
    {
        byte[] json = Encoding.UTF8.GetBytes(request.ToJsonString());
        return http.InferRawAsync(model, [.. json, .. tail.SelectMany(t => t)], $"{json.Length}");
    }

    /// <summary>Posts bytes with a header.</summary>
    public static Task<HttpResponseMessage> InferRawAsync(this HttpClient http, string model, byte[] body, string header)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add("Inference-Header-Content-Length", header);
        return http.PostAsync($"v2/models/{model}/infer", content);
    }

    /// <summary>The JSON of a response that must have succeeded.</summary>
    public static async Task<JsonElement> JsonAsync(this Task<HttpResponseMessage> response)
    {
        HttpResponseMessage message = await response;
        string text = await message.Content.ReadAsStringAsync();
        Assert.True(message.IsSuccessStatusCode, $"{(int)message.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Checks that a response without a body succeeded.</summary>
    public static async Task OkAsync(this Task<HttpResponseMessage> response)
    {
        HttpResponseMessage message = await response;
        Assert.True(message.IsSuccessStatusCode, $"{(int)message.StatusCode}: {await message.Content.ReadAsStringAsync()}");
    }

    /// <summary>The JSON and the tail of a response that must have succeeded.</summary>
    public static async Task<(JsonElement Json, byte[] Tail)> BinaryAsync(this Task<HttpResponseMessage> response)
    {
        HttpResponseMessage message = await response;
        byte[] body = await message.Content.ReadAsByteArrayAsync();
        Assert.True(message.IsSuccessStatusCode, $"{(int)message.StatusCode}: {Encoding.UTF8.GetString(body)}");
        int length = int.Parse(message.Headers.GetValues("Inference-Header-Content-Length").Single());
        return (JsonDocument.Parse(body.AsMemory(0, length)).RootElement, body[length..]);
    }

    /// <summary>The text of a failure with its status.</summary>
    public static async Task<string> ErrorAsync(this Task<HttpResponseMessage> response, int status)
    {
        HttpResponseMessage message = await response;
        string text = await message.Content.ReadAsStringAsync();
        Assert.True((int)message.StatusCode == status, $"{(int)message.StatusCode}, expected {status}: {text}");
        return JsonDocument.Parse(text).RootElement.GetProperty("error").GetString()!;
    }

    public static float[] Floats(this JsonElement response, int output = 0) =>
        [.. response.GetProperty("outputs")[output].GetProperty("data").EnumerateArray().Select(e => e.GetSingle())];

    public static Task<HttpResponseMessage> PostAsync(this HttpClient http, string path) =>
        http.PostAsJsonAsync(path, new { });
}
