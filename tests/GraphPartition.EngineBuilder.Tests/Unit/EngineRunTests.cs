using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>Sessions whose groups run on TensorRT.</summary>
public sealed class EngineRunTests
{
    [MockTheory]
    [MockLayouts]
    public void Runs_every_shape_of_the_profile(string layout)
    {
        EngineLab lab = new(layout);
        Model model = Graphs.Chain(new Shape("n", 3), "Add w", "Relu", "Softmax", "Mul w");
        EngineCompilation built = lab.Compile(model, options: new EngineOptions { Shapes = Graphs.UpToFourRows });
        Assert.Equal(["x", "y2"], built.Compiled.Cut.Groups.Select(g => Assert.Single(g.Profiles).Input));
        using (ModelSession session = ModelSession.Create(built.Compiled, new() { Engines = lab.Use(EngineMode.Required), Contexts = 2 }))
        {
            Parallel.For(0, 24, i => EngineLab.AssertSame(model, session, Graphs.Floats(1 + i % 4, 3)));
        }

        lab.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Outputs_of_data_dependent_size_are_allocated_while_the_engine_runs(string layout)
    {
        EngineLab lab = new(layout);
        Model model = Graphs.Places(withSoftmax: true);
        CompiledModel compiled = lab.Compile(model).Compiled;
        Assert.Contains("nonzero", Assert.Single(compiled.Cut.Groups).Segment.Nodes.Select(n => compiled.Model.Graph.Nodes[n].Name));
        foreach (float[] data in new[] { [1, -1, 2, 0, 3, -2], new float[] { -1, -1, -1, -1, -1, -1 }, [1, 2, 3, 4, 5, 6] })
        {
            Dictionary<string, DataValue> input = new() { ["x"] = new TensorValue(TensorData.Floats(data, 2, 3)) };
            Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), input),
                lab.Run(compiled, input, EngineMode.Required)));
        }
        lab.AssertClean();
    }

    [MockFact]
    public void A_failing_run_throws_and_leaves_the_session_usable()
    {
        EngineLab lab = new();
        Model model = Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu");
        CompiledModel compiled = lab.Compile(model).Compiled;
        Dictionary<string, DataValue> input = new() { ["x"] = Graphs.Floats(2, 3) };
        using (ModelSession session = ModelSession.Create(compiled, new() { Engines = lab.Use(EngineMode.Required) }))
        {
            DataValue[] Run() => TestRun.Run(session, input);
            lab.Mock.Fail("enqueueV3");
            var failed = Assert.Throws<EnvironmentException>(Run);
            Assert.Equal("GP4012", failed.Diagnostic.Code.Id);
            Assert.Contains("TrtNode_0", failed.Message, StringComparison.Ordinal);
            Assert.Contains("told to fail", failed.Message, StringComparison.Ordinal);
            Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), input), Run()));
        }
        lab.AssertClean();
    }

    [MockTheory]
    [InlineData("createInferRuntime")]
    [InlineData("deserializeCudaEngine")]
    [InlineData("createExecutionContext")]
    [InlineData("setTensorAddress")]
    public void Null_results_and_errors_at_loading_are_handled(string function)
    {
        EngineLab lab = new();
        Model model = Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu");
        CompiledModel compiled = lab.Compile(model).Compiled;
        Dictionary<string, DataValue> input = new() { ["x"] = Graphs.Floats(2, 3) };
        lab.Mock.Fail(function);
        Assert.StartsWith("GP40", Assert.Throws<EnvironmentException>(
            () => lab.Run(compiled, input, EngineMode.Required)).Diagnostic.Code.Id, StringComparison.Ordinal);
        Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), input), lab.Run(compiled, input)));
        lab.AssertClean();
    }

    [MockFact]
    public void Layers_are_timed_on_request()
    {
        EngineLab lab = new();
        CompiledModel compiled = lab.Compile(Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu")).Compiled;
        RunProfile profile = new();
        using (ModelSession session = ModelSession.Create(compiled, new() { Engines = lab.Use(), Profile = profile }))
            TestRun.Fed(new Dictionary<string, DataValue> { ["x"] = Graphs.Floats(2, 3) }, feeds =>
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
