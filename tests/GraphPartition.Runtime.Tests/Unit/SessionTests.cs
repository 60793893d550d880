using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.Runtime.Tests.Support;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Unit;

public sealed class SessionTests
{
    [Fact]
    public async Task RunAsync_gives_what_Run_gives_and_can_be_cancelled()
    {
        using ModelSession session = ModelSession.Create(
            Partitions.Compile(RandomModel.FromCodes([0, 6, 11]), "all"), new() { Contexts = 1 });
        using OrtValue x = OrtValues.ToOrt(TensorData.Floats([1, 2, 3, 4, 5, 6], 2, 3));
        var feeds = new Dictionary<string, OrtValue> { ["x"] = x, ["y"] = x };
        using RunResult now = session.Run(feeds);
        RunResult[] later = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => session.RunAsync(feeds)));
        foreach (RunResult result in later)
        {
            Assert.Equal(now.Values[0].GetTensorDataAsSpan<float>().ToArray(), result.Values[0].GetTensorDataAsSpan<float>().ToArray());
            result.Dispose();
        }
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.RunAsync(feeds, new CancellationToken(canceled: true)));
        (await session.RunAsync(feeds)).Dispose();
    }

    [Fact]
    public void A_value_that_is_not_finite_is_named_with_its_step()
    {
        var builder = new GraphBuilder(GraphPartition.Operators.OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        var model = new Model(builder.Build(builder.Op("Neg", "z", [builder.Op("Log", "y", [x])])))
        {
            Opsets =
            RandomModel.FromCodes([]).Opsets,
            FormatVersion = 8
        };
        using ModelSession session = ModelSession.Create(Partitions.Compile(model, "all"), new() { Validate = true });
        using OrtValue good = OrtValues.ToOrt(TensorData.Floats([1, 2])), bad = OrtValues.ToOrt(TensorData.Floats([1, -1]));
        session.Run(new Dictionary<string, OrtValue> { ["x"] = good }).Dispose();
        Diagnostic diagnostic = Assert.Single(Assert.Throws<ModelException>(
            () => session.Run(new Dictionary<string, OrtValue> { ["x"] = bad })).Diagnostics);
        Assert.Equal("GP5010", diagnostic.Code.Id);
        Assert.Contains("element 1 is NaN", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_declared_shape_that_is_wrong_does_not_spoil_the_run()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Node wrong = builder.Add("Transpose", [x], [new("t", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)))]);
        Graph graph = builder.Build(wrong.Outputs[0]!);
        var model = new Model(graph) { Opsets = RandomModel.FromCodes([]).Opsets, FormatVersion = 8 };
        var compiled = new CompiledModel(model, Cut.Whole(graph), "");
        using ModelSession session = ModelSession.Create(compiled, new());
        using SessionContext context = session.CreateContext(); // keeps results in buffers of the declared shape
        using OrtValue fed = OrtValues.ToOrt(TensorData.Floats([1, 2, 3, 4, 5, 6], 2, 3));
        for (int run = 0; run < 2; run++)
        {
            OrtValue result = context.Run(new Dictionary<string, OrtValue> { ["x"] = fed })[0];
            Assert.Equal([3, 2], result.GetTensorTypeAndShape().Shape);
            Assert.Equal([1, 4, 2, 5, 3, 6], result.GetTensorDataAsSpan<float>().ToArray());
        }
    }

    [Fact]
    public void A_device_result_of_unknown_shape_is_allocated_in_each_run()
    {
        var builder = new GraphBuilder(GraphPartition.Operators.OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(4)));
        var model = new Model(builder.Build(builder.Op("NonZero", "places", [x])))
        {
            Opsets = OpsetVersions.Standard(18),
            FormatVersion = 8
        };
        CompiledModel compiled = Partitions.Compile(model, "all");
        using ModelSession session = ModelSession.Create(
            compiled, new(), () => new SimulatedStream(), new SimulatedEngines(compiled, _ => true));
        using OrtValue fed = OrtValues.ToOrt(TensorData.Floats(new float[4], 4)); // one object: the context keeps what it made of it
        foreach (float[] numbers in (float[][])[[1, 0, 1, 1], [0, 1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]])
        {
            numbers.CopyTo(fed.GetTensorMutableDataAsSpan<float>());
            using RunResult result = session.Run(new Dictionary<string, OrtValue> { ["x"] = fed });
            Assert.Equal(Enumerable.Range(0, 4).Where(i => numbers[i] != 0).Select(i => (long)i),
                result.Values[0].GetTensorDataAsSpan<long>().ToArray());
        }
    }

    [Fact]
    public void A_large_input_is_copied_in_pieces_and_later_steps_are_recorded()
    {
        const int Count = 150_001; // three pieces, the last not full
        var builder = new GraphBuilder(GraphPartition.Operators.OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(Count)));
        var model = new Model(builder.Build(builder.Op("Neg", "y", [x]))) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };
        CompiledModel compiled = Partitions.Compile(model, "all");
        var stream = new SimulatedStream();
        using ModelSession session = ModelSession.Create(compiled, new(), () => stream, new SimulatedEngines(compiled, _ => true));
        using OrtValue fed = OrtValues.ToOrt(TensorData.Floats(new float[Count], Count));
        for (int run = 0; run < 4; run++)
        {
            Span<float> numbers = fed.GetTensorMutableDataAsSpan<float>();
            for (int i = 0; i < Count; i++) numbers[i] = i + run * 0.5f;
            using RunResult result = session.Run(new Dictionary<string, OrtValue> { ["x"] = fed });
            float[] expected = [.. Enumerable.Range(0, Count).Select(i => -(i + run * 0.5f))];
            Assert.Equal(expected, result.Values[0].GetTensorDataAsSpan<float>().ToArray());
        }
        Assert.Equal(2, stream.Replays);
    }

    [Fact]
    public void A_profile_has_each_step_with_bytes_and_device()
    {
        var profile = new RunProfile();
        CompiledModel compiled = Partitions.Compile(
            RandomModel.FromCodes([.. Enumerable.Range(0, 20).Select(i => i * 7919 + 13)]), "random:1:0.5");
        using ModelSession session = ModelSession.Create(compiled, new() { KeepGroups = true, Profile = profile });
        using OrtValue x = OrtValues.ToOrt(TensorData.Floats(new float[6], 2, 3));
        session.Run(new Dictionary<string, OrtValue> { ["x"] = x, ["y"] = x }).Dispose();
        Assert.Equal(session.Plan.Steps.Length, profile.Times.Count(t => t.Inside is null));
        Assert.All(profile.Times, t => Assert.True(t is { Kind: "step", Device: "cpu", Bytes: > 0, Nodes: > 0, Ms: >= 0 }));
    }

    [Fact]
    public void A_device_without_memory_gives_an_error_with_a_remedy()
    {
        CompiledModel compiled = Partitions.Compile(RandomModel.FromCodes([0, 6, 11]), "all");
        using ModelSession session = ModelSession.Create(
            compiled, new(), () => new SimulatedStream { Limit = 0 }, new SimulatedEngines(compiled, _ => true));
        using OrtValue x = OrtValues.ToOrt(TensorData.Floats(new float[6], 2, 3));
        var error = Assert.Throws<OutOfDeviceMemoryException>(() => session.Run(new Dictionary<string, OrtValue> { ["x"] = x, ["y"] = x }));
        Assert.Equal("GP5009", error.Diagnostic.Code.Id);
    }

    [Fact]
    public void A_recording_is_dropped_when_a_step_meets_another_shape()
    {
        Model model = GraphPartition.TestModels.ModelZoo.Find("lenet")!.Build(
            new() { Batch = "n", Rules = GraphPartition.Operators.OperatorTable.Default });
        CompiledModel compiled = Partitions.Compile(model, "all");
        var stream = new SimulatedStream();
        using ModelSession session = ModelSession.Create(
            compiled, new() { Threads = 1 }, () => stream, new SimulatedEngines(compiled, _ => true) { KeepsOneShape = true });
        foreach ((int batch, int replays) in new[] { (1, 0), (1, 0), (1, 1), (2, 1), (1, 1), (1, 1), (1, 2), (2, 2), (1, 2), (2, 2), (2, 2),
            (2, 3) })
        {
            using OrtValue x = OrtValues.ToOrt(TensorData.Floats(new float[batch * 1024], batch, 1, 32, 32));
            session.Run(new Dictionary<string, OrtValue> { [model.Graph.Inputs[0].Name] = x }).Dispose();
            Assert.Equal(replays, stream.Replays);
        }
    }

    [Fact]
    public void Shapes_are_kept_up_to_the_limit_then_the_oldest_is_removed()
    {
        Model model = GraphPartition.TestModels.ModelZoo.Find("lenet")!.Build(
            new() { Batch = "n", Rules = GraphPartition.Operators.OperatorTable.Default });
        CompiledModel compiled = Partitions.Compile(model, "all");
        var stream = new SimulatedStream();
        using ModelSession session = ModelSession.Create(
            compiled, new() { Threads = 1, ShapesKept = 2 }, () => stream, new SimulatedEngines(compiled, _ => true));
        foreach ((int batch, int replays) in new[] { (1, 0), (1, 0), (1, 1), (2, 1), (2, 1), (2, 2), (1, 3), (3, 3), (1, 4), (2, 4) })
        {
            using OrtValue x = OrtValues.ToOrt(TensorData.Floats(new float[batch * 1024], batch, 1, 32, 32));
            session.Run(new Dictionary<string, OrtValue> { [model.Graph.Inputs[0].Name] = x }).Dispose();
            Assert.Equal(replays, stream.Replays);
        }
        Assert.Equal(4, stream.Blocks); // two shapes, at two places each
    }
}
