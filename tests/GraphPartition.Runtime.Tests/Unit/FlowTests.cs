using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Tests.Support;
using GraphPartition.TensorRt;
using GraphPartition.TestModels;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>If, Loop and Scan that the session runs itself.</summary>
public sealed class FlowTests
{
    private static readonly IrType Matrix = IrType.Tensor(ElementType.Float32, Shape.Of(2, 3));

    [Fact]
    public void A_loop_is_a_step_if_groups_in_its_body_run_alone_else_one_node()
    {
        CompiledModel compiled = Partitions.Compile(Counting(), "table");
        using ModelSession kept = ModelSession.Create(compiled, new() { KeepGroups = true }), merged = ModelSession.Create(compiled);
        ExecutionPlan body = Assert.Single(Assert.Single(kept.Plan.Steps, s => s.Bodies.Length > 0).Bodies);
        Assert.Contains(body.Steps, s => s.Group is not null);
        Assert.Empty(Assert.Single(merged.Plan.Steps).Bodies);
    }

    [Fact]
    public void A_loop_is_cancelled_between_iterations_and_leaves_the_session_usable()
    {
        using ModelSession session = ModelSession.Create(Partitions.Compile(Counting(), "table"), new() { KeepGroups = true, Threads = 1 });
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.ThrowsAny<OperationCanceledException>(() => Count(session, long.MaxValue, source.Token));
        Assert.Equal(5, Count(session, 5));
    }

    [Fact]
    public void A_step_that_fails_inside_a_body_leaves_the_session_usable()
    {
        CompiledModel compiled = Partitions.Compile(Counting(), "table");
        int runs = 0;
        var stream = new SimulatedStream();
        using (ModelSession session = ModelSession.Create(
            compiled, new() { Threads = 1 }, () => stream, new SimulatedEngines(compiled, _ => true)
            {
                BeforeRun = _ => { if (++runs == 4) throw new EnvironmentException(TensorRtCodes.EngineRunFailed, "test", "told to fail"); },
            }))
        {
            Assert.Contains("told to fail", Assert.Throws<EnvironmentException>(() => Count(session, 9)).Message, StringComparison.Ordinal);
            Assert.Equal(9, Count(session, 9));
        }
        Assert.Equal(0, stream.Blocks);
    }

