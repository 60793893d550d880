using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GraphPartition.Serving.Tests.Unit;

/// <summary>The protocol over REST: bodies are written by hand.</summary>
public sealed class RestTests(RestTests.Server server) : IClassFixture<RestTests.Server>
{
    private HttpClient Http => server.Of.Http;

    [Fact]
    public async Task Health_and_metadata_are_those_of_the_protocol()
    {
        Assert.True((await Http.GetAsync("v2/health/live").JsonAsync()).GetProperty("live").GetBoolean());
        Assert.True((await Http.GetAsync("v2/health/ready").JsonAsync()).GetProperty("ready").GetBoolean());
        Assert.True((await Http.GetAsync("v2/models/scale/versions/1/ready").JsonAsync()).GetProperty("ready").GetBoolean());
        Assert.Contains("binary_tensor_data",
            (await Http.GetAsync("v2").JsonAsync()).GetProperty("extensions").EnumerateArray().Select(e => e.GetString()));
        JsonElement model = await Http.GetAsync("v2/models/scale").JsonAsync();
        Assert.Equal("""{"name":"scale","versions":["1"],"platform":"onnx_onnxv1","inputs":[{"name":"x","datatype":"FP32","shape":[-1,2]}],"outputs":[{"name":"y","datatype":"FP32","shape":[-1,2]}]}""",
            model.GetRawText());
        JsonElement config = await Http.GetAsync("v2/models/scale/config").JsonAsync();
        Assert.Equal(16, config.GetProperty("max_batch_size").GetInt32());
        Assert.Equal("TYPE_FP32", config.GetProperty("input")[0].GetProperty("data_type").GetString());
    }

    [Theory]
    [InlineData("""{"id":"7","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2.5]}]}""")]
    [InlineData("""{"inputs":[{"data":[[1],[2.5]],"datatype":"FP32","shape":[1,2],"name":"x"}],"id":"7","unknown":{"a":[1]}}""")]
    public async Task Data_may_be_flat_or_nested_and_members_in_any_order(string request)
    {
        JsonElement response = await Http.InferJsonAsync("scale", JsonNode.Parse(request)!).JsonAsync();
        Assert.Equal("""{"id":"7","model_name":"scale","model_version":"1","outputs":[{"name":"y","datatype":"FP32","shape":[1,2],"data":[2,5]}]}""",
            response.GetRawText());
    }

    [Fact]
    public async Task Bytes_behind_the_JSON_give_bytes_back()
    {
        (JsonElement json, byte[] tail) = await Http.InferAsync("scale", Binary("x", "FP32", [1, 2], 8), Bytes(3f, 4f)).BinaryAsync();
        Assert.Equal(8, json.GetProperty("outputs")[0].GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        Assert.Equal(Bytes(6f, 8f), tail);
    }

    [Fact]
    public async Task Bytes_alone_are_the_only_input()
    {
        (_, byte[] tail) = await Http.InferRawAsync("scale", Bytes(3f, 4f), "0").BinaryAsync();
        Assert.Equal(Bytes(6f, 8f), tail);
    }

    [Fact]
    public async Task Every_type_passes_as_JSON_except_floats_of_16_bits()
    {
        foreach (ElementType type in ServedModels.Types.Except([ElementType.Float16, ElementType.BFloat16]))
        {
            JsonArray data = type switch
            {
                ElementType.Bool => [true, false],
                ElementType.String => ["Grüße", "\u0001\"\\"],
                ElementType.UInt64 => [ulong.MaxValue, 0UL],
                ElementType.Int64 => [long.MinValue, 1L],
                ElementType.Float64 => [0.1, 1e300],
                ElementType.Float32 => [0.1f, 3e38f],
                _ => [1, 7],
            };
            string name = ServedModels.NameOf(type);
            JsonElement response = await Http.InferJsonAsync(name, Wires.Request(Wires.Input("x", name, [1, 2], data))).JsonAsync();
            Assert.Equal(data.ToJsonString(), Normal(response.GetProperty("outputs")[0].GetProperty("data").GetRawText()));
        }
        string error = await Http.InferJsonAsync("BF16", Wires.Request(Wires.Input("x", "BF16", [1, 2], [1, 2]))).ErrorAsync(400);
        Assert.Contains("binary data", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_type_passes_as_bytes_bit_by_bit()
    {
        foreach (ElementType type in ServedModels.Types)
        {
            byte[] bytes = type switch
            {
                ElementType.Bool => [1, 0],
                ElementType.String => [2, 0, 0, 0, 0xFF, 0xFE, 0, 0, 0, 0],
                _ => [.. Enumerable.Range(0x11, type.Bits() / 8 * 2).Select(i => (byte)i)],
            };
            string name = ServedModels.NameOf(type);
            (_, byte[] tail) = await Http.InferAsync(name, Binary("x", name, [1, 2], bytes.Length), bytes).BinaryAsync();
            Assert.Equal(bytes, tail);
        }
    }

    [Fact]
    public async Task Compressed_requests_and_responses_pass()
    {
        byte[] json = Encoding.UTF8.GetBytes("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2.5]}]}""");
        using var packed = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest,
            leaveOpen: true))
            await gzip.WriteAsync(json);
        var handler = new HttpClientHandler { AutomaticDecompression = DecompressionMethods.GZip };
        using var client = new HttpClient(handler) { BaseAddress = Http.BaseAddress };
        client.DefaultRequestHeaders.Add("Accept-Encoding", "gzip");
        var content = new ByteArrayContent(packed.ToArray());
        content.Headers.Add("Content-Encoding", "gzip");
        content.Headers.Add("Content-Type", "application/json");
        JsonElement response = await client.PostAsync("v2/models/scale/infer", content).JsonAsync();
        Assert.Equal([2f, 5f], response.Floats());
    }

    [Fact]
    public async Task Classes_are_the_greatest_elements()
    {
        JsonObject request = Wires.Request(Wires.Input("x", "FP32", [2, 2], [1, 2.5, 9, 3]));
        request["outputs"] = new JsonArray(new JsonObject { ["name"] = "y", ["parameters"] = new JsonObject { ["classification"] = 1 } });
        JsonElement output = (await Http.InferJsonAsync("scale", request).JsonAsync()).GetProperty("outputs")[0];
        Assert.Equal("BYTES", output.GetProperty("datatype").GetString());
        Assert.Equal("""["5.000000:1","18.000000:0"]""", output.GetProperty("data").GetRawText());
    }

    private static JsonObject Binary(string input, string datatype, long[] shape, int size)
    {
        JsonObject request = Wires.Request(new JsonObject
        {
            ["name"] = input,
            ["shape"] = Wires.Numbers(shape),
            ["datatype"] = datatype,
            ["parameters"] = new JsonObject { ["binary_data_size"] = size },
        });
        request["parameters"] = new JsonObject { ["binary_data_output"] = true };
        return request;
    }

    private static byte[] Bytes(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static string Normal(string json) => JsonNode.Parse(json)!.ToJsonString();

    public sealed class Server : IAsyncLifetime, IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        internal TestServer Of { get; private set; } = null!;

        public async Task InitializeAsync() => Of = await TestServer.ServeAsync(
            [ServedModels.Scale(_folder.File("scale.onnx"), 2), .. ServedModels.OfAllTypes(_folder.Path)]);

        public async Task DisposeAsync() => await Of.DisposeAsync();

        public void Dispose() => _folder.Dispose();
    }
}
