using System.Diagnostics;

namespace GraphPartition.Serving.Tests.Unit;

/// <summary>What an OpenTelemetry collector would get.</summary>
public sealed class TraceTests
{
    [Fact]
    public async Task A_trace_goes_from_the_request_to_the_steps()
    {
        using var folder = new TemporaryFolder();
        List<Activity> ended = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => InferenceProtocol.ActivitySources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (ended) ended.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using TestServer server = await TestServer.StartAsync(serving =>
        {
            serving.Models.Add(ServedModels.LeNet(folder.File("traced.onnx")));
            serving.Session = serving.Session with { KeepGroups = true, Threads = 1 };
            serving.Defaults = new() { WarmUp = false };
        });
        await server.Rpc.ModelInferAsync(new()
        {
            ModelName = "traced",
            Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "image", Datatype = "FP32", Shape = { 1, 1, 32, 32 } } },
            RawInputContents = { Google.Protobuf.ByteString.CopyFrom(new byte[4096]) },
        });
        Activity[] all;
        lock (ended) all = [.. ended];
        Activity infer = Assert.Single(all, a => a.OperationName == "infer" && (string?)a.GetTagItem("model") == "traced");
        Activity batch = Assert.Single(all, a => a.OperationName == "batch" && a.ParentSpanId == infer.SpanId);
        Activity[] steps = [.. all.Where(a => a.ParentSpanId == batch.SpanId)];
        Assert.Contains(steps, a => a.OperationName.StartsWith("TrtNode_", StringComparison.Ordinal));
        Assert.Contains(steps, a => a.OperationName.StartsWith("step ", StringComparison.Ordinal));
        Assert.All(steps, a => Assert.Equal(infer.TraceId, a.TraceId));
    }
}
