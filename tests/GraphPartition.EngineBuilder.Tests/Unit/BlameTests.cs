using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>
/// What is at fault when TensorRT fails: a node moves only on evidence. Each mode of the mock is one that a real library showed.
/// </summary>
public sealed class BlameTests
{
    private const int Always = int.MaxValue;
    private static readonly Shape Square = Shape.Of(2, 3);

    [MockTheory]
    [MockLayouts]
    public void A_refusal_without_a_node_moves_only_the_refused_nodes(string layout)
    {
        EngineLab lab = new(layout);
        Model model = Graphs.Chain(Square, [.. Enumerable.Repeat<string[]>(["Mul w", "Tanh", "Relu"], 50).SelectMany(layer => layer)]);
        lab.Mock.Fail("anonymous:Tanh", Always);
        long before = lab.Mock.Value("calls:createNvOnnxParser") ?? 0;
        BuildReport report = lab.Compile(model).Report;
        long asked = lab.Mock.Value("calls:createNvOnnxParser")!.Value - before;
        Assert.Equal(50, report.Moved.Length);
        Assert.All(report.Moved, m => Assert.Equal("Tanh", m.Op));
        Assert.Equal(51, report.Groups.Length);
        Assert.All(report.Groups, g => Assert.Equal("built", g.Source));
        // One refusal without a node, at most eight prefixes, the known good model, each Tanh alone, the rest; then 51 groups twice.
        Assert.InRange(asked, 1, 1 + 8 + 1 + 50 + 1 + 2 * 51);
        Assert.Equal(49, report.Moved.Count(m => m.Evidence == "the parser refuses the node alone"));
        Assert.Single(report.Warnings);
        lab.AssertClean();
    }

    [MockFact]
    public void A_node_that_is_refused_only_in_its_place_is_found_by_bisection()
    {
        EngineLab lab = new();
        Model model = Graphs.Chain(Square, "Add w", "Relu", "Abs", "Relu", "Mul w", "Relu", "Neg");
        lab.Mock.Fail("anonymous name:Relu_3", Always);
        EngineCompilation built = lab.Compile(model);
        MovedNode moved = Assert.Single(built.Report.Moved);
        Assert.Equal(("Relu_3", "parser"), (moved.Node, moved.By));
        Assert.Equal("TensorRT 10.16.0: Unsupported reduction type", moved.Reason);
        Assert.Equal("the parser accepts the nodes before it, and refuses them with it", moved.Evidence);
        Assert.Contains("Unsupported reduction type (the parser accepts", built.Compiled.Plan, StringComparison.Ordinal);
        Assert.Equal([3, 3], built.Report.Groups.Select(g => g.Nodes));
        lab.AssertClean();
    }

    /// <summary>A random chain with random refused nodes, named or not, and nodes that do not build: these move and no others.</summary>
    [MockFact]
    public void Only_nodes_at_fault_move()
    {
        EngineLab lab = new();
        string[] kinds = ["Add w", "Relu", "Abs", "Mul w", "Neg", "Sigmoid"];
        Random random = new(11);
        for (int run = 0; run < 25; run++)
        {
            string[] ops = [.. Enumerable.Range(0, random.Next(2, 30)).Select(_ => kinds[random.Next(kinds.Length)])];
            Model model = Graphs.Chain(Square, ops);
            HashSet<string> bad = [.. model.Graph.Nodes.Where(_ => random.Next(5) == 0).Select(n => n.Name)];
            foreach (string node in bad)
                lab.Mock.Fail($"{(random.Next(2) == 0 ? "anonymous name" : random.Next(2) == 0 ? "breaks" : "unsupported name")}:{node}", Always);
            BuildReport report = lab.Compile(model).Report;
            Assert.Equal(bad.Order(StringComparer.Ordinal), report.Moved.Select(m => m.Node).Order(StringComparer.Ordinal));
            Assert.All(report.Groups, g => Assert.Equal("built", g.Source));
            foreach (string node in bad)
                foreach (string mode in (string[])["anonymous name", "breaks", "unsupported name"]) lab.Mock.Fail($"{mode}:{node}", 0);
        }
        lab.AssertClean();
    }

