using System.Text.Json.Nodes;
using Grpc.Core;

namespace GraphPartition.Serving.Tests.Unit;

/// <summary>What happens to requests that wait. A gate in the model holds the runs, so no test depends on time.</summary>
public sealed class QueueTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Gate _gate = new();

    public void Dispose()
    {
        _gate.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Requests_that_come_while_the_model_is_busy_are_one_batch()
    {
        await using TestServer server = await StartAsync(new() { MaxBatchSize = 8, MaxQueueDelayMicroseconds = 0 });
        Task<float> first = InferAsync(server, 0);
        await _gate.EnteredAsync();
        Task<float>[] others = [.. Enumerable.Range(1, 5).Select(i => InferAsync(server, i))];
        await WaitingAsync(server, 5);
        _gate.Open();
        Assert.Equal(0f, await first);
        Assert.Equal((float[])[-1f, -2f, -3f, -4f, -5f], await Task.WhenAll(others));
        Assert.Equal(5, _gate.Runs[1].Length);
        string metrics = await server.Http.GetStringAsync("metrics");
        Assert.Contains("""gp_batches{model="gated",version="1",size="5"} 1""", metrics, StringComparison.Ordinal);
        Assert.Contains("""nv_inference_count{model="gated",version="1"} 6""", metrics, StringComparison.Ordinal);
        Assert.Contains("""nv_inference_exec_count{model="gated",version="1"} 2""", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preferred_size_is_taken()
    {
        await using TestServer server = await StartAsync(new()
        { MaxBatchSize = 8, PreferredBatchSizes = [2, 4], MaxQueueDelayMicroseconds = 1_000_000 });
        Task<float>[] blocking = [InferAsync(server, 0), InferAsync(server, 0)]; // a pair does not wait for the delay
        await _gate.EnteredAsync();
        Task<float>[] others = [.. Enumerable.Range(1, 6).Select(i => InferAsync(server, i))];
        await WaitingAsync(server, 6);
        _gate.Open();
        await Task.WhenAll([.. blocking, .. others]);
        Assert.Equal([2, 1, 1, 4, 2], Sizes()); // the requests of the first batch run alone too, for the check
    }

    [Fact]
    public async Task Without_batching_each_request_runs_alone()
    {
        _gate.Open();
        await using TestServer server = await StartAsync(new() { Batching = BatchingMode.Off });
        Assert.Equal((float[])[-1f, -2f, -3f], await Task.WhenAll(Enumerable.Range(1, 3).Select(i => InferAsync(server, i))));
        Assert.All(_gate.Runs, run => Assert.Single(run));
    }

    [Fact]
    public async Task A_full_queue_refuses_with_a_time_to_come_back()
    {
        await using TestServer server = await StartAsync(new() { MaxBatchSize = 1, MaxQueueSize = 2 });
        Task<float> first = InferAsync(server, 0);
        await _gate.EnteredAsync();
        Task<float>[] waiting = [InferAsync(server, 1), InferAsync(server, 2)];
        await WaitingAsync(server, 2);
        HttpResponseMessage refused = await server.Http.InferJsonAsync("gated", Request(3));
        Assert.Contains("GP5017", await Task.FromResult(refused).ErrorAsync(503), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await server.Rpc.ModelInferAsync(Message(3)));
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        _gate.Open();
        Assert.Equal((float[])[0f, -1f, -2f], await Task.WhenAll([first, .. waiting]));
        Assert.Contains("reason=\"REJECTED\"} 2", await server.Http.GetStringAsync("metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_waits_for_too_long_fails_and_runs_never()
    {
        await using TestServer server = await StartAsync(new() { MaxBatchSize = 1 });
        Task<float> first = InferAsync(server, 0);
        await _gate.EnteredAsync();
        JsonObject late = Request(9);
        late["parameters"] = new JsonObject { ["timeout"] = 5000 };
        Assert.Contains("GP5018", await server.Http.InferJsonAsync("gated", late).ErrorAsync(503), StringComparison.Ordinal);
        _gate.Open();
        await first;
        Assert.Equal(-1f, await InferAsync(server, 1));
        Assert.DoesNotContain(9f, _gate.Runs.SelectMany(r => r));
    }

    [Fact]
    public async Task Priorities_go_first()
    {
        await using TestServer server = await StartAsync(new() { MaxBatchSize = 1, PriorityLevels = 3, DefaultPriorityLevel = 2 });
        Task<float> first = InferAsync(server, 0);
        await _gate.EnteredAsync();
        List<Task<float>> others = [];
        foreach ((float x, int priority) in new[] { (1f, 3), (2f, 0), (3f, 1), (4f, 1) }) // 0 is the default, 2
        {
            JsonObject request = Request(x);
            request["parameters"] = new JsonObject { ["priority"] = priority };
            others.Add(AnswerAsync(server.Http.InferJsonAsync("gated", request)));
            await WaitingAsync(server, others.Count);
        }
        _gate.Open();
        await Task.WhenAll(others);
        await first;
        Assert.Equal((float[])[0f, 3f, 4f, 2f, 1f], _gate.Runs.Select(r => r[0]));
    }

    [Fact]
    public async Task A_client_that_goes_away_stops_the_run()
    {
        await using TestServer server = await StartAsync(new() { MaxBatchSize = 1 });
        using var source = new CancellationTokenSource();
        Task<ModelInferResponse> call = server.Rpc.ModelInferAsync(Message(1), cancellationToken: source.Token).ResponseAsync;
        await _gate.EnteredAsync();
        await source.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call)).StatusCode);
        await UntilAsync(() => _gate.WasCancelled);
        _gate.Open();
        Assert.Equal(-2f, await InferAsync(server, 2));
    }

    [Fact]
    public async Task A_deadline_of_gRPC_ends_a_request_that_waits()
    {
        await using TestServer server = await StartAsync(new() { MaxBatchSize = 1 });
        Task<float> first = InferAsync(server, 0);
        await _gate.EnteredAsync();
        RpcException error = await Assert.ThrowsAsync<RpcException>(
            async () => await server.Rpc.ModelInferAsync(Message(7), deadline: DateTime.UtcNow.AddMilliseconds(100)));
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        await WaitingAsync(server, 0);
        _gate.Open();
        await first;
        Assert.DoesNotContain(7f, _gate.Runs.SelectMany(r => r));
    }

    [Fact]
    public async Task A_server_that_stops_answers_what_it_accepted()
    {
        TestServer server = await StartAsync(new() { MaxBatchSize = 4, MaxQueueDelayMicroseconds = 0 });
        Task<float> first = InferAsync(server, 0);
        await _gate.EnteredAsync();
        Task<float>[] waiting = [.. Enumerable.Range(1, 10).Select(i => InferAsync(server, i))];
        await WaitingAsync(server, 10);
        Task stopping = server.StopAsync();
        await Task.Delay(100); // the server closes its ports meanwhile
        Assert.False(stopping.IsCompleted);
        _gate.Open();
        await stopping;
        Assert.Equal(Enumerable.Range(0, 11).Select(i => (float)-i), await Task.WhenAll([first, .. waiting]));
        await server.DisposeAsync();
    }

    private int[] Sizes() => [.. _gate.Runs.Select(r => r.Length)];

    private Task<TestServer> StartAsync(ModelOptions options) => TestServer.StartAsync(serving =>
    {
        serving.Models.Add(ServedModels.Gated(_folder.File("gated.onnx")));
        serving.Defaults = options with { Instances = 1, WarmUp = false };
        serving.Session = serving.Session with { Kernels = [_gate.Kernel], Threads = 1 };
        serving.Open = (path, session) => Runtime.ModelSession.Load(path, session);
    });

    private static JsonObject Request(float x) => Wires.Request(Wires.Input("x", "FP32", [1, 1], [x]));

    private static ModelInferRequest Message(float x) => Wires.Message("gated", x);

    private static Task<float> InferAsync(TestServer server, float x) => AnswerAsync(server.Http.InferJsonAsync("gated", Request(x)));

    private static async Task<float> AnswerAsync(Task<HttpResponseMessage> response) => (await response.JsonAsync()).Floats()[0];

    private static Task WaitingAsync(TestServer server, int requests) => UntilAsync(() => server.Waiting("gated") == requests);

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int i = 0; i < 3000 && !condition(); i++) await Task.Delay(10);
        Assert.True(condition(), "it did not come");
    }
}
