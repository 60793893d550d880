using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace GraphPartition.Tests.Property;

public sealed class ExecutionProperties
{
    [Fact]
    public void Partitioned_merged_and_plain_execution_agree() => RandomModel.Check(20, 60, model =>
    {
        Dictionary<string, DataValue> inputs = TestRun.Inputs(model.Graph);
        DataValue[] plain = TestRun.RunPlain(OnnxWriter.ToBytes(model), inputs);
        CompiledModel compiled = Partitions.Compile(model, "random:11:0.5");
        return TestRun.Difference(plain, TestRun.Run(compiled, inputs, keepGroups: true)) is null
            && TestRun.Difference(plain, TestRun.Run(compiled, inputs, keepGroups: false)) is null;
    });

    [Fact]
    public void A_compiled_model_runs_in_a_plain_runtime() => RandomModel.Check(20, 60, model =>
    {
        Dictionary<string, DataValue> inputs = TestRun.Inputs(model.Graph);
        byte[] packed = CompiledModelFormat.Write(Partitions.Compile(model, "random:4:0.7"));
        return TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), inputs), TestRun.RunPlain(packed, inputs)) is null
            && TestRun.Difference(TestRun.RunPlain(packed, inputs), TestRun.Run(CompiledModelFormat.Read(packed), inputs, true)) is null;
    });

    [Fact]
    public void Compiling_twice_gives_identical_bytes() => RandomModel.Check(40, 100, model =>
        CompiledModelFormat.Write(Partitions.Compile(model, "random:9:0.5"))
            .SequenceEqual(CompiledModelFormat.Write(Partitions.Compile(model, "random:9:0.5"))));

    [Fact]
    public void The_comparison_detects_a_wrong_result() => Assert.NotNull(TestRun.Difference(
        [TensorData.Floats([1, 2])], [TensorData.Floats([2, 4])]));

    [Fact]
    public void Concurrent_runs_give_what_single_runs_give()
    {
        Model model = RandomModel.FromCodes([.. Enumerable.Range(0, 40).Select(i => i * 7919 + 13)]);
        using ModelSession session = ModelSession.Create(Partitions.Compile(model, "random:1:0.5"), new() { KeepGroups = true });
        Assert.True(session.Plan.Steps.Length > 2);
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, seed =>
        {
            float[] numbers = [.. Enumerable.Range(0, 6).Select(i => MathF.Sin(seed * 6 + i))];
            using OrtValue x = OrtValues.ToOrt(TensorData.Floats(numbers, 2, 3)),
                y = OrtValues.ToOrt(TensorData.Floats([1, 2, 3, 4, 5, 6], 2, 3));
            var feeds = new Dictionary<string, OrtValue> { ["x"] = x, ["y"] = y };
            DataValue[] expected = TestRun.RunPlain(
                OnnxWriter.ToBytes(model), feeds.ToDictionary(f => f.Key, f => OrtValues.ToData(f.Value)));
            using RunResult result = session.Run(feeds);
            Assert.Null(TestRun.Difference(expected, [.. result.Values.Select(OrtValues.ToData)]));
        });
    }

    [Fact]
    public void A_cancelled_run_throws_and_leaves_the_session_usable()
    {
        Model model = RandomModel.FromCodes([0, 6, 11]);
        using ModelSession session = ModelSession.Create(Partitions.Compile(model, "all"));
        using OrtValue x = OrtValues.ToOrt(TensorData.Floats(new float[6], 2, 3));
        var feeds = new Dictionary<string, OrtValue> { ["x"] = x, ["y"] = x };
        Assert.ThrowsAny<OperationCanceledException>(() => session.Run(feeds, new CancellationToken(canceled: true)));
        session.Run(feeds).Dispose();
    }

    [Fact]
    public void Wrong_inputs_are_all_named_at_once()
    {
        using ModelSession session = ModelSession.Create(Partitions.Compile(RandomModel.FromCodes([6]), "all"));
        using OrtValue wrong = OrtValues.ToOrt(TensorData.Int64s(1, 2));
        var error = Assert.Throws<ModelException>(() =>
            session.Run(new Dictionary<string, OrtValue> { ["x"] = wrong, ["stranger"] = wrong }));
        Assert.All(error.Diagnostics, d => Assert.Equal("GP5004", d.Code.Id));
        Assert.Equal(["x", "y", "stranger"], error.Diagnostics.Select(d => d.Where));
    }

    [Fact]
    public void An_unknown_operator_is_named_with_node_and_domain()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        Node node = builder.Add(new OpName("acme", "Frobnicate"), [x], ["y"], name: "frob_1");
        var model = new Model(builder.Build(node.Outputs[0]!))
        {
            Opsets = RandomModel.FromCodes([]).Opsets.Add("acme", 1),
            FormatVersion = 8
        };
        CompiledModel compiled = Partitions.Compile(model, "none"); // planning works
        Diagnostic diagnostic = Assert.Single(Assert.Throws<ModelException>(() => ModelSession.Create(compiled)).Diagnostics);
        Assert.Equal("GP5003", diagnostic.Code.Id);
        Assert.Contains("frob_1", diagnostic.Where, StringComparison.Ordinal);
        Assert.Contains("acme", diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains("Frobnicate", diagnostic.Message, StringComparison.Ordinal);
    }
}
