using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Runtime.Batching;
using GraphPartition.Runtime.Ort;
using GraphPartition.TestModels;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Unit;

public sealed class BatchingTests
{
    [Fact]
    public async Task Batched_requests_give_what_single_runs_give()
    {
        (ModelSession session, string input) = LeNetSession(keepGroups: true);
        using ModelSession _ = session;
        await using var batching = new BatchingSession(session, new() { MaxBatch = 8, MaxWait = TimeSpan.FromMilliseconds(20) });
        await Task.WhenAll(Enumerable.Range(0, 64).Select(async seed =>
        {
            using OrtValue x = Image(seed, samples: seed % 3 + 1);
            var feeds = new Dictionary<string, OrtValue> { [input] = x };
            using RunResult single = session.Run(feeds);
            using RunResult batched = await batching.RunAsync(feeds);
            Assert.Null(TestRun.Difference(Data(single), Data(batched)));
        }));
        (long batches, long requests) = batching.Counts;
        Assert.Equal(64, requests);
        Assert.True(batches < 64, $"{batches} batches: nothing was put together");
    }

    [Fact]
    public async Task A_bad_request_fails_alone()
    {
        (ModelSession session, string input) = LeNetSession(keepGroups: false);
        using ModelSession _ = session;
        await using var batching = new BatchingSession(session, new() { MaxBatch = 8, MaxWait = TimeSpan.FromMilliseconds(20) });
        using OrtValue good = Image(1, 1), rank = OrtValues.ToOrt(TensorData.Floats(new float[4], 2, 2));
        Task<RunResult> right = batching.RunAsync(new Dictionary<string, OrtValue> { [input] = good });
        ModelException error = await Assert.ThrowsAsync<ModelException>(
            () => batching.RunAsync(new Dictionary<string, OrtValue> { [input] = rank }));
        Assert.Equal("GP5004", error.Diagnostics[0].Code.Id);
        (await right).Dispose();
    }

