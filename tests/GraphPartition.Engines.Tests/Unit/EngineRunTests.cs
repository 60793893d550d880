using System.Collections.Immutable;
using GraphPartition.Compiler.Operators;
using GraphPartition.Emit;
using GraphPartition.Engines;
using GraphPartition.Ir;
using GraphPartition.Onnx;
using GraphPartition.Runtime;
using GraphPartition.Tests.Engines.Support;
using GraphPartition.Tests.Support;
using GraphPartition.Tests.TensorRt.Support;
using Xunit;

namespace GraphPartition.Tests.Engines.Unit;

/// <summary>Sessions whose groups run on TensorRT.</summary>
public sealed class EngineRunTests
{
    public static TheoryData<string> Layouts => EngineLab.Layouts;

    [MockTheory]
    [MemberData(nameof(Layouts))]
    public void Runs_every_shape_of_the_profile(string layout)
    {
        EngineLab lab = new(layout);
        Model model = Graphs.Chain(new Shape("n", 3), "Add w", "Relu", "Softmax", "Mul w");
        EngineCompilation built = lab.Compile(model, options: new EngineOptions { Shapes = Graphs.UpToFourRows });
        Assert.Equal(["x", "y2"], built.Compiled.Groups.Select(g => Assert.Single(g.Profiles).Input));
        using (ModelSession session = ModelSession.Create(built.Compiled, new() { Engines = lab.Use(EngineMode.Required), Contexts = 2 }))
        {
            Parallel.For(0, 24, i => EngineLab.AssertSame(model, session, Graphs.Floats(1 + i % 4, 3)));
        }

        lab.AssertClean();
    }

    [MockTheory]
    [MemberData(nameof(Layouts))]
    public void Outputs_whose_size_the_data_decide_are_allocated_while_the_engine_runs(string layout)
    {
        EngineLab lab = new(layout);
        Model model = Graphs.Places(withSoftmax: true);
        CompiledModel compiled = lab.Compile(model).Compiled;
        Assert.Contains("nonzero", Assert.Single(compiled.Groups).Segment.Nodes.Select(n => compiled.Model.Graph.Nodes[n].Name));
        foreach (float[] data in new[] { [1, -1, 2, 0, 3, -2], new float[] { -1, -1, -1, -1, -1, -1 }, [1, 2, 3, 4, 5, 6] })
        {
            Dictionary<string, DataValue> input = new() { ["x"] = new TensorValue(TensorData.Floats(data, 2, 3)) };
            Assert.Null(Execution.Difference(Execution.RunPlain(OnnxWriter.ToBytes(model), input), lab.Run(compiled, input, EngineMode.Required)));
        }
        lab.AssertClean();
    }

