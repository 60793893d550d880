using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Ort;
using GraphPartition.Runtime.Tests.Support;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>Which nodes run on the host where a device lacks an operator.</summary>
public sealed class PlacementTests
{
    [Fact]
    public void Index_arithmetic_before_an_operator_that_the_device_lacks_runs_on_the_host_with_it()
    {
        CompiledModel compiled = Lookup(rows: 4);
        using ModelSession session = OnDevice(compiled, lacking: "Unique");
        Assert.Equal(["cpu: Add Reshape Unique", "simulated: Gather Gather", "simulated: ReduceSum Exp Add"], Steps(session));
        AssertRuns(compiled, session, rows: 4);
    }

    [Fact]
    public void Large_work_stays_on_the_device()
    {
        CompiledModel compiled = Lookup(rows: 10_000);
        using ModelSession session = OnDevice(compiled, lacking: "Unique");
        Assert.Equal(["simulated: Add Reshape Exp", "cpu: Unique", "simulated: Gather Gather", "simulated: ReduceSum Add"], Steps(session));
        AssertRuns(compiled, session, rows: 10_000);
    }

    [Fact]
    public void Nodes_that_depend_on_device_work_stay_on_the_device()
    {
        CompiledModel compiled = Lookup(rows: 4, first: "Pow"); // not among the operators that the host takes over
        using ModelSession session = OnDevice(compiled, lacking: "Unique");
        Assert.Equal(["simulated: Pow Reshape Exp", "cpu: Unique"], Steps(session)[..2]);
        AssertRuns(compiled, session, rows: 4);
    }

