using System.Text.Json;
using System.Text.Json.Nodes;

namespace GraphPartition.Serving.Tests.Unit;

/// <summary>Tensors in POSIX shared memory.</summary>
public sealed class SharedMemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _key = $"/graphpartition-test-{Guid.NewGuid():N}";

    private string Memory => "/dev/shm" + _key;

    public void Dispose()
    {
        File.Delete(Memory);
        _folder.Dispose();
    }

    [LinuxFact]
    public async Task Inputs_are_read_and_outputs_written_where_the_client_put_them()
    {
        await using TestServer server = await StartAsync();
        File.WriteAllBytes(Memory, [.. new byte[8], .. new[] { 3f, 4f }.SelectMany(BitConverter.GetBytes), .. new byte[8]]);
        await server.Rpc.SystemSharedMemoryRegisterAsync(new() { Name = "region", Key = _key, Offset = 8, ByteSize = 16 });
        JsonElement status = await server.Http.GetAsync("v2/systemsharedmemory/status").JsonAsync();
        Assert.Equal("region", status[0].GetProperty("name").GetString());
        JsonElement output = (await server.Http.InferJsonAsync("scale", Request(0, 8)).JsonAsync()).GetProperty("outputs")[0];
        Assert.Equal(8, output.GetProperty("parameters").GetProperty("shared_memory_byte_size").GetInt32());
        Assert.False(output.TryGetProperty("data", out _));
        byte[] bytes = File.ReadAllBytes(Memory);
        Assert.Equal([6f, 8f], new[] { BitConverter.ToSingle(bytes, 16), BitConverter.ToSingle(bytes, 20) });
        Assert.Contains("not in region", await server.Http.InferJsonAsync("scale", Request(12, 8)).ErrorAsync(400), StringComparison.Ordinal);
        await server.Http.PostAsync("v2/systemsharedmemory/unregister").OkAsync();
        Assert.Contains("no region", await server.Http.InferJsonAsync("scale", Request(0, 8)).ErrorAsync(400), StringComparison.Ordinal);
    }

    [LinuxFact]
    public async Task Memory_that_became_shorter_fails_the_request_and_not_the_server()
    {
        await using TestServer server = await StartAsync();
        File.WriteAllBytes(Memory, new byte[1 << 16]);
        await server.Rpc.SystemSharedMemoryRegisterAsync(new() { Name = "region", Key = _key, Offset = 8, ByteSize = (1 << 16) - 8 });
        File.WriteAllBytes(Memory, new byte[12]);
        Assert.Contains("made shorter", await server.Http.InferJsonAsync("scale", Request(0, 8)).ErrorAsync(400), StringComparison.Ordinal);
        await server.Http.GetAsync("v2/health/live").OkAsync();
    }

    [LinuxTheory]
    [InlineData("/../etc/passwd", "without other slashes")]
    [InlineData("..", "without other slashes")]
    [InlineData("", "without other slashes")]
    [InlineData("/missing-memory", "there is no shared memory")]
    public async Task A_key_that_is_no_shared_memory_is_refused(string key, string expected)
    {
        await using TestServer server = await StartAsync();
        var body = new StringContent($$"""{"key":"{{key}}","offset":0,"byte_size":8}""");
        Assert.Contains(expected, await server.Http.PostAsync("v2/systemsharedmemory/region/a/register", body).ErrorAsync(400),
            StringComparison.Ordinal);
    }

    private Task<TestServer> StartAsync() => TestServer.StartAsync(serving =>
    {
        serving.Models.Add(ServedModels.Scale(_folder.File("scale.onnx"), 2));
        serving.AllowSharedMemory = true;
    });

    private static JsonObject Request(int offset, int size)
    {
        JsonObject At(int offset) => new()
        {
            ["shared_memory_region"] = "region",
            ["shared_memory_offset"] = offset,
            ["shared_memory_byte_size"] = size,
        };
        JsonObject request = Wires.Request(new JsonObject
        {
            ["name"] = "x",
            ["shape"] = Wires.Numbers([1L, 2L]),
            ["datatype"] = "FP32",
            ["parameters"] = At(offset),
        });
        request["outputs"] = new JsonArray(new JsonObject { ["name"] = "y", ["parameters"] = At(8) });
        return request;
    }
}
