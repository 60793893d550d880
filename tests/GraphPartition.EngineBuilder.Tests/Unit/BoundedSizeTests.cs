using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tagging;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Runtime;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>Engines that take values whose sizes only a run tells, and engines that take sizes from the values of an input.</summary>
public sealed class BoundedSizeTests
{
    private static readonly DataValue Image = TensorData.Floats([1f, -2f, 3f, 0f, 5f, -6f], 2, 3);

    /// <summary>The fallback finds at most six elements, so the engine behind takes 0 to 6; none at all is within its range too.</summary>
    [MockTheory]
    [MockLayouts]
    public void An_engine_takes_what_the_fallback_found(string layout)
    {
        EngineLab lab = new(layout);
        Model model = Found(out _);
        EngineCompilation built = lab.Compile(model);
        Assert.Equal(["Compress", "Greater"], built.Report.Moved.Select(m => m.Op).Order()); // the mock does not know them
        TrtNode group = built.Compiled.Cut.Groups.Single(g => g.Segment.Inputs.Any(v => v.Name == "kept"));
        InputProfile profile = Assert.Single(group.Profiles, p => p.Input == "kept");
        Assert.Equal((0, 6), (profile.Min[0], profile.Max[0]));
        long before = lab.EngineRuns;
        using (ModelSession session = lab.Open(built.Compiled))
            foreach (float[] image in new float[][] { [1, 2, 3, 4, 5, 6], [1, -1, 1, -1, 0, 0] })
                EngineLab.AssertSame(model, session, new Dictionary<string, DataValue> { ["x"] = TensorData.Floats(image, 6) });
        Assert.Equal(2 * built.Compiled.Cut.Groups.Length, lab.EngineRuns - before);
        lab.AssertClean();
    }

    /// <summary>A release that takes no empty tensors gets the range from 1.</summary>
    [MockFact]
    public void A_range_from_0_becomes_one_from_1_where_the_builder_refuses_it()
    {
        EngineLab lab = new();
        Model model = Found(out string behind);
        lab.Mock.Fail($"breaks:{behind}", 1);
        EngineCompilation built = lab.Compile(model);
        Assert.DoesNotContain(built.Report.Moved, m => m.By == "build");
        TrtNode group = built.Compiled.Cut.Groups.Single(g => g.Segment.Inputs.Any(v => v.Name == "kept"));
        Assert.Equal((1, 6), (group.Profiles.Single(p => p.Input == "kept").Min[0], group.Profiles.Single(p => p.Input == "kept").Max[0]));
        lab.AssertClean();
    }

    /// <summary>What cannot be bounded costs itself and what follows from it, and no neighbor: known before the partition.</summary>
    [MockFact]
    public void An_unbounded_branch_costs_its_neighbor_nothing()
    {
        EngineLab lab = new();
        Model model = Unbounded();
        var table = SupportPolicy.Parse("table", OperatorTable.Default, Operators.TensorRt.TensorRtTarget.Default);
        Compilation planned = new ModelCompiler(OperatorTable.Default, new CompileOptions { SupportPolicy = table, Passes = Pipeline.None })
            .Plan(model);
        Assert.Equal(["Relu:relu", "Abs:abs", "ReduceSum:sum", "Cast:cast", "Unsqueeze:unsqueeze"], EngineNodes(planned));
        string[] reasons = [.. planned.Plan.Placements.Where(p => p.Rule == "unbounded").Select(p => p.Reason!)];
        Assert.Contains("the values of 'one' (i64[1]) give sizes", reasons[0], StringComparison.Ordinal);
        Assert.Contains("nothing bounds the sizes of 'many'", reasons[1], StringComparison.Ordinal);
        Compilation sized = new ModelCompiler(OperatorTable.Default,
            new CompileOptions { SupportPolicy = table, Passes = Pipeline.None, Sized = ["many"] }).Plan(model);
        Assert.Contains("Sigmoid:behind", EngineNodes(sized));

        // With any support, the same is found when engines are built.
        EngineCompilation built = lab.Compile(model, "all");
        Assert.Contains(built.Report.Moved, m => (m.Node, m.By) == ("behind", "bounds"));
        Assert.All(built.Report.Groups, g => Assert.Equal("built", g.Source));
        Assert.Contains(built.Report.Warnings, w => w.Code.Id == "GP4032");
        EngineLab.AssertSame(model, lab.Open(built.Compiled), new Dictionary<string, DataValue> { ["x"] = Image });
    }

