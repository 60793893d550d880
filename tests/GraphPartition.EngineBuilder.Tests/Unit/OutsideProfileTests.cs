using System.Collections.Concurrent;
using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using Xunit;
using static GraphPartition.EngineBuilder.Tests.Support.EngineLab;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>Runs with shapes that an engine was not built for: its group runs as its portable subgraph, in that run alone.</summary>
public sealed class OutsideProfileTests
{
    [MockTheory]
    [MockLayouts]
    public void Shapes_inside_run_on_engines_and_shapes_outside_on_the_portable_subgraph(string layout)
    {
        EngineLab lab = new(layout);
        (Model model, CompiledModel compiled) = lab.CompileRows();
        using (ModelSession session = lab.Open(compiled, options: new() { CudaGraphs = false }))
        {
            foreach ((int rows, int engines) in new[] { (2, 2), (5, 0), (4, 2), (9, 0), (5, 0), (1, 2), (2, 2) })
            {
                long before = lab.EngineRuns;
                AssertSame(model, session, Graphs.Floats(rows, 3));
                Assert.Equal(engines, lab.EngineRuns - before);
            }
        }
        // One warning for each group, whatever the number of runs.
        Assert.Equal(["TrtNode_0", "TrtNode_1"], lab.Warnings.Select(w => w.Where).Order());
        Assert.All(lab.Warnings, w => Assert.Equal("GP4022", w.Code.Id));
        Assert.Contains("gp_in_0 is [5,3], the engine takes [1,3] to [4,3]", lab.Warnings[0].Message, StringComparison.Ordinal);
        lab.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Runs_inside_and_outside_do_not_disturb_each_other(string layout)
    {
        EngineLab lab = new(layout);
        (Model model, CompiledModel compiled) = lab.CompileRows();
        ConcurrentQueue<Diagnostic> warnings = [];
        using (ModelSession session = ModelSession.Create(
            compiled, new() { Engines = lab.Use() with { Warn = warnings.Enqueue }, Contexts = 3, Threads = 1 }))
            Parallel.For(0, 48, new ParallelOptions { MaxDegreeOfParallelism = 6 },
                i => AssertSame(model, session, Graphs.Floats(1 + i * 5 % 8, 3)));
        Assert.Equal(2, warnings.Count);
        lab.AssertClean();
    }

    /// <summary>The sizes after NonZero are known to nobody before the run, so the engine behind it can only refuse them then.</summary>
    [MockTheory]
    [MockLayouts]
    public void A_recording_of_run_time_shapes_is_refused_and_the_run_restarts(string layout)
    {
        EngineLab lab = new(layout);
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "late" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Value first = builder.Add("Relu", [x], ["r"], null, "first").Outputs[0]!;
        Value places = builder.Add("NonZero", [first], ["z"], null, "places").Outputs[0]!;
        Value floats = builder.Add("Cast", [places], ["f"], AttributeMap.Of(("to", (long)ElementType.Float32)), "cast").Outputs[0]!;
        Value last = builder.Add("Abs", [floats], ["y"], null, "last").Outputs[0]!;
        Model model = Graphs.Of(builder, last);
        lab.Mock.Fail("unsupported:NonZero", int.MaxValue);
        // The user limits the inner value: up to three places.
        ModelShapes inner = new() { Min = ShapeSpec.Parse("f:2x1"), Opt = ShapeSpec.Parse("f:2x2"), Max = ShapeSpec.Parse("f:2x3") };
        CompiledModel compiled = lab.Compile(model, options: new EngineOptions { Shapes = inner }).Compiled;
        Assert.Equal(2, compiled.Cut.Groups.Length);
        using (ModelSession session = lab.Open(compiled, options: new() { CudaGraphs = false }))
        {
            foreach ((float[] data, bool inside) in new[] { ([1, -1, 2, 0, 3, -2], true), (new float[] { 1, 2, 3, 4, 5, 6 }, false),
                ([0, 0, 1, 0, 0, 0], true), ([-1, 0, 0, 0, 0, 0], false) })
            {
                long before = lab.EngineRuns;
                AssertSame(model, session, new TensorValue(TensorData.Floats(data, 2, 3)));
                // The first engine runs again where the second has refused.
                Assert.Equal(2, lab.EngineRuns - before);
                Assert.True(lab.Warnings.Count == (inside ? 0 : 1), string.Join('\n', lab.Warnings));
                lab.Warnings.Clear();
                if (!inside) break;
            }
            AssertSame(model, session, new TensorValue(TensorData.Floats([1, 1, 1, 1, 0, 0], 2, 3)));
            Assert.Empty(lab.Warnings); // the first run reported it
            AssertSame(model, session, new TensorValue(TensorData.Floats([1, 1, 1, 0, 0, 0], 2, 3)));
        }
        lab.AssertClean();
    }

    /// <summary>
    /// A model that declares a shape which it does not keep: its engine, built for that one alone, must not read past its end. The
    /// portable subgraph declares the same shape, so ONNX Runtime reports the fault.
    /// </summary>
    [MockFact]
    public void An_engine_of_static_shapes_never_gets_other_shapes()
    {
        EngineLab lab = new();
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "lies" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 3)));
        Value soft = new("s", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Value y = new("y", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        builder.Define("Softmax", [x], [soft], AttributeMap.Empty, "softmax");
        builder.Define("Relu", [soft], [y], AttributeMap.Empty, "relu");
        Model model = Graphs.Of(builder, y);
        CompiledModel compiled = lab.Compile(model).Compiled;
        using (ModelSession session = lab.Open(compiled))
        {
            AssertSame(model, session, Graphs.Floats(2, 3));
            Assert.Empty(lab.Warnings);
            var wrong = Assert.Throws<EnvironmentException>(() => AssertSame(model, session, Graphs.Floats(5, 3)));
            Assert.Contains("Got: 5 Expected: 2", wrong.Message, StringComparison.Ordinal);
            Assert.Equal("GP4022", Assert.Single(lab.Warnings).Code.Id);
            AssertSame(model, session, Graphs.Floats(2, 3));
        }
        lab.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void With_required_engines_the_run_fails_and_names_the_accepted_shapes(string layout)
    {
        EngineLab lab = new(layout);
        Model model = Graphs.Chain(new Shape("n", 3), "Add w", "Relu");
        CompiledModel compiled = lab.Compile(model, options: new EngineOptions { Shapes = Graphs.UpToFourRows }).Compiled;
        using (ModelSession session = lab.Open(compiled, EngineMode.Required))
        {
            var refused = Assert.Throws<EnvironmentException>(() => AssertSame(model, session, Graphs.Floats(5, 3)));
            Assert.Equal("GP4012", refused.Diagnostic.Code.Id);
            Assert.Contains("[1,3] to [4,3]", refused.Message, StringComparison.Ordinal);
            AssertSame(model, session, Graphs.Floats(4, 3));
        }
        Assert.Empty(lab.Warnings);
        lab.AssertClean();
    }
}
