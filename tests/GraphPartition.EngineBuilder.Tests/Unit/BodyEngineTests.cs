using System.Text.Json;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt.Cache;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>Engines of groups in the bodies of If, Loop and Scan.</summary>
public sealed class BodyEngineTests
{
    private static readonly Shape Square = Shape.Of(2, 3);

    public static TheoryData<string> Models => [.. BodyGraphs.All.Keys];

    [MockTheory]
    [MockLayouts]
    public void Every_kind_of_body_has_engines_that_give_what_the_model_gives(string layout)
    {
        EngineLab lab = new(layout);
        foreach (Func<Model> make in BodyGraphs.All.Values)
        {
            Model model = make();
            EngineCompilation built = lab.Compile(model);
            Assert.NotEmpty(built.Compiled.Cut.Bodies);
            Assert.All(built.Report.Groups, g => Assert.Equal("built", g.Source));
            Assert.All(built.Compiled.AllGroups, g => Assert.Single(g.Engines));
            Assert.Contains(built.Report.Groups, g => g.Inside is not null);

            CompiledModel read = Read(built.Compiled);
            using (ModelSession session = lab.Open(read, EngineMode.Required))
            {
                Assert.Empty(session.Plan.Whole);
                foreach ((long trips, bool yes) in new[] { (5L, true), (1, false), (4, false), (0, true), (5, true), (5, false) })
                    EngineLab.AssertSame(model, session, BodyGraphs.Inputs(model, trips: trips, yes: yes));
            }
            // Whoever knows nothing of engines runs the same file.
            Dictionary<string, DataValue> fed = BodyGraphs.Inputs(model);
            Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), fed),
                TestRun.RunPlain(CompiledModelFormat.Write(built.Compiled), fed)));
        }
        Assert.Empty(lab.Warnings);
        lab.AssertClean();
    }

    [MockFact]
    public void The_same_engines_run_in_every_iteration()
    {
        EngineLab lab = new();
        Model model = BodyGraphs.All["Loop"]();
        CompiledModel compiled = lab.Compile(model).Compiled;
        Assert.Equal((1, 2), (compiled.Cut.Groups.Length, Assert.Single(compiled.Cut.Bodies).Cut.Groups.Length));
        long loaded = lab.Mock.Value("calls:deserializeCudaEngine")!.Value; // each build loads its engine once
        using (ModelSession session = lab.Open(compiled, EngineMode.Required, new() { CudaGraphs = false }))
            foreach (long trips in new[] { 3, 0, 1, 6 })
            {
                long before = lab.EngineRuns;
                EngineLab.AssertSame(model, session, BodyGraphs.Inputs(model, trips: trips));
                Assert.Equal(1 + 2 * trips, lab.EngineRuns - before);
            }
        Assert.Equal(loaded + 3, lab.Mock.Value("calls:deserializeCudaEngine"));
        lab.AssertClean();
    }

    [MockTheory]
    [MemberData(nameof(Models))]
    public void Plans_and_numbers_are_those_of_the_file_and_the_same_every_time(string name)
    {
        EngineLab lab = new();
        EngineCompilation[] twice = [lab.Compile(BodyGraphs.All[name]()), lab.Compile(BodyGraphs.All[name]())];
        CompiledModel compiled = twice[0].Compiled;
        Assert.Equal(Enumerable.Range(0, twice[0].Compilation.Plan.TotalEngines), compiled.AllGroups.Select(g => g.Id));
        Assert.Equal(compiled.AllGroups.Select(g => (g.Id, g.Segment.Nodes.Length)), twice[0].Report.Groups.Select(g => (g.Id, g.Nodes)));
        Assert.Empty(PlanVerifier.Verify(compiled, PlanFile.Read(compiled, "")));
        Assert.Equal(CompiledModelFormat.Write(compiled), CompiledModelFormat.Write(twice[1].Compiled));
    }

    [MockFact]
    public void A_bad_node_in_a_body_moves_alone_for_parser_and_builder()
    {
        EngineLab lab = new();
        Model model = BodyGraphs.Loop(Square, "Add w", "Relu", "Tanh", "Abs", "Neg", "Mul w", "Exp", "Sigmoid");
        Dictionary<string, DataValue> inputs = BodyGraphs.Inputs(model);
        foreach ((string fault, bool silent, string by) in new[] { ("breaks:body_Neg_4", false, "build"),
            ("breaks:body_Neg_4", true, "build"), ("unsupported:Exp", false, "parser") })
        {
            lab.Mock.Fail(fault, int.MaxValue);
            lab.Mock.Fail("silent", silent ? int.MaxValue : 0);
            EngineCompilation built = lab.Compile(model);
            string bad = by == "build" ? "body_Neg_4" : "body_Exp_6";
            Assert.Equal([("loop", "parser"), (bad, by)], built.Report.Moved.Select(m => (m.Node, m.By)));
            Assert.Equal(by == "build" ? [("", 1), ("loop", 4), ("loop", 5)]
                : [("", 1), ("loop", 6), ("loop", 3)], built.Report.Groups.Select(g => (g.Inside ?? "", g.Nodes)));
            Assert.All(built.Report.Groups, g => Assert.Equal("built", g.Source));
            Assert.Empty(PlanVerifier.Verify(built.Compiled, PlanFile.Read(built.Compiled, "")));
            Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), inputs),
                lab.Run(Read(built.Compiled), inputs, EngineMode.Required)));
            lab.Mock.Fail(fault, 0);
        }
        lab.AssertClean();
    }

    [MockFact]
    public void Groups_that_compute_the_same_share_an_engine_wherever_they_are()
    {
        EngineLab lab = new();
        using TemporaryFolder folder = new();
        EngineOptions options = new() { Cache = new EngineCache(folder.Path), Jobs = 3 };
        string[] chain = ["Mul w", "Relu"];
        GroupReport alone = Assert.Single(lab.Compile(Graphs.Chain(Square, chain), options: options).Report.Groups);
        Model model = BodyGraphs.If([.. chain, "Softmax"], chain);
        BuildReport report = lab.Compile(model, options: options).Report;
        Assert.Equal([("", "built"), ("if", "cache"), ("if", "cache"), ("if", "built")],
            report.Groups.Select(g => (g.Inside ?? "", g.Source)));
        Assert.Equal([alone.Key, alone.Key], report.Groups.Where(g => g.Source == "cache").Select(g => g.Key));
        Assert.All(lab.Compile(model, options: options).Report.Groups, g => Assert.Equal("cache", g.Source));
        lab.AssertClean();
    }

    [MockFact]
    public void A_failed_build_in_a_body_warns_or_fails_as_elsewhere()
    {
        EngineLab lab = new();
        Model model = BodyGraphs.Loop(Square, "Add w", "Relu");
        lab.Mock.Fail("memory:body_Relu_1", int.MaxValue);
        EngineCompilation built = lab.Compile(model);
        Assert.Equal([("", "built"), ("loop", "none")], built.Report.Groups.Select(g => (g.Inside ?? "", g.Source)));
        Assert.Contains("too little device memory", built.Report.Groups[1].Reason, StringComparison.Ordinal);
        Assert.Contains(built.Report.Warnings, w => w.Code.Id == "GP4019" && w.Where.Contains("1 of 2 groups", StringComparison.Ordinal));
        EngineOptions required = new() { IsRequired = true };
        Assert.Equal("GP4020", Assert.Throws<EnvironmentException>(() => lab.Compile(model, options: required)).Diagnostic.Code.Id);

        Dictionary<string, DataValue> inputs = BodyGraphs.Inputs(model);
        Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), inputs), lab.Run(built.Compiled, inputs)));
        Assert.Contains("1 of 2 groups", Assert.Single(lab.Warnings).Where, StringComparison.Ordinal);
        Assert.Equal("GP4020", Assert.Throws<EnvironmentException>(
            () => lab.Run(built.Compiled, inputs, EngineMode.Required)).Diagnostic.Code.Id);
        lab.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Captured_and_carried_values_have_the_shapes_of_the_inputs(string layout)
    {
        EngineLab lab = new(layout);
        Model model = BodyGraphs.Loop(new Shape("n", 3), "Add w", "Relu", "Softmax", "Mul w");
        EngineCompilation built = lab.Compile(model, options: new EngineOptions { Shapes = Graphs.UpToFourRows });
        Assert.All(built.Report.Groups, g => Assert.Equal("built", g.Source));
        Assert.Equal(3, built.Compiled.AllGroups.Count());
        InputProfile[] profiles = [.. built.Compiled.AllGroups.SelectMany(g => g.Profiles)];
        Assert.Equal(["body_y2", "outside", "state", "x"], profiles.Select(p => p.Input).Order(StringComparer.Ordinal));
        Assert.All(profiles, p => Assert.Equal("1,3 2,3 4,3",
            string.Join(' ', new[] { p.Min, p.Opt, p.Max }.Select(d => string.Join(',', d)))));
        using (ModelSession session = lab.Open(Read(built.Compiled)))
        {
            foreach (long rows in new[] { 1, 4, 2, 4, 3 }) EngineLab.AssertSame(model, session, BodyGraphs.Inputs(model, rows));
            Assert.Empty(lab.Warnings);
            EngineLab.AssertSame(model, session, BodyGraphs.Inputs(model, rows: 6)); // outside of the profile
            Assert.Equal(3, lab.Warnings.Count);
            Assert.All(lab.Warnings, w => Assert.Equal("GP4022", w.Code.Id));
            EngineLab.AssertSame(model, session, BodyGraphs.Inputs(model, rows: 3));
        }
        lab.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void A_state_whose_shape_changes_has_the_range_that_the_user_gives_or_no_engine(string layout)
    {
        EngineLab lab = new(layout);
        Model model = BodyGraphs.Growing();
        EngineCompilation built = lab.Compile(model);
        GroupReport group = Assert.Single(built.Report.Groups);
        Assert.Equal("none", group.Source);
        foreach (string part in new[] { "nothing bounds the sizes of 'state' (f32[?,3]); the value is in a body of Loop 'loop'",
            "from one iteration to the next", "--min-shapes" })
            Assert.Contains(part, group.Reason, StringComparison.Ordinal);
        Assert.Equal("GP4019", Assert.Single(built.Report.Warnings, w => w.Code.Id != "GP4017").Code.Id);
        Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), BodyGraphs.Inputs(model)),
            lab.Run(built.Compiled, BodyGraphs.Inputs(model))));

        ModelShapes ranges = new()
        {
            Min = ShapeSpec.Parse("state:2x3"),
            Opt = ShapeSpec.Parse("state:3x3"),
            Max = ShapeSpec.Parse("state:5x3")
        };
        built = lab.Compile(model, options: new EngineOptions { Shapes = ranges });
        Assert.Equal("built", Assert.Single(built.Report.Groups).Source);
        Assert.Equal("state", Assert.Single(Assert.Single(built.Compiled.AllGroups).Profiles).Input);
        lab.Warnings.Clear();
        using (ModelSession session = lab.Open(built.Compiled))
        {
            // 2 to 5 rows
            foreach (long trips in new[] { 4, 1, 0, 3, 4 }) EngineLab.AssertSame(model, session, BodyGraphs.Inputs(model, trips: trips));
            Assert.Empty(lab.Warnings);
            EngineLab.AssertSame(model, session, BodyGraphs.Inputs(model, trips: 7)); // the last iterations run on the portable subgraph
            Assert.Equal("GP4022", Assert.Single(lab.Warnings).Code.Id);
            EngineLab.AssertSame(model, session, BodyGraphs.Inputs(model, trips: 4));
        }
        lab.AssertClean();
        var wrong = Assert.Throws<ModelException>(() =>
            lab.Compile(model, options: new EngineOptions { Shapes = new() { Opt = ShapeSpec.Parse("state:2x3x4") } }));
        Assert.Equal("GP4010", Assert.Single(wrong.Diagnostics).Code.Id);
    }

    [MockFact]
    public void No_engine_is_built_that_would_never_run()
    {
        EngineLab lab = new();
        Model model = BodyGraphs.Optional();
        EngineCompilation built = lab.Compile(model);
        GroupReport group = Assert.Single(built.Report.Groups);
        Assert.Equal(("none", "loop"), (group.Source, group.Inside));
        Assert.Contains("Loop 'loop' goes whole to ONNX Runtime: 'filled' is optional", group.Reason, StringComparison.Ordinal);
        Assert.Equal(0, lab.Mock.Value("calls:buildSerializedNetwork") ?? 0);
        Dictionary<string, DataValue> inputs = BodyGraphs.Inputs(model);
        Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), inputs), lab.Run(built.Compiled, inputs)));
        lab.AssertClean();
    }

    [MockTheory]
    [MemberData(nameof(Models))]
    public void Engines_in_bodies_reach_a_file_in_every_way(string name)
    {
        EngineLab lab = new();
        Model model = BodyGraphs.All[name]();
        Dictionary<string, DataValue> inputs = BodyGraphs.Inputs(model);
        DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(model), inputs);
        using TemporaryFolder folder = new();
        string path = folder.File("m.onnx");

        // Beside the file.
        CompiledModel compiled = lab.Compile(model).Compiled;
        CompiledModel beside = EngineFiles.Write(compiled, path);
        Assert.All(beside.AllGroups, g => Assert.StartsWith("m.onnx.engines/", Assert.Single(g.Engines).Path!, StringComparison.Ordinal));
        CompiledModelFormat.Write(beside, path);
        Assert.Null(TestRun.Difference(expected, lab.Run(CompiledModelFormat.Read(path), inputs, EngineMode.Required)));

        // Without weights, captured ones too: those of the model.
        CompiledModel stripped = Read(lab.Compile(model, options: new EngineOptions { Build = new() { StripWeights = true } }).Compiled);
        Assert.Null(TestRun.Difference(expected, lab.Run(stripped, inputs, EngineMode.Required)));

        // For another machine, added to the file.
        EngineLab other = new("trt8_5_3");
        (CompiledModel added, BuildReport report) = new EngineCompiler(other.Machine, new EngineOptions()).Add(Read(compiled));
        Assert.All(report.Groups, g => Assert.Equal("built", g.Source));
        Assert.All(added.AllGroups, g => Assert.Equal(2, g.Engines.Length));
        Assert.Null(TestRun.Difference(expected, other.Run(added, inputs, EngineMode.Required)));

        // For ONNX Runtime's own provider, with the node around each.
        Assert.Equal(compiled.AllGroups.Count(), EpContext.Write(compiled, folder.File("ep"), embed: false).Count);
        using JsonDocument bindings = JsonDocument.Parse(File.ReadAllText(folder.File("ep/bindings.json")));
        Assert.Equal(lab.Compile(model).Report.Groups.Select(g => g.Inside), bindings.RootElement.EnumerateArray()
            .Select(b => b.GetProperty("inside").GetString()));
        lab.AssertClean();
        other.AssertClean();
    }

    [MockFact]
    public void A_damaged_engine_costs_its_group_only()
    {
        EngineLab lab = new();
        Model model = BodyGraphs.Loop(Square, "Add w", "Relu");
        byte[] file = CompiledModelFormat.Write(lab.Compile(model).Compiled);
        byte[] blob = Read(file).Cut.Bodies[0].Cut.Groups[0].Engines[0].Data!.Bytes.ToArray();
        file[file.AsSpan().IndexOf(blob) + blob.Length / 2] ^= 0x20;
        CompiledModel read = Read(file);
        Assert.Contains("is damaged", Assert.Single(EngineOrigin.FindUnusable(read)).Reason, StringComparison.Ordinal);
        Dictionary<string, DataValue> inputs = BodyGraphs.Inputs(model);
        Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), inputs), lab.Run(read, inputs)));
        Diagnostic warning = Assert.Single(lab.Warnings);
        Assert.Equal(("GP4021", "1 of 2 groups"), (warning.Code.Id, warning.Where));
        Assert.Contains("its hash differs", warning.Message, StringComparison.Ordinal);
        CompiledModel mended = new EngineCompiler(lab.Machine, new()).Add(read).Compiled;
        Assert.Empty(EngineOrigin.FindUnusable(mended));
        lab.AssertClean();
    }

    private static CompiledModel Read(CompiledModel compiled) => Read(CompiledModelFormat.Write(compiled));

    private static CompiledModel Read(byte[] file)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("m.onnx"), file);
        return CompiledModelFormat.Read(folder.File("m.onnx"));
    }
}