    [MockFact]
    public void A_parser_that_refuses_everything_costs_the_engines_and_no_node()
    {
        EngineLab lab = new();
        lab.Mock.Fail("anonymous:MatMul", Always);
        lab.Mock.Fail("anonymous:Abs", Always);
        BuildReport report = lab.Compile(Graphs.Chain(Square, "Add w", "Relu", "Abs")).Report;
        Assert.Empty(report.Moved);
        Assert.Contains("GP4006", Assert.Single(report.Groups).Reason, StringComparison.Ordinal);
        Assert.Equal("GP4019", Assert.Single(report.Warnings).Code.Id);
        lab.AssertClean();
    }

    public static TheoryData<string, string> FailingOptions() => new()
    {
        { "no lean runtime", "version compatible" },
        { "refit needs a device", "refittable" },
    };

    [MockTheory]
    [MemberData(nameof(FailingOptions))]
    public void An_option_that_cannot_work_here_is_blamed_and_no_node_is(string mode, string option)
    {
        EngineLab lab = new();
        Model model = Graphs.Chain(Square, "Add w", "Relu", "Softmax", "Mul w", "Tanh", "Softmax", "Abs");
        EngineOptions options = new() { Build = new() { VersionCompatible = true, Refittable = true, OptimizationLevel = 2 } };
        lab.Mock.Fail(mode, Always);
        BuildReport report = lab.Compile(model, options: options).Report;
        Assert.All(report.Moved, m => Assert.Equal("Softmax", m.Op)); // the mock's parser does not know it
        Assert.All(report.Groups, g => Assert.Contains($"GP4034 error: {option}:", g.Reason, StringComparison.Ordinal));
        Diagnostic warning = Assert.Single(report.Warnings, w => w.Code.Id != "GP4017");
        Assert.Equal(("GP4019", "3 of 3 groups"), (warning.Code.Id, warning.Where));
        Model plain = Graphs.Chain(Square, "Add w", "Relu");
        var required = Assert.Throws<EnvironmentException>(() => lab.Compile(plain, options: options with { IsRequired = true }));
        Assert.Contains("GP4034", required.Message, StringComparison.Ordinal);
        lab.AssertClean();
    }

    [MockFact]
    public void A_group_that_builds_without_an_option_keeps_its_nodes()
    {
        EngineLab lab = new();
        Model model = Graphs.Chain(Square, "Add w", "Relu", "Abs");
        lab.Mock.Fail("breaks with options:Relu_1", Always);
        BuildReport report = lab.Compile(model, options: new() { Build = new() { SparseWeights = true } }).Report;
        Assert.Empty(report.Moved);
        Assert.Contains("builds without 'sparse weights', so no node is at fault", Assert.Single(report.Groups).Reason, StringComparison.Ordinal);
        Assert.Equal("built", Assert.Single(lab.Compile(model).Report.Groups).Source);
        lab.AssertClean();
    }

    [MockFact]
    public void Required_engines_fail_where_a_node_moves()
    {
        EngineLab lab = new();
        Model model = Graphs.Chain(Square, "Add w", "Relu", "Softmax", "Mul w", "Softmax");
        var failure = Assert.Throws<EnvironmentException>(() => lab.Compile(model, options: new() { IsRequired = true }));
        Assert.Equal(("GP4020", "2 nodes"), (failure.Diagnostic.Code.Id, failure.Diagnostic.Where));
        Assert.Contains("Softmax 'Softmax_2', Softmax 'Softmax_4': TensorRT 10.16.0: No importer", failure.Message, StringComparison.Ordinal);
        lab.Mock.Fail("breaks:Relu_1", Always);
        Model built = Graphs.Chain(Square, "Add w", "Relu", "Abs");
        failure = Assert.Throws<EnvironmentException>(() => lab.Compile(built, options: new() { IsRequired = true }));
        Assert.Contains("Relu 'Relu_1'", failure.Message, StringComparison.Ordinal);
        lab.AssertClean();
    }

    [MockFact]
    public void One_cause_has_one_warning_that_lists_the_nodes()
    {
        EngineLab lab = new();
        lab.Mock.Fail("unsupported:Tanh", Always);
        string[] ops = [.. Enumerable.Repeat<string[]>(["Add w", "Tanh"], 12).SelectMany(layer => layer)];
        Diagnostic warning = Assert.Single(lab.Compile(Graphs.Chain(Square, ops)).Report.Warnings);
        Assert.StartsWith("12 nodes: Tanh 'Tanh_1', Tanh 'Tanh_3', ", warning.Where, StringComparison.Ordinal);
        Assert.EndsWith("...", warning.Where, StringComparison.Ordinal);
    }
}