    [MockTheory]
    [MemberData(nameof(Layouts))]
    public void An_engine_inside_a_loop_runs_in_each_iteration(string layout)
    {
        EngineLab lab = new(layout);
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "loop" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Value trips = builder.Input("trips", IrType.Tensor(ElementType.Int64, Shape.Scalar)), begins = builder.Input("begins", IrType.Tensor(ElementType.Bool, Shape.Scalar));
        var body = new GraphBuilder(builder.Rules, builder.Scope) { Name = "body" };
        body.Input("i", IrType.Tensor(ElementType.Int64, Shape.Scalar));
        Value goOn = body.Input("go_on", IrType.Tensor(ElementType.Bool, Shape.Scalar)), state = body.Input("state", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Value next = body.Op("Relu", "next", [body.Op("Add", "sum", [state, body.Constant("w", TensorData.Floats([0.25f], 1))])]);
        Node loop = builder.Add("Loop", [trips, begins, x], ["last", "all"], AttributeMap.Of(("body", body.Build(goOn, next, next))), "loop");
        Model model = Graphs.Of(builder, loop.Outputs[0]!, loop.Outputs[1]!);

        // Engines name tensors by place: the one of a chain that computes the same serves the group in the body.
        ImmutableArray<EngineBlob> engines = lab.Compile(Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu")).Compiled.Groups[0].Engines;
        CompiledModel compiled = lab.Compile(model, "table").Compiled;
        CompiledBody cut = Assert.Single(compiled.Bodies);
        compiled = compiled with { Bodies = [cut with { Groups = [Assert.Single(cut.Groups) with { Engines = engines }] }] };
        using (ModelSession session = ModelSession.Create(compiled, new() { Threads = 1, Engines = lab.Use() }))
        {
            Assert.NotEmpty(Assert.Single(session.Plan.Steps).Bodies);
            foreach (long count in new[] { 5L, 1, 4, 0, 5, 5 })
            {
                EngineLab.AssertSame(model, session, new Dictionary<string, DataValue>
                {
                    ["x"] = Graphs.Floats(2, 3),
                    ["trips"] = new TensorValue(TensorData.Scalar(ElementType.Int64, count)),
                    ["begins"] = new TensorValue(TensorData.Scalar(ElementType.Bool, true)),
                });
            }
        }
        Assert.Empty(lab.Warnings);
        lab.AssertClean();
    }

    [MockFact]
    public void A_failing_run_is_said_and_leaves_the_session_usable()
    {
        EngineLab lab = new();
        Model model = Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu");
        CompiledModel compiled = lab.Compile(model).Compiled;
        Dictionary<string, DataValue> input = new() { ["x"] = Graphs.Floats(2, 3) };
        using (ModelSession session = ModelSession.Create(compiled, new() { Engines = lab.Use(EngineMode.Required) }))
        {
            DataValue[] Run() => Execution.Fed(input, feeds =>
            {
                using RunResult result = session.Run(feeds);
                return [.. result.Values.Select(OrtValues.ToData)];
            });
            lab.Mock.Fail("enqueueV3");
            var failed = Assert.Throws<EnvironmentException>(Run);
            Assert.Equal("GP4012", failed.Diagnostic.Code.Id);
            Assert.Contains("TrtNode_0", failed.Message, StringComparison.Ordinal);
            Assert.Contains("told to fail", failed.Message, StringComparison.Ordinal);
            Assert.Null(Execution.Difference(Execution.RunPlain(OnnxWriter.ToBytes(model), input), Run()));
        }
        lab.AssertClean();
    }

    [MockTheory]
    [InlineData("createInferRuntime")]
    [InlineData("deserializeCudaEngine")]
    [InlineData("createExecutionContext")]
    [InlineData("setTensorAddress")]
    public void Nulls_and_refusals_at_loading_are_handled(string function)
    {
        EngineLab lab = new();
        Model model = Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu");
        CompiledModel compiled = lab.Compile(model).Compiled;
        Dictionary<string, DataValue> input = new() { ["x"] = Graphs.Floats(2, 3) };
        lab.Mock.Fail(function);
        Assert.StartsWith("GP40", Assert.Throws<EnvironmentException>(() => lab.Run(compiled, input, EngineMode.Required)).Diagnostic.Code.Id, StringComparison.Ordinal);
        Assert.Null(Execution.Difference(Execution.RunPlain(OnnxWriter.ToBytes(model), input), lab.Run(compiled, input)));
        lab.AssertClean();
    }

    [MockFact]
    public void Layers_are_timed_where_somebody_asks()
    {
        EngineLab lab = new();
        CompiledModel compiled = lab.Compile(Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu")).Compiled;
        RunProfile profile = new();
        using (ModelSession session = ModelSession.Create(compiled, new() { Engines = lab.Use(), Profile = profile }))
            Execution.Fed(new Dictionary<string, DataValue> { ["x"] = Graphs.Floats(2, 3) }, feeds =>
            {
                session.Run(feeds).Dispose();
                return [];
            });
        Assert.Equal(2, profile.Layers.Count);
        Assert.All(profile.Layers, l => Assert.Equal(0.25f, l.Milliseconds));
        ActionTime step = Assert.Single(profile.Times, t => t.Layers.Count > 0);
        Assert.StartsWith("TrtNode_", step.Name, StringComparison.Ordinal);
        Assert.Equal(profile.Layers, step.Layers);
        lab.AssertClean();
    }
}