    [Theory]
    [InlineData(int.MaxValue, new[] { "simulated: MatMul Add", "cpu: Tan", "simulated: MatMul" })]
    // as if ONNX Runtime had reasons of its own
    [InlineData(2, new[] { "simulated, with operators that it lacks on the cpu: MatMul Add Tan MatMul" })]
    public void A_group_is_cut_around_an_operator_that_the_device_lacks_if_it_computes_the_rest(int mostTogether, string[] steps)
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        IrType square = IrType.Tensor(ElementType.Float32, Shape.Of(2, 2));
        Value x = builder.Input("x", square), w = builder.Constant("w", TensorData.Floats([1, 2, 3, 4], 2, 2));
        Value tan = builder.Op("Tan", "tan", [builder.Op("Add", "moved", [builder.Op("MatMul", "first", [x, w]), w])]);
        Model model = new(builder.Build(builder.Op("MatMul", "y", [tan, w]))) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };
        CompiledModel compiled = Partitions.Compile(model, "all");
        using ModelSession session = ModelSession.Create(compiled, new() { Threads = 1 },
            () => new SimulatedStream { Records = false }, engines: null,
            new SimulatedProvider { Computes = n => compiled.Model.Graph.Nodes[n].Op.Type != "Tan", MostTogether = mostTogether });
        Assert.Equal(steps, Steps(session));
    }

    [Fact]
    public void An_operator_whose_kernel_cannot_be_made_on_the_device_runs_on_the_host()
    {
        CompiledModel compiled = Lookup(rows: 4);
        using ModelSession session = ModelSession.Create(compiled, new() { Threads = 1 },
            () => new SimulatedStream { Records = false }, engines: null,
            new SimulatedProvider { Refuses = n => compiled.Model.Graph.Nodes[n].Op.Type == "Exp" });
        Assert.Contains("cpu: Exp", Steps(session));
        AssertRuns(compiled, session, rows: 4);
    }

    [Fact]
    public void A_mode_that_the_device_lacks_does_not_exclude_the_others()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 2)));
        Value rows = builder.Op("Softmax", "rows", [x], AttributeMap.Of(("axis", new IntAttribute(0))));
        Value columns = builder.Op("Softmax", "columns", [rows], AttributeMap.Of(("axis", new IntAttribute(1))));
        Model model = new(builder.Build(columns)) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };
        CompiledModel compiled = Partitions.Compile(model, "none");
        foreach (int refused in new[] { 0, 1 })
        {
            using ModelSession session = ModelSession.Create(compiled, new() { Threads = 1 },
                () => new SimulatedStream { Records = false }, engines: null, new SimulatedProvider { Refuses = n => n == refused });
            Assert.Equal(refused == 0 ? ["cpu: Softmax", "simulated: Softmax"] : ["simulated: Softmax", "cpu: Softmax"], Steps(session));
        }
    }

    [Fact]
    public void A_node_that_neither_device_nor_host_can_compute_is_named()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        Node node = builder.Add(new OpName("acme", "Frobnicate"), [x], ["y"], name: "frob_1");
        var model = new Model(builder.Build(node.Outputs[0]!)) { Opsets = OpsetVersions.Standard(18).Add("acme", 1), FormatVersion = 8 };
        var fault = Assert.Throws<ModelException>(() => ModelSession.Create(
            Partitions.Compile(model, "none"), new() { Threads = 1 }, () => new SimulatedStream { Records = false }, engines: null,
            new SimulatedProvider()));
        Assert.Equal("GP5003", Assert.Single(fault.Diagnostics).Code.Id);
    }

    [Fact]
    public void A_group_is_cut_at_run_time_shapes_only_if_something_is_recorded()
    {
        CompiledModel compiled = Lookup(rows: 4);
        using ModelSession session = OnDevice(compiled, lacking: "ReduceSum");
        Assert.Equal(
            ["simulated: Add Reshape Exp", "simulated, with operators that it lacks on the cpu: Unique Gather Gather ReduceSum",
                "simulated: Add"], Steps(session));
        AssertRuns(compiled, session, rows: 4);
    }

    [Fact]
    public void An_operator_that_the_device_lacks_joins_the_step_of_run_time_shapes()
    {
        Model model = GraphPartition.TestModels.ModelZoo.Find("mobilenet_v2_detector")!.Build(
            new() { Batch = 1, Rules = OperatorTable.Default });
        using ModelSession session = OnDevice(Partitions.Compile(model, "table"), lacking: "MaxRoiPool");
        string[] steps = Steps(session);
        Assert.Equal(2, steps.Length);
        Assert.EndsWith("Mul Mul Sub Add Concat", steps[0], StringComparison.Ordinal);
        Assert.StartsWith("simulated, with operators that it lacks on the cpu: NonMaxSuppression Gather", steps[1],
            StringComparison.Ordinal);
        Assert.EndsWith("MaxRoiPool Flatten Gemm Relu Gemm Relu Gemm Softmax Gemm", steps[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_that_are_kept_are_not_cut()
    {
        CompiledModel compiled = Lookup(rows: 4);
        using ModelSession session = OnDevice(compiled, lacking: "Unique", keepGroups: true);
        Assert.Equal(["simulated: Add Reshape", "cpu: Unique", "simulated: Gather Gather ReduceSum Exp Add"], Steps(session));
        AssertRuns(compiled, session, rows: 4);
    }

    [Fact]
    public void ONNX_Runtime_gets_no_session_for_groups_with_an_engine()
    {
        CompiledModel compiled = Lookup(rows: 4);
        var provider = new SimulatedProvider { Computes = _ => false };
        using ModelSession session = ModelSession.Create(
            compiled, new() { Threads = 1 }, () => new SimulatedStream(), new SimulatedEngines(compiled, _ => true), provider);
        Assert.Equal("Unique", Assert.Single(provider.Requested.Select(n => compiled.Model.Graph.Nodes[n].Op.Type)));
    }

    [Fact]
    public void Values_whose_shape_a_run_tells_take_the_memory_of_the_run_before()
    {
        CompiledModel compiled = Lookup(rows: 4);
        var stream = new SimulatedStream();
        using (ModelSession session = ModelSession.Create(
            compiled, new() { Threads = 1 }, () => stream, new SimulatedEngines(compiled, _ => true)))
        {
            int allocations = 0, run = 0;
            foreach (long[] indices in (long[][])[[1, 2, 3, 4], [5, 5, 5, 5], [7, 1, 1, 7], [1, 2, 3, 4], [4, 4, 2, 1], [8, 8, 8, 8]])
            {
                AssertRun(compiled, session, indices, wide: run++);
                if (run == 2) allocations = stream.Allocations;
            }
            Assert.Equal(allocations, stream.Allocations);
        }
        Assert.Equal(0, stream.Blocks);
    }

    [Fact]
    public void Large_values_whose_shape_a_run_tells_reach_the_device_in_pieces()
    {
        CompiledModel compiled = Lookup(rows: 60_000, table: 60_001);
        using ModelSession session = ModelSession.Create(
            compiled, new() { Threads = 1 }, () => new SimulatedStream(), new SimulatedEngines(compiled, _ => true));
        foreach (int distinct in new[] { 60_000, 50_000, 10, 60_000 }) // 480, 400, 0.08 and again 480 kB
            AssertRun(compiled, session, [.. Enumerable.Range(0, 60_000).Select(i => (long)i % distinct)], wide: distinct);
    }

    /// <summary>An embedding that reads each row once: Unique is a fallback operator, everything else may be in engines.</summary>
    private static CompiledModel Lookup(int rows, string first = "Add", int table = 10)
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value indices = builder.Input("indices", IrType.Tensor(ElementType.Int64, Shape.Of(1, rows)));
        Value wide = builder.Input("wide", IrType.Tensor(ElementType.Float32, Shape.Of(1, 3)));
        Value moved = builder.Op(first, "moved", [indices, builder.Constant("offset", TensorData.Of<long>(ElementType.Int64, [1], 1))]);
        Value flat = builder.Op("Reshape", "flat", [moved, builder.Constant("to", TensorData.Of<long>(ElementType.Int64, [rows], 1))]);
        Node unique = builder.Add("Unique", [flat], ["distinct", "", "inverse"]);
        Value embedding = builder.Constant("embedding",
            TensorData.Floats([.. Enumerable.Range(0, 3 * table).Select(i => i % 11 * 0.1f)], table, 3));
        Value few = builder.Op("Gather", "few", [embedding, unique.Outputs[0]!]);
        Value all = builder.Op("Gather", "all", [few, unique.Outputs[2]!]);
        Value sum = builder.Op("ReduceSum", "sum", [all, builder.Constant("axis", TensorData.Of<long>(ElementType.Int64, [0], 1))]);
        Value result = builder.Op("Add", "y", [builder.Op("Exp", "deep", [wide]), sum]);
        return Partitions.Compile(new Model(builder.Build(result)) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 }, "table");
    }

    private static ModelSession OnDevice(CompiledModel compiled, string lacking, bool keepGroups = false) =>
        ModelSession.Create(compiled, new() { Threads = 1, KeepGroups = keepGroups },
            () => new SimulatedStream { Records = false }, engines: null,
                new SimulatedProvider { Computes = n => compiled.Model.Graph.Nodes[n].Op.Type != lacking });

    private static string[] Steps(ModelSession session)
    {
        using SessionContext context = session.CreateContext();
        return [.. session.Plan.Steps.Zip(context.Report().Steps, (step, told) =>
            $"{told.Device}: {string.Join(' ', step.Segment.Nodes.Select(n => session.Plan.Graph.Nodes[n].Op.Type))}")];
    }

    private static void AssertRuns(CompiledModel compiled, ModelSession session, int rows)
    {
        for (int run = 0; run < 3; run++) AssertRun(
            compiled, session, [.. Enumerable.Range(0, rows).Select(i => (long)(i * 7 + run) % 9)], run);
    }

    private static void AssertRun(CompiledModel compiled, ModelSession session, long[] indices, float wide)
    {
        using OrtValue first = OrtValues.ToOrt(TensorData.Of<long>(ElementType.Int64, indices, 1, indices.Length));
        using OrtValue second = OrtValues.ToOrt(TensorData.Floats([wide % 3, 1, 2], 1, 3));
        var feeds = new Dictionary<string, OrtValue> { ["indices"] = first, ["wide"] = second };
        using RunResult result = session.Run(feeds);
        Assert.Null(TestRun.Difference(
            TestRun.RunPlain(OnnxWriter.ToBytes(compiled.Model), feeds.ToDictionary(f => f.Key, f => OrtValues.ToData(f.Value))),
            [.. result.Values.Select(OrtValues.ToData)]));
    }
}
