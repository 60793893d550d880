using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Diagnostics;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Unit;

/// <summary>Plans as files: what is written holds and reads back, what is changed is found, and differences are named.</summary>
public class PlanFileTests
{
    [Fact]
    public void A_plan_reads_back_and_holds() => RandomModel.Check(40, 200, model =>
    {
        PlanFile file = Partitions.Plan(model, "random:3:0.6").ToPlanFile();
        PlanFile again = PlanFile.FromJson(file.ToJson(), "test");
        return again.ToJson() == file.ToJson() && PlanVerifier.Verify(again).Count == 0 && PlanDiff.Of(file, again).IsEmpty;
    });

    [Fact]
    public void A_compiled_model_passes_verification() => RandomModel.Check(40, 200, model =>
    {
        CompiledModel compiled = CompiledModelFormat.Read(CompiledModelFormat.ToModel(Partitions.Compile(model, "random:3:0.6")));
        return PlanVerifier.Verify(compiled, PlanFile.Read(compiled, "test")).Count == 0;
    });

    public static TheoryData<Func<PlanProof, PlanProof>, string> Damages() => new()
    {
        { p => p with { Bound = p.Bound - 1 }, "the witness has" },
        { p => p with { Witness = p.Witness.RemoveAt(1) }, "which are not joined by an edge" },
        { p => p with { Nodes = p.Nodes.SetItem(1, p.Nodes[1] with { Segment = p.Nodes[0].Segment }) }, "which is not supported" },
        { p => p with { Nodes = p.Nodes.SetItem(0, p.Nodes[0] with { Segment = p.Nodes[2].Segment }) }, "the segments form a cycle" },
        { p => p with { Nodes = p.Nodes.SetItem(0, p.Nodes[0] with { Reads = [2] }) }, "the nodes form a cycle" },
        { p => p with { Nodes = p.Nodes.SetItem(0, p.Nodes[0] with { Reads = [99] }) }, "reads node 99 of 3" },
        { p => p with { Nodes = p.Nodes.SetItem(0, p.Nodes[0] with { Segment = 7 }) }, "is in segment 7 of 3" },
        { p => p with { Segments = p.Segments.SetItem(0, p.Segments[2]) }, "one number each" },
        { p => p with { Nodes = p.Nodes.SetItem(2, p.Nodes[2] with { Supported = false }) }, "the summary has 2 supported nodes" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_changed_plan_is_detected(Func<PlanProof, PlanProof> damage, string expected)
    {
        PlanFile file = Plan(Chain("relu", "det", "exp"), "Det");
        Assert.Empty(PlanVerifier.Verify(file));
        Assert.Contains(PlanVerifier.Verify(file with { Proof = damage(file.Proof) }), f => f.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_compiled_model_with_another_plan_is_detected()
    {
        CompiledModel compiled = Compile(Chain("relu", "det", "exp"), "Det").ToCompiledModel();
        PlanFile other = Plan(Chain("relu", "exp", "det"), "Det");
        Assert.Contains(PlanVerifier.Verify(compiled, other),
            f => f.StartsWith("the file has 2 groups, its plan 1 engines", StringComparison.Ordinal));
    }

    [Fact]
    public void A_difference_lists_engines_nodes_and_reasons()
    {
        PlanFile before = Plan(Chain("relu", "exp", "neg"), "Det"), after = Plan(Chain("relu", "exp", "neg"), "Exp");
        PlanDiff diff = PlanDiff.Of(before, after);
        Assert.Equal(new Change(1, 2), diff.Engines);
        Assert.Equal(["neg"], Assert.Single(diff.AddedEngines).Nodes.AsEnumerable());
        Assert.Equal(
            [new NodeChange("exp", "Exp", "engine 0", "fallback", "not this one")],
            diff.Nodes.AsEnumerable()); // neg is listed with its new engine
        Assert.Empty(PlanDiff.Of(after, after).Nodes);
        Assert.Equal("exp", Assert.Single(PlanDiff.Of(before, Plan(Chain("relu", "neg"), "Det")).Nodes).Node);
    }

    public static TheoryData<Func<PlanReport, PlanReport>, string> WrongSummaries() => new()
    {
        { r => r with { Engines = [r.Engines[1] with { Id = 0 }, r.Engines[0] with { Id = 1 }] }, "engine 0 has other nodes in the summary" },
        { r => r with { Engines = [r.Engines[0], r.Engines[1] with { Id = 7 }] }, "engine 7 of the summary is at the place of engine 1" },
        { r => r with { Witness = r.Witness.SetItem(0, "exp") }, "another witness" },
        { r => r with { Fallback = [r.Fallback[0] with { Reason = "another" }] }, "other operators or reasons for the fallback" },
    };

    [Theory]
    [MemberData(nameof(WrongSummaries))]
    public void A_summary_that_the_proof_does_not_give_is_detected(Func<PlanReport, PlanReport> damage, string expected)
    {
        PlanFile file = Plan(Chain("relu", "det", "exp"), "Det");
        Assert.Contains(PlanVerifier.Verify(file with { Summary = damage(file.Summary) }), f =>
            f.Contains(expected, StringComparison.Ordinal));
        Assert.Contains(PlanVerifier.Verify(file with { Model = file.Model with { Nodes = 9 } }),
            f => f == "the model has 9 nodes, the proof has 3");
    }

    [Fact]
    public void A_plan_is_compared_with_the_nodes_of_a_model()
    {
        PlanFile file = Plan(Chain("relu", "det", "exp"), "Det");
        Assert.Empty(PlanVerifier.Verify(file, Plan(Chain("relu", "det", "exp"), "Det")));
        Assert.Contains("the model has no Exp 'exp'", PlanVerifier.Verify(file, Plan(Chain("relu", "det"), "Det")));
        Assert.Contains("the plan says that an engine may take 'relu', the support policy does not",
            PlanVerifier.Verify(file, Plan(Chain("relu", "det", "exp"), "Relu")));
        PlanFile wider = Plan(Chain(Shape.Of(4, 4), "relu", "det", "exp"), "Det");
        Assert.Contains("Relu 'relu': its attributes, types or sizes changed", PlanVerifier.Verify(file, wider));
        PlanFile renamed = file with
        {
            Proof = file.Proof with
            {
                Nodes = [file.Proof.Nodes[0] with { Op = "Sigmoid" },
            .. file.Proof.Nodes.Skip(1)]
            }
        };
        Assert.Contains("Sigmoid 'relu': Sigmoid became Relu", PlanVerifier.Verify(renamed, file));
    }

    [Fact]
    public void A_difference_shows_what_changed_in_nodes_and_options()
    {
        PlanFile before = Plan(Chain("relu", "exp"), "Det");
        NodeRecord relu = before.Proof.Nodes[0];
        PlanFile sigmoid = before with { Proof = before.Proof with { Nodes = before.Proof.Nodes.SetItem(0, relu with { Op = "Sigmoid" }) } };
        PlanDiff diff = PlanDiff.Of(before, sigmoid);
        Assert.False(diff.IsEmpty);
        Assert.Equal("Relu became Sigmoid", Assert.Single(diff.Nodes).Itself);
        PlanFile target = before with { Options = before.Options with { Target = "TensorRT 8.5" } };
        Assert.Equal(new OptionChange("target", before.Options.Target, "TensorRT 8.5"), Assert.Single(PlanDiff.Of(before, target).Options));
    }

    [Fact]
    public void Only_the_node_that_moved_is_listed_when_an_engine_splits()
    {
        string[] ops = [.. Enumerable.Repeat("relu", 20), "exp", .. Enumerable.Repeat("neg", 10)];
        PlanDiff diff = PlanDiff.Of(Plan(Chain(ops), "Det"), Plan(Chain(ops), "Exp"));
        Assert.Equal("exp", Assert.Single(diff.Nodes).Node);
        Assert.Equal(10, Assert.Single(diff.AddedEngines).Nodes.Length);
    }

    [Fact]
    public void A_lock_sees_operators_and_attributes_and_names_nodes_that_fall_back()
    {
        PlanLock locked = PlanLock.Of(Plan(Chain("relu", "exp", "neg"), "Det"));
        Assert.Empty(locked.ChangesTo(PlanLock.Of(Plan(Chain("relu", "exp", "neg"), "Det"))));
        LockChange[] changes = [.. locked.ChangesTo(PlanLock.Of(Plan(Chain("relu", "exp", "neg"), "Exp")))];
        Assert.Contains(new LockChange("'exp' falls back now: Exp: not this one", "exp"), changes);
        Assert.Contains(new LockChange("1 engines became 2", null), changes);
        Assert.Contains(new LockChange("1 nodes of Exp became 0", null), locked.ChangesTo(PlanLock.Of(Plan(Chain("relu", "abs", "neg"), "Det"))));
        LockChange sizes = Assert.Single(PlanLock.Of(Plan(Chain(Shape.Of(2, 8), "relu"), "Det"))
            .ChangesTo(PlanLock.Of(Plan(Chain(Shape.Of(4, 4), "relu"), "Det"))));
        Assert.Contains("attributes or types of nodes changed", sizes.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_nodes_of_a_compiled_file_are_detected()
    {
        Model file = CompiledModelFormat.ToModel(Compile(Chain("relu", "det", "exp"), "Det").ToCompiledModel());
        CompiledModel good = CompiledModelFormat.Read(file);
        Assert.Empty(PlanVerifier.Verify(good, PlanFile.Read(good, "")));
        CompiledModel bad = CompiledModelFormat.Read(file with
        {
            Functions = [.. file.Functions.Select(f =>
            new Function(f.Name, Sigmoid(f.Body))
        {
            Attributes = f.Attributes,
            Opsets = f.Opsets,
        })]
        });
        Assert.Contains(PlanVerifier.Verify(bad, PlanFile.Read(bad, "")), f => f.StartsWith("its nodes are not those", StringComparison.Ordinal));

        static Graph Sigmoid(Graph body)
        {
            GraphBuilder builder = GraphBuilder.For(body, DeclaredTypes.Instance);
            foreach (Node n in body.Nodes)
                builder.Define(n.Op.Is("Relu") ? "Sigmoid" : n.Op, n.Inputs.AsSpan(), n.Outputs.AsSpan(), n.Attributes, n.Name);
            return builder.Build(body.Outputs.AsSpan());
        }
    }

    [Fact]
    public void Nodes_of_one_name_are_distinguished()
    {
        PlanFile before = Plan(Chain("relu", "relu", "relu"), "Det"), after = Plan(Chain("relu", "relu"), "Det");
        Assert.Equal("relu (#3)", Assert.Single(PlanDiff.Of(before, after).Nodes).Node);
    }

    [Fact]
    public void A_plan_of_another_model_is_refused_and_both_are_named()
    {
        PlanFile one = Plan(Chain("relu", "exp"), "Det"), edited = Plan(Chain("relu", "exp", "neg"), "Det"),
            other = Plan(Chain("abs", "sin"), "Det");
        PlanDiff.CheckSameModel(one, "lock", edited);
        ModelException e = Assert.Throws<ModelException>(() => PlanDiff.CheckSameModel(one, "lock", other));
        Assert.Equal(CompilerCodes.OtherModel, Assert.Single(e.Diagnostics).Code);
        Assert.Equal(2, e.Message.Split("graph 'chain'").Length - 1);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"format\": \"graphpartition.plan/9\"}")]
    [InlineData("[1, 2")]
    public void A_file_that_is_not_a_plan_is_refused(string json) =>
        Assert.Equal(CompilerCodes.BadPlanFile, Assert.Single(
            Assert.Throws<ModelException>(() => PlanFile.FromJson(json, "test")).Diagnostics).Code);

    private static PlanFile Plan(Model model, string unsupported) => Compile(model, unsupported).ToPlanFile();

    private static Compilation Compile(Model model, string unsupported) =>
        new ModelCompiler(GraphPartition.Operators.OperatorTable.Default,
            new CompileOptions { SupportPolicy = new ExceptSupport(unsupported), Passes = GraphPartition.Compiler.Passes.Pipeline.None })
            .Plan(model);

    // Unary operators in a row, each named by its operator; Det keeps the rank by what follows not caring.
    private static Model Chain(params string[] ops) => Chain(Shape.Of(2, 2), ops);

    private static Model Chain(Shape shape, params string[] ops)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "chain" };
        Value value = builder.Input("x", IrType.Tensor(ElementType.Float32, shape));
        for (int i = 0; i < ops.Length; i++)
            value = builder.Add(char.ToUpperInvariant(ops[i][0])
                + ops[i][1..], [value], [new($"v{i}", value.Type)], name: ops[i]).Outputs[0]!;
        return new Model(builder.Build(value)) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };
    }
}
