using FsCheck;
using FsCheck.Fluent;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Property;

public sealed class EngineProperties
{
    private static readonly int FlowTests = int.TryParse(Environment.GetEnvironmentVariable("FLOW_TESTS"), out int tests) ? tests : 40;

    /// <summary>
    /// Random graphs, random support: what the parser does not take moves, what it takes runs on the mock's interpreter, and the
    /// results are those of the model.
    /// </summary>
    [MockFact]
    public void Engines_compute_the_results_of_the_model()
    {
        EngineLab lab = new();
        RandomModel.Check(25, 60, model =>
        {
            var inputs = TestRun.Inputs(model.Graph);
            DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(model), inputs);
            EngineCompilation built = lab.Compile(model, $"random:{model.Graph.Nodes.Length}:0.7");
            return built.Report.Groups.All(g => g.Source != "none")
                && TestRun.Difference(expected, lab.Run(built.Compiled, inputs)) is null;
        });
        lab.AssertClean();
    }

    /// <summary>
    /// Random graphs with If, Loop and Scan in any depth: groups in bodies have engines unless nothing bounds a size, plan and file
    /// agree, the file is the same every time, and results are those of the whole model in plain ONNX Runtime. So are those of the
    /// compiled file there.
    /// </summary>
    [MockFact]
    public void Engines_in_bodies_compute_the_results_of_the_model()
    {
        EngineLab lab = new();
        int inside = 0;
        Prop.ForAll(FlowModel.Codes, codes =>
        {
            Model model = FlowModel.Of(codes);
            var inputs = TestRun.Inputs(model.Graph);
            DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(model), inputs, optimize: false);
            string support = $"random:{(codes.Length == 0 ? 1 : codes[0] % 1000)}:0.8";
            EngineCompilation built = lab.Compile(model, support);
            inside += built.Report.Groups.Count(g => g.Inside is not null && g.Source == "built");
            byte[] file = CompiledModelFormat.Write(built.Compiled);
            Assert.Equal(file, CompiledModelFormat.Write(lab.Compile(model, support).Compiled));
            Assert.Empty(PlanVerifier.Verify(built.Compiled, PlanFile.Read(built.Compiled, "")));
            Assert.All(built.Report.Groups.Where(g => g.Source == "none"),
                g => Assert.Contains("nothing bounds the sizes", g.Reason, StringComparison.Ordinal));
            Assert.Null(TestRun.Difference(expected, TestRun.RunPlain(file, inputs, optimize: false)));
            using ModelSession session = ModelSession.Create(built.Compiled, new() { Threads = 1, Optimize = false, Engines = lab.Use() });
            // as it comes, recorded, replayed
            for (int run = 0; run < 3; run++) Assert.Null(TestRun.Difference(expected, TestRun.Run(session, inputs)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(FlowTests));
        Assert.True(inside > FlowTests, $"{inside} engines in bodies");
        lab.AssertClean();
    }

    /// <summary>Random graphs with random bad nodes: exactly the bad ones move.</summary>
    [MockFact]
    public void Only_bad_nodes_lose_their_engine()
    {
        // Each has another weight: the mock compares names, but equal groups share an engine whatever their names are.
        string[] ops = ["Add w", "Sub w", "Mul w", "Max w", "Min w"];
        Gen<(int Op, bool Bad)[]> nodes = Gen.ArrayOf(
            Gen.Choose(0, ops.Length - 1).SelectMany(op => Gen.Choose(0, 5).Select(bad => (op, bad == 0))));
        Prop.ForAll(Arb.From(nodes), chain =>
        {
            EngineLab lab = new();
            string[] names = [.. chain.Select(n => ops[n.Op])];
            string[] bad = [.. chain.Select((n, i) => (n.Bad, Name: $"{ops[n.Op][..3]}_{i}")).Where(n => n.Bad).Select(n => n.Name)];
            foreach (string name in bad) lab.Mock.Fail($"breaks:{name}", int.MaxValue);
            if (bad.Length % 2 == 1) lab.Mock.Fail("silent", int.MaxValue);
            BuildReport report = lab.Compile(Graphs.Chain(Shape.Of(2), names)).Report;
            return report.Moved.Select(m => m.Node).Order().SequenceEqual(bad.Order()) && report.Groups.All(g => g.Source == "built");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(25));
    }
}
