using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;

namespace GraphPartition.Serving.Tests.Unit;

/// <summary>What is wrong gets a status, a place and a remedy, and the server goes on.</summary>
public sealed class BadInputTests(BadInputTests.Server server) : IClassFixture<BadInputTests.Server>
{
    private HttpClient Http => server.Of.Http;

    [Theory]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}""", "f32[1,3] was given")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"INT32","data":[1,2]}]}""", "i32[1,2] was given")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1,2]}]}""", "f32[2] was given")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2,3]}]}""", "more than 2 elements")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1]}]}""", "1 elements")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,"2"]}]}""", "element 1 is not a FP32")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,1e39]}]}""", "element 1 is not a FP32")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,NaN]}]}""", "line 1, byte 65")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}""", "not JSON")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,-2],"datatype":"FP32","data":[1,2]}]}""", "not negative")]
    [InlineData("""{"inputs":[{"name":"x","shape":[9223372036854775807,9223372036854775807],"datatype":"FP32","data":[1,2]}]}""", "too many elements")]
    [InlineData("""{"inputs":[{"name":"x","shape":[100000000000,2],"datatype":"FP32","data":[1,2]}]}""", "2 elements")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP8","data":[1,2]}]}""", "datatype 'FP8'")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32"}]}""", "one of data")]
    [InlineData("""{"inputs":[{"name":"x","datatype":"FP32","data":[1,2]}]}""", "shape is missing")]
    [InlineData("""{"inputs":[{"name":"z","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""", "no such input")]
    [InlineData("""{"inputs":[]}""", "the input is missing")]
    [InlineData("""{}""", "the input is missing")]
    [InlineData("""[1]""", "not a JSON object")]
    [InlineData("", "not JSON")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]},{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""", "given twice")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"w"}]}""", "no such output")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"parameters":{"priority":"high"}}""", "whole number")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}""", "0 bytes are left")]
    public async Task Wrong_JSON_is_refused_with_the_place(string body, string expected)
    {
        string error = await Http.PostAsync("v2/models/scale/infer", new StringContent(body)).ErrorAsync(400);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Contains("remedy:", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deep_JSON_is_refused()
    {
        string deep = """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":""" + new string('[', 100_000);
        string error = await Http.PostAsync("v2/models/scale/infer", new StringContent(deep)).ErrorAsync(400);
        Assert.Contains("not JSON", error, StringComparison.Ordinal);
        Assert.Contains("GP5040", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 7, "7 bytes are left")]
    [InlineData(8, 9, "1 bytes follow")]
    [InlineData(12, 12, "12 bytes were sent")]
    [InlineData(1_000_000_000, 8, "8 bytes are left")]
    public async Task Wrong_lengths_of_bytes_are_refused(int announced, int sent, string expected)
    {
        var request = JsonNode.Parse("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":0}}]}""")!;
        request["inputs"]![0]!["parameters"]!["binary_data_size"] = announced;
        Assert.Contains(expected, await Http.InferAsync("scale", request, new byte[sent]).ErrorAsync(400), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1000")]
    [InlineData("-1")]
    [InlineData("99999999999999999999")]
    [InlineData("a")]
    public async Task A_wrong_length_of_the_JSON_is_refused(string header) =>
        Assert.Contains("Inference-Header-Content-Length", await Http.InferRawAsync("scale", [1, 2], header).ErrorAsync(400), StringComparison.Ordinal);

    [Theory]
    [InlineData("BYTES", new byte[] { 9, 0, 0, 0, 65 }, "longer than the bytes")]
    [InlineData("BYTES", new byte[] { 1, 0, 0, 0, 65 }, "1 elements were sent")]
    [InlineData("BOOL", new byte[] { 0, 2 }, "a BOOL is 0 or 1")]
    public async Task Wrong_bytes_of_a_type_are_refused(string type, byte[] bytes, string expected)
    {
        JsonNode request = JsonNode.Parse("""{"inputs":[{"name":"x","shape":[1,2],"parameters":{}}]}""")!;
        request["inputs"]![0]!["datatype"] = type;
        request["inputs"]![0]!["parameters"]!["binary_data_size"] = bytes.Length;
        Assert.Contains(expected, await Http.InferAsync(type, request, bytes).ErrorAsync(400), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_result_that_is_not_finite_needs_bytes()
    {
        JsonObject request = Wires.Request(Wires.Input("x", "FP32", [1, 2], [1, 0]));
        Assert.Contains("element 1 of this output is not finite", await Http.InferJsonAsync("log", request).ErrorAsync(400), StringComparison.Ordinal);
        request["parameters"] = new JsonObject { ["binary_data_output"] = true };
        (_, byte[] tail) = await Http.InferJsonAsync("log", request).BinaryAsync();
        Assert.Equal(float.NegativeInfinity, BitConverter.ToSingle(tail, 4));
    }

    [Theory]
    [InlineData("v2/models/missing/infer", 404, "GP5041")]
    [InlineData("v2/models/scal/infer", 404, "scale")]
    [InlineData("v2/models/scale/versions/7/infer", 404, "no version '7'")]
    [InlineData("v2/models/scale/versions/-1/infer", 404, "no version '-1'")]
    [InlineData("v2/models/%2e%2e/infer", 404, "Not Found")]
    [InlineData("v2/models/..%2F..%2Fetc%2Fpasswd/infer", 404, "GP5041")]
    [InlineData("v2/models/broken/infer", 503, "GP5042")]
    [InlineData("v2/nothing", 404, "Not Found")]
    [InlineData("v2/repository/models/..%2Fscale/load", 404, "GP5041")]
    [InlineData("v2/repository/models/..%2Fscale/unload", 404, "GP5041")]
    [InlineData("v2/health/live", 405, "Method Not Allowed")]
    [InlineData("v2/systemsharedmemory/region/a/register", 501, "shared memory")]
    public async Task Unknown_names_and_paths_are_refused(string path, int status, string expected) =>
        Assert.Contains(expected, await Http.PostAsync(path, new StringContent("{}")).ErrorAsync(status), StringComparison.Ordinal);

    [Fact]
    public async Task A_model_that_fails_to_load_does_not_harm_the_others()
    {
        JsonElement index = await Http.PostAsync("v2/repository/index").JsonAsync();
        JsonElement broken = index.EnumerateArray().Single(e => e.GetProperty("name").GetString() == "broken");
        Assert.Equal("UNAVAILABLE", broken.GetProperty("state").GetString());
        Assert.Contains("GP1", broken.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(400, (int)(await Http.GetAsync("v2/health/ready")).StatusCode);
        Assert.Contains("GP1", await Http.GetAsync("v2/models/broken/ready").ErrorAsync(400), StringComparison.Ordinal);
        JsonElement response = await Http.InferJsonAsync("scale", Wires.Request(Wires.Input("x", "FP32", [1, 2], [1, 2]))).JsonAsync();
        Assert.Equal([2f, 4f], response.Floats());
    }

    [Fact]
    public async Task A_request_that_is_too_large_is_refused()
    {
        string large = new('1', 2 << 20);
        // The server answers before it reads the body, and closes. A client that does not wait for that may find a broken pipe instead.
        using var request = new HttpRequestMessage(HttpMethod.Post, "v2/models/scale/infer") { Content = new StringContent(large) };
        request.Headers.ExpectContinue = true;
        Assert.Contains("GP5044", await Http.SendAsync(request).ErrorAsync(413), StringComparison.Ordinal);
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await server.Of.Rpc.ModelInferAsync(
            new() { ModelName = "scale", RawInputContents = { ByteString.CopyFromUtf8(large) } }));
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task A_header_of_a_gigabyte_ends_the_connection()
    {
        using var client = new TcpClient("127.0.0.1", server.Of.Address.Port);
        NetworkStream stream = client.GetStream();
        byte[] junk = Encoding.ASCII.GetBytes(new string('a', 1 << 16));
        long sent = 0;
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes("GET /v2 HTTP/1.1\r\nHost: a\r\nX-Long: "));
            for (; sent < 1 << 30; sent += junk.Length) await stream.WriteAsync(junk);
        }
        catch (IOException)
        {
            // The server closed the connection.
        }
        Assert.True(sent < 64 << 20, $"{sent} bytes were taken");
        Assert.True((await Http.GetAsync("v2/health/live")).IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("missing", "FP32", 2, StatusCode.NotFound, "GP5041")]
    [InlineData("broken", "FP32", 2, StatusCode.Unavailable, "GP5042")]
    [InlineData("scale", "FP32", 3, StatusCode.InvalidArgument, "12 bytes were sent")]
    [InlineData("scale", "FP9", 2, StatusCode.InvalidArgument, "datatype 'FP9'")]
    [InlineData("scale", "INT32", 2, StatusCode.InvalidArgument, "GP5004")]
    public async Task Wrong_calls_of_gRPC_get_a_status(string model, string type, int floats, StatusCode status, string expected)
    {
        var request = new ModelInferRequest
        {
            ModelName = model,
            Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = type, Shape = { 1, 2 } } },
            RawInputContents = { ByteString.CopyFrom(new byte[floats * 4]) },
        };
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await server.Of.Rpc.ModelInferAsync(request));
        Assert.Equal(status, error.StatusCode);
        Assert.Contains(expected, error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("remedy:", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Raw_contents_belong_to_the_inputs_one_by_one()
    {
        var request = new ModelInferRequest
        {
            ModelName = "scale",
            Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 2 }, Contents = new() } },
            RawInputContents = { ByteString.CopyFrom(new byte[8]) },
        };
        Assert.Contains("raw contents too", await DetailAsync(), StringComparison.Ordinal);
        request.Inputs[0].Contents = null;
        request.RawInputContents.Add(ByteString.Empty);
        Assert.Contains("2 were sent for 1 inputs", await DetailAsync(), StringComparison.Ordinal);

        async Task<string> DetailAsync() =>
            (await Assert.ThrowsAsync<RpcException>(async () => await server.Of.Rpc.ModelInferAsync(request))).Status.Detail;
    }

    public sealed class Server : IAsyncLifetime, IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        internal TestServer Of { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            File.WriteAllText(_folder.File("broken.onnx"), "this is not a model");
            Of = await TestServer.StartAsync(serving =>
            {
                foreach (string model in (string[])[ServedModels.Scale(_folder.File("scale.onnx"), 2), ServedModels.Log(_folder.File("log.onnx")),
                    _folder.File("broken.onnx"), .. ServedModels.OfAllTypes(_folder.Path)])
                    serving.Models.Add(model);
                serving.AllowModelControl = true;
                serving.MaxRequestBytes = 1 << 20;
            });
        }

        public async Task DisposeAsync() => await Of.DisposeAsync();

        public void Dispose() => _folder.Dispose();
    }
}