    [Fact]
    public async Task A_cancelled_request_ends_and_the_others_get_answers()
    {
        (ModelSession session, string input) = LeNetSession(keepGroups: false);
        using ModelSession _ = session;
        await using var batching = new BatchingSession(session, new() { MaxBatch = 8, MaxWait = TimeSpan.FromMilliseconds(200) });
        using OrtValue x = Image(1, 1);
        var feeds = new Dictionary<string, OrtValue> { [input] = x };
        using var source = new CancellationTokenSource();
        Task<RunResult> first = batching.RunAsync(feeds), second = batching.RunAsync(feeds, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        (await first).Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => batching.RunAsync(feeds, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Inputs_of_one_request_must_have_as_many_samples()
    {
        Model model = WideAndDeep();
        using ModelSession session = ModelSession.Create(Partitions.Compile(model, "all"), new() { Threads = 1 });
        await using var batching = new BatchingSession(session);
        Dictionary<string, DataValue> inputs = TestRun.Inputs(model.Graph);
        Dictionary<string, OrtValue> feeds = inputs.ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value));
        (string name, OrtValue value) = feeds.Last();
        long[] dims = [.. value.GetTensorTypeAndShape().Shape];
        dims[0] = 2;
        feeds[name] = OrtValue.CreateAllocatedTensorValue(
            OrtAllocator.DefaultInstance, value.GetTensorTypeAndShape().ElementDataType, dims);
        ModelException error = await Assert.ThrowsAsync<ModelException>(() => batching.RunAsync(feeds));
        Assert.Contains("samples", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_with_a_fixed_batch_is_refused_with_the_value_that_is_fixed()
    {
        using ModelSession session = ModelSession.Create(Partitions.Compile(RandomModel.FromCodes([0, 6]), "all"));
        Diagnostic diagnostic = Assert.Single(Assert.Throws<ModelException>(() => new BatchingSession(session)).Diagnostics);
        Assert.Equal("GP5011", diagnostic.Code.Id);
        Assert.Equal("x", diagnostic.Where);
    }

    [Fact]
    public void A_model_whose_loop_count_depends_on_all_samples_is_refused_with_the_node()
    {
        Model model = ModelZoo.Find("equilibrium")!.Build(new() { Batch = "n", Image = 16, Rules = OperatorTable.Default });
        model = model with { Graph = WithoutChanges(model.Graph) };
        using ModelSession session = ModelSession.Create(Partitions.Compile(model, "none"));
        Diagnostic diagnostic = Assert.Single(Assert.Throws<ModelException>(() => new BatchingSession(session)).Diagnostics);
        Assert.Equal("GP5011", diagnostic.Code.Id);
        Assert.Contains("Loop", diagnostic.Where, StringComparison.Ordinal);
        Assert.Contains("condition", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_in_which_rows_meet_is_refused_with_the_node()
    {
        using ModelSession session = Centred();
        Diagnostic diagnostic = Assert.Single(Assert.Throws<ModelException>(() => new BatchingSession(session)).Diagnostics);
        Assert.Equal("GP5011", diagnostic.Code.Id);
        Assert.Equal("ReduceMean 'mean'", diagnostic.Where);
        Assert.Equal("it reduces the axis of the batch", diagnostic.Message);
    }

    /// <summary>The caller was wrong: the first batch shows it, and neither its requests nor later ones get a number.</summary>
    [Fact]
    public async Task A_wrong_assumption_about_rows_gives_no_results()
    {
        using ModelSession session = Centred();
        var options = new BatchingOptions { MaxBatch = 8, MaxWait = TimeSpan.FromMilliseconds(500), AllowUnproven = true };
        await using var batching = new BatchingSession(session, options);
        using OrtValue one = Row(1), two = Row(5);
        Task<RunResult>[] both = [.. new[] { one, two }.Select(x => batching.RunAsync(new Dictionary<string, OrtValue> { ["x"] = x }))];
        foreach (Task<RunResult> request in both)
        {
            Diagnostic diagnostic = (await Assert.ThrowsAsync<ModelException>(() => request)).Diagnostics[0];
            Assert.Equal("GP5012", diagnostic.Code.Id);
            Assert.Contains("rows 0 to 0", diagnostic.Message, StringComparison.Ordinal);
        }
        await Assert.ThrowsAsync<ModelException>(() => batching.RunAsync(new Dictionary<string, OrtValue> { ["x"] = one }));
    }

    [Fact]
    public async Task Assumed_rows_without_a_check_give_the_batch()
    {
        using ModelSession session = Centred();
        var options = new BatchingOptions
        {
            MaxBatch = 2,
            MaxWait = TimeSpan.FromMilliseconds(500),
            AllowUnproven = true,
            CheckFirstBatch = false,
        };
        await using var batching = new BatchingSession(session, options);
        using OrtValue one = Row(1), two = Row(5);
        RunResult[] both = await Task.WhenAll(new[] { one, two }.Select(
            x => batching.RunAsync(new Dictionary<string, OrtValue> { ["x"] = x })));
        Assert.Equal([-2f, 2f], both.Select(r => r.Values[0].GetTensorDataAsSpan<float>()[0]));
        foreach (RunResult result in both) result.Dispose();
    }

    /// <summary>x [n,2] without its mean over the batch.</summary>
    private static ModelSession Centred()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "centred" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 2)));
        Value mean = builder.Add("ReduceMean", [x, builder.Constant("axes", TensorData.Int64s(0))], ["m"], null, "mean").Outputs[0]!;
        var model = new Model(builder.Build(builder.Op("Sub", "y", [x, mean]))) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };
        return ModelSession.Create(Partitions.Compile(model, "none"), new() { Threads = 1 });
    }

    private static OrtValue Row(float number) => OrtValues.ToOrt(TensorData.Floats([number, number], 1, 2));

    /// <summary>Its second result has no batch dimension.</summary>
    private static Graph WithoutChanges(Graph graph)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = graph.Name };
        foreach (Value v in graph.Inputs) builder.Input(v);
        foreach (Value v in graph.Constants) builder.Constant(v);
        foreach (Node n in graph.Nodes) builder.Append(n);
        return builder.Build(graph.Outputs[0]);
    }

    private static (ModelSession Session, string Input) LeNetSession(bool keepGroups)
    {
        Model model = ModelZoo.Find("lenet")!.Build(new() { Batch = "n", Rules = OperatorTable.Default });
        CompiledModel compiled = Partitions.Compile(model, "random:3:0.5");
        return (ModelSession.Create(compiled, new() { Threads = 1, KeepGroups = keepGroups }), model.Graph.Inputs[0].Name);
    }

    private static Model WideAndDeep() => ModelZoo.Find("wide_deep")!.Build(new() { Batch = "n", Rules = OperatorTable.Default });

    private static OrtValue Image(int seed, int samples) => OrtValues.ToOrt(TensorData.Floats(
        [.. Enumerable.Range(0, samples * 1024).Select(i => MathF.Sin(seed * 31 + i))], samples, 1, 32, 32));

    private static DataValue[] Data(RunResult result) => [.. result.Values.Select(OrtValues.ToData)];
}
