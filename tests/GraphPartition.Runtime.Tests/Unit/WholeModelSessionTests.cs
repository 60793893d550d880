using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Loading;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>A compiled file without engines goes to ONNX Runtime as it is, and yet behaves as one that was read and planned.</summary>
public sealed class WholeModelSessionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_opens_without_reading_the_weights()
    {
        string path = Write(RandomModel.FromCodes([0, 6, 11]));
        using WholeModelSession? whole = WholeModelSession.TryOpen(path, new(), 2);
        Assert.NotNull(whole);
        Assert.Null(WholeModelSession.TryOpen(path, new() { KeepGroups = true }, 2));
        Assert.Null(WholeModelSession.TryOpen(path, new() { Validate = true }, 2));
        Assert.Null(WholeModelSession.TryOpen(path, new() { Profile = new() }, 2));
        Assert.Null(WholeModelSession.TryOpen(path, new() { Engines = new() { Mode = EngineMode.Required } }, 2));
    }

    [Fact]
    public void Large_weights_stay_in_the_file()
    {
        Model model = Weighted(4096);
        string path = Write(model);
        ModelSkeleton skeleton = ModelSkeleton.TryRead(path)!;
        Assert.True(skeleton.Bytes.Length < 4096, $"{skeleton.Bytes.Length} bytes");
        using ModelSession session = ModelSession.Load(path);
        using OrtValue x = OrtValues.ToOrt(TensorData.Floats([3], 1));
        using RunResult result = session.Run(new Dictionary<string, OrtValue> { ["x"] = x });
        Assert.Equal(Enumerable.Range(0, 4096).Select(i => 3f * i), result["y"].GetTensorDataAsSpan<float>().ToArray());
    }

    [Fact]
    public void Plan_contexts_and_warm_up_are_those_of_the_model()
    {
        CompiledModel compiled = Partitions.Compile(RandomModel.FromCodes([0, 6, 11, 3, 8]), "random:3:0.5");
        string path = Write(compiled);
        using ModelSession loaded = ModelSession.Load(path), created = ModelSession.Create(compiled);
        using OrtValue x = OrtValues.ToOrt(TensorData.Floats([1, 2, 3, 4, 5, 6], 2, 3));
        var feeds = new Dictionary<string, OrtValue> { ["x"] = x, ["y"] = x };
        loaded.WarmUp(feeds);
        using SessionContext context = loaded.CreateContext();
        using RunResult expected = created.Run(feeds), answer = loaded.Run(feeds);
        IReadOnlyList<OrtValue> kept = context.Run(feeds);
        Assert.Equal(created.Outputs.Select(v => v.Name), answer.Names);
        for (int i = 0; i < expected.Values.Count; i++)
        {
            Assert.Equal(expected.Values[i].GetTensorDataAsSpan<float>().ToArray(), answer.Values[i].GetTensorDataAsSpan<float>()
                .ToArray());
            Assert.Equal(expected.Values[i].GetTensorDataAsSpan<float>().ToArray(), kept[i].GetTensorDataAsSpan<float>().ToArray());
        }
        Assert.Equal(created.Plan.Steps.Length, loaded.Plan.Steps.Length);
        Assert.Equal(created.Inputs.Select(v => v.Type), loaded.Inputs.Select(v => v.Type));
    }

    [Fact]
    public void Wrong_inputs_give_our_own_errors_and_the_session_stays_usable()
    {
        using ModelSession session = ModelSession.Load(Write(Weighted(8)));
        using OrtValue good = OrtValues.ToOrt(TensorData.Floats([3], 1)), bad = OrtValues.ToOrt(TensorData.Floats([1, 2], 2));
        foreach (Dictionary<string, OrtValue> feeds in (Dictionary<string, OrtValue>[])[
            new() { ["x"] = bad }, [], new() { ["x"] = good, ["z"] = good }])
            Assert.All(Assert.Throws<ModelException>(() => session.Run(feeds)).Diagnostics, d => Assert.Equal("GP5004", d.Code.Id));
        using RunResult result = session.Run(new Dictionary<string, OrtValue> { ["x"] = good });
        Assert.Equal(21, result.Values[0].GetTensorDataAsSpan<float>()[7]);
    }

    [Fact]
    public async Task Runs_can_be_cancelled_and_wait_for_their_turn()
    {
        using ModelSession session = ModelSession.Load(Write(Weighted(8)), new() { Contexts = 1 });
        using OrtValue x = OrtValues.ToOrt(TensorData.Floats([3], 1));
        var feeds = new Dictionary<string, OrtValue> { ["x"] = x };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.RunAsync(feeds, new CancellationToken(canceled: true)));
        Assert.ThrowsAny<OperationCanceledException>(() => session.Run(feeds, new CancellationToken(canceled: true)));
        foreach (RunResult result in await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => session.RunAsync(feeds))))
        {
            Assert.Equal(3, result.Values[0].GetTensorDataAsSpan<float>()[1]);
            result.Dispose();
        }
    }

    [Fact]
    public void A_plan_that_was_changed_is_refused_when_it_is_read()
    {
        string path = _folder.File("changed.onnx");
        Model packed = CompiledModelFormat.ToModel(Partitions.Compile(Weighted(8), "all"));
        OnnxWriter.Write(packed.WithProperty("graphpartition.plan", packed.Property("graphpartition.plan") + " "), path);
        using ModelSession session = ModelSession.Load(path);
        using OrtValue x = OrtValues.ToOrt(TensorData.Floats([3], 1));
        session.Run(new Dictionary<string, OrtValue> { ["x"] = x }).Dispose(); // which needs no plan
        Assert.Equal("GP5001", Assert.Throws<ModelException>(() => session.Plan).Diagnostics[0].Code.Id);
        Assert.Equal("GP5001", Assert.Throws<ModelException>(
            () => ModelSession.Load(path, new() { KeepGroups = true })).Diagnostics[0].Code.Id);
    }

    [Fact]
    public void A_file_that_is_no_model_is_explained()
    {
        string path = _folder.File("text.onnx");
        File.WriteAllText(path, "this is not a model");
        Assert.StartsWith("GP1", Assert.Throws<ModelException>(() => ModelSession.Load(path)).Diagnostics[0].Code.Id,
            StringComparison.Ordinal);
        Assert.StartsWith("GP1", Assert.Throws<ModelException>(() => ModelSession.Load(path + ".missing")).Diagnostics[0].Code.Id,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_that_is_an_input_shares_no_memory_with_it()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        Value y = builder.Op("Neg", "y", [x]);
        var model = new Model(builder.Build(x, y)) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };
        using ModelSession session = ModelSession.Load(Write(model));
        float[] numbers = [1, 2];
        RunResult result;
        using (OrtValue fed = OrtValue.CreateTensorValueFromMemory(numbers, [2])) result =
            session.Run(new Dictionary<string, OrtValue> { ["x"] = fed });
        numbers[0] = 7;
        Assert.Equal([1, 2], result.Values[0].GetTensorDataAsSpan<float>().ToArray());
        Assert.Equal([-1, -2], result.Values[1].GetTensorDataAsSpan<float>().ToArray());
        result.Dispose();
    }

    private static Model Weighted(int length)
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1)));
        Value w = builder.Constant("w", TensorData.Floats([.. Enumerable.Range(0, length).Select(i => (float)i)], length));
        return new Model(builder.Build(builder.Op("Mul", "y", [x, w]))) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };
    }

    private string Write(Model model) => Write(Partitions.Compile(model, "all"));

    private string Write(CompiledModel compiled)
    {
        string path = _folder.File($"{Guid.NewGuid():N}.onnx");
        CompiledModelFormat.Write(compiled, path);
        return path;
    }
}