    [Fact]
    public void A_step_in_a_body_without_device_memory_runs_on_the_cpu_if_allowed()
    {
        CompiledModel compiled = Partitions.Compile(Counting(), "table");
        using ModelSession session = ModelSession.Create(
            compiled, new() { Threads = 1, OutOfMemory = OutOfMemoryPolicy.RunOnCpu }, () => new SimulatedStream(),
            new SimulatedEngines(compiled, _ => true) { BeforeRun = _ => throw new OutOfDeviceMemoryException("test", "told to") });
        Assert.Equal(7, Count(session, 7));
        Assert.Equal(3, Count(session, 3));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Loops_of_static_shapes_allocate_nothing(bool isEquilibrium)
    {
        Model model = isEquilibrium ? ModelZoo.Find("equilibrium")!.Build(new() { Rules = OperatorTable.Default, Image = 16 })
            : Counting(hasOpenShapes: false);
        CompiledModel compiled = isEquilibrium ? Partitions.Compile(model, "table")
            : Enumerable.Range(0, 100).Select(seed => Partitions.Compile(model, $"random:{seed}:0.5")).First(c => c.Cut.Bodies.Length > 0);
        using ModelSession session = ModelSession.Create(compiled, new() { KeepGroups = true, Threads = 1 });
        Assert.Contains(session.Plan.Steps, s => s.Bodies.Length > 0);
        using SessionContext context = session.CreateContext();
        Dictionary<string, OrtValue> feeds = isEquilibrium
            ? TestRun.Inputs(model.Graph).ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value))
            : new()
            {
                ["x"] = OrtValues.ToOrt(TensorData.Floats(new float[6], 2, 3)),
                ["trips"] = OrtValues.ToOrt(TensorData.Scalar(ElementType.Int64, 6L))
            };
        for (int i = 0; i < 100; i++) context.Run(feeds); // past the compiler's tiers
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++) context.Run(feeds);
        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 20;
        // The number of trips of an equilibrium depends on the data, and so does the shape of its second result, which each run allocates.
        Assert.InRange(each, 0, isEquilibrium ? 2000 : 0);
        foreach (OrtValue value in feeds.Values) value.Dispose();
    }

    [Fact]
    public void A_profile_lists_iterations_and_their_steps()
    {
        var profile = new RunProfile();
        using ModelSession session = ModelSession.Create(
            Partitions.Compile(Counting(), "table"), new() { KeepGroups = true, Profile = profile });
        Count(session, 4);
        ActionTime loop = Assert.Single(profile.Times, t => t.Iterations > 0);
        Assert.Equal((4, null), (loop.Iterations, loop.Inside));
        Assert.All(profile.Times.Where(t => t.Inside == "loop").GroupBy(t => t.Name), step => Assert.Equal(4, step.Count()));
        Assert.Contains(profile.Times, t => t.Inside == "loop" && t.Name.StartsWith("TrtNode", StringComparison.Ordinal));
    }

    [Fact]
    public void A_loop_that_carries_an_optional_is_one_node_of_ONNX_Runtime_with_a_reason()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "optional" };
        Value x = builder.Input("x", Matrix), trips = builder.Input("trips", IrType.Tensor(ElementType.Int64, Shape.Scalar));
        Value filled = builder.Op("Optional", "filled", [x]);
        var body = new GraphBuilder(builder.Rules, builder.Scope) { Name = "body" };
        body.Input("i", IrType.Tensor(ElementType.Int64, Shape.Scalar));
        Value goOn = body.Input("go_on", IrType.Tensor(ElementType.Bool, Shape.Scalar)),
            carried = body.Input("carried", new OptionalType(Matrix));
        Value sum = body.Input("sum", Matrix);
        Value next = body.Op("Add", "next", [sum, body.Op("OptionalGetElement", "got", [carried])]);
        Node loop = builder.Add("Loop", [trips, null, filled, x], ["kept", "total"],
            AttributeMap.Of(("body", body.Build(goOn, carried, next))), "loop");
        var model = new Model(builder.Build(loop.Outputs[1]!))
        {
            Opsets = RandomModel.FromCodes([]).Opsets.SetItem("", 18),
            FormatVersion = 8
        };
        using ModelSession session = ModelSession.Create(Partitions.Compile(model, "table"), new() { KeepGroups = true });
        WholeNode whole = Assert.Single(session.Plan.Whole);
        Assert.Contains("loop", whole.Node, StringComparison.Ordinal);
        Assert.Contains("optional", whole.Reason, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_sequence_that_begins_empty_is_carried(long trips)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "sequences" };
        Value x = builder.Input("x", Matrix), count = builder.Input("trips", IrType.Tensor(ElementType.Int64, Shape.Scalar));
        Value empty = builder.Input("empty", new SequenceType(Matrix));
        var body = new GraphBuilder(builder.Rules, builder.Scope) { Name = "body" };
        body.Input("i", IrType.Tensor(ElementType.Int64, Shape.Scalar));
        Value goOn = body.Input("go_on", IrType.Tensor(ElementType.Bool, Shape.Scalar)),
            list = body.Input("list", new SequenceType(Matrix));
        Value scale = body.Input("scale", Matrix);
        Value next = body.Op("Relu", "next", [body.Op("Add", "moved", [scale, x])]);
        Value longer = body.Op("SequenceInsert", "longer", [list, next]);
        Node loop = builder.Add("Loop", [count, null, empty, x], ["all", "last"], AttributeMap.Of(("body", body.Build(goOn, longer, next))),
            "loop");
        var model = new Model(builder.Build(loop.Outputs[0]!, loop.Outputs[1]!))
        {
            Opsets =
            RandomModel.FromCodes([]).Opsets.SetItem("", 18),
            FormatVersion = 8
        };
        using ModelSession session = ModelSession.Create(Partitions.Compile(model, "table"), new() { KeepGroups = true });
        Assert.Contains(session.Plan.Steps, s => s.Bodies.Length > 0);
        Dictionary<string, OrtValue> feeds = new()
        {
            ["x"] = OrtValues.ToOrt(TensorData.Floats([1, 2, 3, 4, 5, 6], 2, 3)),
            ["trips"] = OrtValues.ToOrt(TensorData.Scalar(ElementType.Int64, trips)),
            ["empty"] = OrtValues.ToOrt(new SequenceValue([]), empty.Type),
        };
        for (int run = 0; run < 3; run++)
        {
            using RunResult result = session.Run(feeds);
            var all = Assert.IsType<SequenceValue>(OrtValues.ToData(result.Values[0]));
            Assert.Equal(Enumerable.Range(1, (int)trips).Select(i => (float)(i + 1)),
                all.Items.Select(t => (float)Numbers.At(ElementType.Float32, ((TensorValue)t).Data.Bytes.Span, 0)));
        }
        foreach (OrtValue value in feeds.Values) value.Dispose();
    }

    [Fact]
    public void An_empty_sequence_of_unknown_elements_is_refused() =>
        Assert.Equal("GP5004", Assert.Throws<ModelException>(() => OrtValues.ToOrt(new SequenceValue([]))).Diagnostics[0].Code.Id);

    [Fact]
    public void Equilibrium_gives_the_same_with_its_loop_group_on_a_device()
    {
        Model model = ModelZoo.Find("equilibrium")!.Build(new() { Rules = OperatorTable.Default, Image = 16 });
        CompiledModel compiled = Partitions.Compile(model, "table");
        Dictionary<string, DataValue> inputs = TestRun.Inputs(model.Graph);
        DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(model), inputs);
        var stream = new SimulatedStream();
        SimulatedStream? first = stream;
        using ModelSession session = ModelSession.Create(compiled, new() { Threads = 1 },
            () => Interlocked.Exchange(ref first, null) ?? new SimulatedStream(), new SimulatedEngines(compiled, _ => true));
        Assert.NotEmpty(Assert.Single(session.Plan.Steps, s => s.Bodies.Length > 0).Bodies);
        for (int run = 0; run < 3; run++)
            Assert.Null(TestRun.Difference(expected, TestRun.Run(session, inputs)));
        Assert.True(stream.Replays > 3, $"{stream.Replays} replays: iterations were not recorded");
    }

    /// <summary>A Loop whose condition is an input, which TensorRT does not support: it counts and stacks nothing.</summary>
    private static Model Counting(bool hasOpenShapes = true)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "counting" };
        Value x = builder.Input("x", Matrix), trips = builder.Input("trips", IrType.Tensor(ElementType.Int64, Shape.Scalar));
        var body = new GraphBuilder(builder.Rules, builder.Scope) { Name = "body" };
        body.Input("i", IrType.Tensor(ElementType.Int64, Shape.Scalar));
        Value goOn = body.Input("go_on", IrType.Tensor(ElementType.Bool, Shape.Scalar)), count = body.Input("count", Matrix);
        Value one = body.Constant("one", TensorData.Floats([1, 1, 1, 1, 1, 1], 2, 3));
        Value next = body.Op("Relu", "next", [body.Op("Add", "sum", [count, one])]);
        // TensorRT does not have it
        Value unique = hasOpenShapes ? body.Add("Unique", [next], ["distinct"], null, "unique").Outputs[0]! : next;
        Value size = body.Op("Cast", "size", [body.Op("Size", "size_i", [unique])], AttributeMap.Of(("to", (long)ElementType.Float32)));
        Value same = body.Op(
            "Mul", "same", [next, body.Op("Min", "at_most_one", [size, body.Constant("1", TensorData.Scalar(ElementType.Float32, 1f))])]);
        Node loop = builder.Add("Loop", [trips, null, x], ["counted"], AttributeMap.Of(("body", body.Build(goOn, same))), "loop");
        return new Model(builder.Build(loop.Outputs[0]!)) { Opsets = RandomModel.FromCodes([]).Opsets.SetItem("", 18), FormatVersion = 8 };
    }

    private static float Count(ModelSession session, long trips, CancellationToken cancellation = default)
    {
        using OrtValue x = OrtValues.ToOrt(TensorData.Floats(new float[6], 2, 3)),
            most = OrtValues.ToOrt(TensorData.Scalar(ElementType.Int64, trips));
        using RunResult result = session.Run(new Dictionary<string, OrtValue> { ["x"] = x, ["trips"] = most }, cancellation);
        ReadOnlySpan<float> counted = result.Values[0].GetTensorDataAsSpan<float>();
        foreach (float one in counted) Assert.Equal(counted[0], one);
        return counted[0];
    }
}