    /// <summary>Sizes from an integer input, with static shapes: the given values are the profile.</summary>
    [MockTheory]
    [MockLayouts]
    public void Values_of_a_shape_input_are_given_as_shapes_are(string layout)
    {
        EngineLab lab = new(layout);
        Model model = FromInput();
        EngineOptions options = new()
        {
            Shapes = new()
            {
                Min = ShapeSpec.Parse("s:1x1"),
                Opt = ShapeSpec.Parse("s:2x3"),
                Max = ShapeSpec.Parse("s:6x6"),
            }
        };
        EngineCompilation built = lab.Compile(model, options: options);
        Assert.Empty(built.Report.Moved);
        Assert.Equal("built", Assert.Single(built.Report.Groups).Source);
        using (ModelSession session = lab.Open(built.Compiled))
            foreach ((long rows, long columns) in new[] { (2L, 3L), (3L, 2L), (6L, 1L) })
            {
                long before = lab.EngineRuns;
                EngineLab.AssertSame(model, session,
                    new Dictionary<string, DataValue> { ["x"] = Image, ["s"] = TensorData.Int64s(rows, columns) });
                Assert.True(1 == lab.EngineRuns - before, string.Join("; ", lab.Warnings));
            }
        lab.AssertClean();
    }

    /// <summary>Without values the message says which are wanted; only the nodes that need them fall back.</summary>
    [MockFact]
    public void Values_of_a_shape_input_that_are_not_given_are_asked_for()
    {
        EngineLab lab = new();
        Model model = FromInput();
        BuildReport report = lab.Compile(model).Report;
        Assert.Equal(["reshape", "sigmoid"], report.Moved.Select(m => m.Node));
        Assert.Equal("built", Assert.Single(report.Groups).Source); // the node in front
        Assert.All(report.Warnings, w => Assert.Equal("GP4032", w.Code.Id));
        Assert.Contains("the values of 's' (i64[2])", report.Warnings[0].Message, StringComparison.Ordinal);
        var required = Assert.Throws<EnvironmentException>(() => lab.Compile(model, options: new() { IsRequired = true }));
        Assert.Equal("GP4020", required.Diagnostic.Code.Id);
        Assert.Contains("--opt-shapes", required.Message, StringComparison.Ordinal);
        ModelException negative = Assert.Throws<ModelException>(() => lab.Compile(model, options: new()
        {
            Shapes = new() { Opt = ShapeSpec.Parse("x:-2x3") },
        }));
        Assert.Equal("GP4010", Assert.Single(negative.Diagnostics).Code.Id);
        lab.AssertClean();
    }

    private static string[] EngineNodes(Compilation planned) => [.. planned.Plan.Segments.Where(s => s.IsEngine)
        .SelectMany(s => s.Nodes).Select(n => planned.Plan.Graph.Nodes[n]).Select(n => $"{n.Op}:{n.Name}")];

    private static Model Found(out string behind)
    {
        var b = new GraphBuilder(OperatorTable.Default) { Name = "found" };
        Value flat = b.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(6)));
        Value positive = b.Add("Greater", [flat, b.Constant("zero", TensorData.Floats([0f]))], ["positive"], null, "positive").Outputs[0]!;
        Value kept = b.Add("Compress", [flat, positive], ["kept"], null, "compress").Outputs[0]!;
        behind = "relu";
        return Graphs.Of(b, b.Add("Relu", [kept], ["y"], null, behind).Outputs[0]!);
    }

    private static Model Unbounded()
    {
        var b = new GraphBuilder(OperatorTable.Default) { Name = "unbounded" };
        Value x = b.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Value relu = b.Add("Relu", [x], ["r"], null, "relu").Outputs[0]!;
        Value still = b.Add("Abs", [relu], ["y"], null, "abs").Outputs[0]!;
        Value sum = b.Add("ReduceSum", [x], ["sum"], AttributeMap.Of(("keepdims", 0L)), "sum").Outputs[0]!;
        Value count = b.Add("Cast", [sum], ["count"], AttributeMap.Of(("to", (long)ElementType.Int64)), "cast").Outputs[0]!;
        Value one = b.Add("Unsqueeze", [count, b.Constant("axis", TensorData.Int64s(0))], ["one"], null, "unsqueeze").Outputs[0]!;
        Value many = b.Add("ConstantOfShape", [one], ["many"], null, "fill").Outputs[0]!;
        Value behind = b.Add("Sigmoid", [many], ["z"], null, "behind").Outputs[0]!;
        return Graphs.Of(b, still, behind);
    }

    /// <summary>x to the shape that s holds, as F3 has it.</summary>
    private static Model FromInput()
    {
        var b = new GraphBuilder(OperatorTable.Default) { Name = "sizes" };
        Value x = b.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Value s = b.Input("s", IrType.Tensor(ElementType.Int64, Shape.Of(2)));
        Value relu = b.Add("Relu", [x], ["r"], null, "relu").Outputs[0]!;
        Value reshaped = b.Add("Reshape", [relu, s], ["t"], null, "reshape").Outputs[0]!;
        return Graphs.Of(b, b.Add("Sigmoid", [reshaped], ["y"], null, "sigmoid").Outputs[0]!);
    }
}
