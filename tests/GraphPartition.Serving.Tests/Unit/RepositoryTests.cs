using System.Text.Json;

namespace GraphPartition.Serving.Tests.Unit;

/// <summary>Folders of models with versions, loaded and unloaded while requests come.</summary>
public sealed class RepositoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_newest_versions_are_served_and_others_are_not_known()
    {
        for (int version = 1; version <= 3; version++) ServedModels.Scale(_folder.File($"scale/{version}/model.onnx"), version);
        ServedModels.Scale(_folder.File("scale/007/model.onnx"), 7); // a leading zero is no version
        File.WriteAllText(_folder.File("scale/serving.json"), """{ "versions": 2, "maxBatchSize": 4 }""");
        await using TestServer server = await TestServer.ServeAsync(_folder.Path);
        Assert.Equal(3f, await Factor(server, "scale"));
        Assert.Equal(2f, await Factor(server, "scale/versions/2"));
        Assert.Contains("it has 2, 3", await server.Http.InferJsonAsync("scale/versions/1", Row).ErrorAsync(404), StringComparison.Ordinal);
        JsonElement config = await server.Http.GetAsync("v2/models/scale/config").JsonAsync();
        Assert.Equal(4, config.GetProperty("max_batch_size").GetInt32());
    }

    [Fact]
    public async Task Extensions_decide_which_files_of_a_folder_are_models()
    {
        foreach (string file in (string[])["one.onnx", "two.other", "three.txt"]) ServedModels.Scale(_folder.File(file), 1);
        await using TestServer server = await TestServer.StartAsync(serving =>
        {
            serving.Models.Add(_folder.Path);
            serving.Extensions = [".onnx", ".other"];
        });
        foreach (string name in (string[])["one", "two"]) await server.Http.GetAsync($"v2/models/{name}").JsonAsync();
        await server.Http.GetAsync("v2/models/three").ErrorAsync(404);
    }

    [Fact]
    public async Task A_reload_under_load_loses_no_request()
    {
        ServedModels.Scale(_folder.File("scale/1/model.onnx"), 1);
        await using TestServer server = await StartAsync(control: true);
        using var stop = new CancellationTokenSource();
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<float, int>();
        Task[] clients = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) seen.AddOrUpdate(await Factor(server, "scale"), 1, (_, n) => n + 1);
        }))];
        for (int version = 2; version <= 6; version++)
        {
            ServedModels.Scale(_folder.File($"scale/{version}/model.onnx"), version);
            await server.Http.PostAsync("v2/repository/models/scale/load").OkAsync();
            Assert.Equal(version, await Factor(server, "scale"));
        }
        await stop.CancelAsync();
        await Task.WhenAll(clients); // a request that failed throws here
        Assert.True(seen.Keys.Count >= 2, "the load was over before the model was loaded again");
        Assert.All(seen.Keys, factor => Assert.InRange(factor, 1f, 6f));
    }

    [Fact]
    public async Task A_version_that_fails_to_load_leaves_the_old_one_in_service()
    {
        ServedModels.Scale(_folder.File("scale/1/model.onnx"), 1);
        await using TestServer server = await StartAsync(control: true);
        Directory.CreateDirectory(_folder.File("scale/2"));
        File.WriteAllText(_folder.File("scale/2/model.onnx"), "broken");
        string error = await server.Http.PostAsync("v2/repository/models/scale/load").ErrorAsync(400);
        Assert.Contains("GP5047", error, StringComparison.Ordinal);
        Assert.Contains("version 2", error, StringComparison.Ordinal);
        Assert.Equal(1f, await Factor(server, "scale"));
    }

    [Fact]
    public async Task Unloaded_models_are_listed_and_come_back()
    {
        ServedModels.Scale(_folder.File("scale/1/model.onnx"), 1);
        await using TestServer server = await StartAsync(control: true);
        await server.Rpc.RepositoryModelUnloadAsync(new() { ModelName = "scale" });
        Assert.Contains("GP5042", await server.Http.InferJsonAsync("scale", Row).ErrorAsync(503), StringComparison.Ordinal);
        Assert.Contains((await server.Rpc.RepositoryIndexAsync(new())).Models, m => m is { Name: "scale", State: "UNAVAILABLE", Reason: "unloaded" });
        await server.Rpc.RepositoryModelLoadAsync(new() { ModelName = "scale" });
        Assert.Equal(1f, await Factor(server, "scale"));
    }

    [Fact]
    public async Task Clients_change_no_models_unless_the_server_lets_them()
    {
        ServedModels.Scale(_folder.File("scale/1/model.onnx"), 1);
        await using TestServer server = await StartAsync(control: false);
        Assert.Contains("GP5043", await server.Http.PostAsync("v2/repository/models/scale/unload").ErrorAsync(501), StringComparison.Ordinal);
        Assert.Equal(1f, await Factor(server, "scale"));
    }

    [Fact]
    public async Task A_watched_folder_shows_new_changed_and_removed_models()
    {
        ServedModels.Scale(_folder.File("a/1/model.onnx"), 1);
        await using TestServer server = await TestServer.StartAsync(serving =>
        {
            serving.Models.Add(_folder.Path);
            serving.Poll = TimeSpan.FromMilliseconds(50);
        });
        ServedModels.Scale(_folder.File("a/2/model.onnx"), 2);
        ServedModels.Scale(_folder.File("b/1/model.onnx"), 5);
        await UntilAsync(async () => await Factor(server, "a") == 2 && (await server.Http.GetAsync("v2/models/b/ready")).IsSuccessStatusCode);
        Assert.Equal(5f, await Factor(server, "b"));
        Directory.Delete(_folder.File("b"), recursive: true);
        await UntilAsync(async () => !(await server.Http.GetAsync("v2/models/b/ready")).IsSuccessStatusCode);
    }

    [LinuxFact]
    public async Task A_link_out_of_the_folder_is_not_followed()
    {
        using var outside = new TemporaryFolder();
        ServedModels.Scale(outside.File("secret/1/model.onnx"), 1);
        ServedModels.Scale(_folder.File("real/1/model.onnx"), 2);
        Directory.CreateSymbolicLink(_folder.File("secret"), outside.File("secret"));
        Directory.CreateSymbolicLink(_folder.File("inside"), _folder.File("real"));
        await using TestServer server = await StartAsync(control: false);
        Assert.Equal(2f, await Factor(server, "inside"));
        Assert.Contains("GP5041", await server.Http.InferJsonAsync("secret", Row).ErrorAsync(404), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "maxBatchSize": 0 }""", "maxBatchSize takes a number of at least 1")]
    [InlineData("""{ "maxBatch": 4 }""", "maxBatch")]
    [InlineData("""{ "preferredBatchSizes": [32] }""", "preferredBatchSizes takes sizes from 1 to 16")]
    [InlineData("""{ "batching": """, "LineNumber")]
    public async Task A_wrong_file_of_options_is_the_reason_in_the_index(string json, string expected)
    {
        ServedModels.Scale(_folder.File("scale/1/model.onnx"), 1);
        File.WriteAllText(_folder.File("scale/serving.json"), json);
        await using TestServer server = await StartAsync(control: true);
        JsonElement entry = (await server.Http.PostAsync("v2/repository/index").JsonAsync())[0];
        Assert.Contains("GP5046", entry.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Contains(expected, entry.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    private static System.Text.Json.Nodes.JsonNode Row => Wires.Request(Wires.Input("x", "FP32", [1, 2], [1, 1]));

    private Task<TestServer> StartAsync(bool control) => TestServer.StartAsync(serving =>
    {
        serving.Models.Add(_folder.Path);
        serving.AllowModelControl = control;
        serving.Session = serving.Session with { Threads = 1 };
    });

    private static async Task<float> Factor(TestServer server, string model) =>
        (await server.Http.InferJsonAsync(model, Row).JsonAsync()).Floats()[0];

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (int i = 0; i < 600; i++)
        {
            if (await condition()) return;
            await Task.Delay(25);
        }
        Assert.Fail("it did not come");
    }
}
