using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Services;

namespace GraphPartition.Serving.Tests.Unit;

/// <summary><c>gpc bench --server</c>.</summary>
public sealed class BenchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Both_loops_count_the_answers_that_the_server_gave()
    {
        await using TestServer server = await TestServer.ServeAsync(
            [ServedModels.LeNet(_folder.File("lenet.onnx")), .. ServedModels.OfAllTypes(_folder.Path)]);
        using var closed = new ServerLoad(new(server.Address, "lenet") { Concurrency = [1, 4], Batch = 2, Seconds = 0.3 });
        IReadOnlyList<LoadRow> rows = await closed.RunAsync(default);
        Protocol.ModelStatistics statistics = (await server.Rpc.ModelStatisticsAsync(new() { Name = "lenet" })).ModelStats[0];
        Assert.Equal(rows.Sum(r => r.Requests) + 10, (int)statistics.InferenceStats.Success.Count); // ten to warm up
        Assert.Equal(2 * statistics.InferenceStats.Success.Count, statistics.InferenceCount);
        Assert.All(rows, r => Assert.Equal(0, r.Failed));
        Assert.All(rows, r => Assert.True(r.Milliseconds.P50 <= r.Milliseconds.P99));
        using var open = new ServerLoad(new(server.Address, "lenet") { Rates = [50], Seconds = 0.5 });
        Assert.Equal(25, (await open.RunAsync(default))[0].Requests);
        foreach (ElementType type in ServedModels.Types)
        {
            using var each = new ServerLoad(new(server.Address, ServedModels.NameOf(type)) { Seconds = 0.01 });
            Assert.Equal(0, (await each.RunAsync(default))[0].Failed);
        }
    }

    [LinuxFact]
    public async Task Tensors_in_shared_memory_are_the_tensors_that_are_sent()
    {
        string[] models = [ServedModels.LeNet(_folder.File("lenet.onnx")), .. ServedModels.OfAllTypes(_folder.Path)];
        await using TestServer server = await TestServer.StartAsync(serving =>
        {
            foreach (string model in models) serving.Models.Add(model);
            serving.AllowSharedMemory = true;
        });
        foreach (string name in models.Select(m => Path.GetFileNameWithoutExtension(m)!))
        {
            using var load = new ServerLoad(new(server.Address, name) { Seconds = 0.01, SharedMemory = true });
            LoadRow row = Assert.Single(await load.RunAsync(default));
            Assert.Equal((0, true), (row.Failed, row.Requests > 0));
        }
        Assert.Empty((await server.Http.GetAsync("v2/systemsharedmemory/status").JsonAsync()).EnumerateArray());
        Assert.Empty(Directory.GetFiles("/dev/shm", "gpc-bench-*"));
    }

    [LinuxFact]
    public async Task A_server_without_shared_memory_is_named_and_nothing_stays()
    {
        await using TestServer server = await TestServer.ServeAsync(ServedModels.Scale(_folder.File("scale.onnx"), 2));
        var failure = Assert.Throws<EnvironmentException>(() => new ServerLoad(new(server.Address, "scale") { SharedMemory = true }));
        Assert.Contains("--shared-memory", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles("/dev/shm", "gpc-bench-*"));
    }

    [Fact]
    public async Task A_server_that_is_not_there_or_lacks_the_model_is_named()
    {
        await using TestServer server = await TestServer.ServeAsync(ServedModels.Scale(_folder.File("scale.onnx"), 2));
        Assert.Equal("GP3027", Assert.Throws<EnvironmentException>(() => new ServerLoad(new(server.Address, "missing"))).Diagnostic.Code.Id);
        Assert.Equal("GP3027", Assert.Throws<EnvironmentException>(
            () => new ServerLoad(new(new Uri("http://127.0.0.1:1/"), "scale"))).Diagnostic.Code.Id);
    }

    [Theory]
    [InlineData("3", new double[] { 3 })]
    [InlineData("1:4", new double[] { 1, 2, 3, 4 })]
    [InlineData("10:30:10", new double[] { 10, 20, 30 })]
    [InlineData("1:16:2x", new double[] { 1, 2, 4, 8, 16 })]
    public void Ranges_are_those_of_perf_analyzer(string text, double[] expected) => Assert.Equal(expected, LoadArguments.Range("--rate", text));

    [Theory]
    [InlineData("0")]
    [InlineData("4:1")]
    [InlineData("1:2:3:4")]
    [InlineData("a")]
    [InlineData("1:9:0")]
    public void A_wrong_range_is_refused(string text) =>
        Assert.Equal("GP3012", Assert.Throws<ModelException>(() => LoadArguments.Range("--rate", text)).Diagnostics[0].Code.Id);
}
