using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.Extensions;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>Libraries of custom operators for ONNX Runtime: typed, folded, run, compared, and refused where they are wrong.</summary>
public sealed class CustomOperatorTests
{
    private const string Domain = "test.custom";

    private static readonly Lazy<CustomOperators> Library = new(() => CustomOperatorLoader.Load(CustomOperatorCompiler.Compile()));

    [CustomOperatorFact]
    public void ONNX_Runtime_gives_the_types_of_operators_that_the_table_lacks()
    {
        Graph graph = Swirled(Table()).Graph;
        Assert.Equal("f32[?,4]", TypeOf("swirled"));
        Assert.Equal("i64[*]", TypeOf("count")); // the library gives no shape for it
        Assert.Equal("f32[?,4]", TypeOf("out"));
        Assert.Equal("?", Swirled(OperatorTable.Default).Graph.Nodes.Single(n => n.Name == "swirled").Outputs[0]!.Type.ToString());

        string TypeOf(string node) => graph.Nodes.Single(n => n.Name == node).Outputs[0]!.Type.ToString()!;
    }

    [CustomOperatorFact]
    public void Partitions_give_what_plain_ONNX_Runtime_gives_with_the_same_library()
    {
        Model model = Swirled(Table());
        DataValue[] expected = Plain(model);
        Assert.Equal([9L], ((TensorValue)expected[1]).Data.ToIntegers()!);
        int steps = 0;
        for (int seed = 0; seed < 8; seed++)
            foreach (bool keep in new[] { false, true })
            {
                CompiledModel compiled = Compile(model, $"random:{seed}:0.5");
                using ModelSession session = ModelSession.Create(compiled, new() { KeepGroups = keep, CustomOperators = Library.Value });
                steps = Math.Max(steps, session.Plan.Steps.Length);
                Assert.Null(TestRun.Difference(expected, TestRun.Run(session, Inputs)));
            }
        Assert.True(steps > 2);
    }

    [CustomOperatorFact]
    public void The_compiled_file_remembers_the_library_and_never_loads_it_by_itself()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("compiled.onnx");
        Model model = Swirled(Table());
        CompiledModelFormat.Write(Compile(model, "random:3:0.5"), file);
        UsedLibrary library = Assert.Single(CompiledModelFormat.Read(file).Libraries);
        Assert.Equal((LibraryKind.CustomOperators, "libtestops.so"), (library.Kind, library.Name));

        using (ModelSession session = ModelSession.Load(file, new() { CustomOperators = Library.Value }))
            Assert.Null(TestRun.Difference(Plain(model), TestRun.Run(session, Inputs)));
        Diagnostic missing = Assert.Throws<ModelException>(() => ModelSession.Load(file)).Diagnostics[0];
        Assert.Equal("GP5003", missing.Code.Id);
        Assert.Equal("test.custom::Count 'count'", missing.Where);
        foreach (string part in new[] { "'Count'", "'test.custom'", "libtestops.so" })
            Assert.Contains(part, missing.Message, StringComparison.Ordinal);
        foreach (string way in new[] { "--custom-ops", "function", "C#" })
            Assert.Contains(way, missing.Code.Remedy, StringComparison.Ordinal);
    }

    [CustomOperatorFact]
    public void Another_file_of_the_same_name_is_a_warning()
    {
        CompiledModel compiled = Compile(Swirled(Table()), "none");
        CustomOperators other = CustomOperatorLoader.Load(CustomOperatorCompiler.Compile(flags: "-DOTHER=1 -g"));
        var warnings = new List<Diagnostic>();
        ModelSession.Create(compiled, new() { CustomOperators = other, Engines = new() { Warn = warnings.Add } }).Dispose();
        Assert.Equal("GP5021", Assert.Single(warnings).Code.Id);
    }

    [CustomOperatorFact]
    public void An_operator_that_is_declared_pure_is_folded_by_its_library()
    {
        OperatorTable declared = Table().With(OperatorsFile.Parse(
            """[ { "operator": "test.custom::Swirl", "outputs": ["same as input 0"], "pure": true } ]"""u8, "test"));
        var builder = new GraphBuilder(declared) { Name = "folded" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(3)));
        Value swirled = builder.Op(new(Domain, "Swirl"), "swirled", [builder.Constant("c", TensorData.Floats([1, 2, 3]))],
            AttributeMap.Of(("shift", 1)));
        Model model = ModelOf(builder.Build(builder.Op("Add", "y", [x, swirled])));
        Compilation compilation = Plan(model, "none", declared, Pipeline.Exact);
        Assert.Equal("Add", Assert.Single(compilation.Model.Graph.Nodes).Op.Type);
        Assert.Equal([2f, 3f, 1f], compilation.Model.Graph.Nodes[0].Inputs[1]!.Data!.As<float>().ToArray());
        // Without the declaration nothing is known of its effects.
        Assert.Equal(2, Plan(model, "none", Table(), Pipeline.Exact).Model.Graph.Nodes.Length);
    }

    [CustomOperatorFact]
    public void A_declaration_that_contradicts_the_library_is_refused()
    {
        OperatorTable declared = Table().With(OperatorsFile.Parse(
            """[ { "operator": "test.custom::Count", "outputs": ["f32[1]"] } ]"""u8, "test"));
        byte[] bytes = OnnxWriter.ToBytes(Swirled(Table()), new() { ValueTypes = false });
        Diagnostic fault = Assert.Throws<ModelException>(() => OnnxReader.Read(bytes, new() { Rules = declared })).Diagnostics[0];
        Assert.Equal("GP2020", fault.Code.Id);
        Assert.Contains("f32[1]", fault.Message, StringComparison.Ordinal);
        Assert.Contains("i64", fault.Message, StringComparison.Ordinal);
    }

    [CustomOperatorFact]
    public void Convolutions_around_a_custom_operator_keep_their_blocked_layout()
    {
        OperatorTable table = Table();
        var builder = new GraphBuilder(table) { Name = "blocked" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1, 16, 6, 6)));
        Value weight = builder.Constant("w", TensorData.Floats([.. Enumerable.Range(0, 16 * 16).Select(i => MathF.Sin(i))], 16, 16, 1, 1));
        Value first = builder.Op("Conv", "first", [x, weight]), second = builder.Op("Conv", "second", [first, weight]);
        Value swirled = builder.Op(new(Domain, "Swirl"), "swirled", [second], AttributeMap.Of(("shift", 5)));
        Model model = ModelOf(builder.Build(builder.Op("Conv", "third", [swirled, weight])));
        var inputs = TestRun.Inputs(model.Graph);
        CompiledModel compiled = Compile(model, "random:4:0.5");
        using ModelSession session = ModelSession.Create(compiled, new() { KeepGroups = true, CustomOperators = Library.Value });
        Assert.Null(TestRun.Difference(Plain(model, inputs), TestRun.Run(session, inputs)));
    }

    [CustomOperatorTheory]
    [InlineData("-DNO_ENTRY", "does not export RegisterCustomOps")]
    [InlineData("-DTHROWS", "the licence has expired")]
    [InlineData("-DFAILS", "the licence has expired")]
    [InlineData("-DTWICE", "does not take its operators")]
    public void A_wrong_library_is_refused_with_the_reason(string flags, string reason)
    {
        Diagnostic fault = Refused(CustomOperatorCompiler.Compile($"libwrong{flags.ToLowerInvariant()}", flags));
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [CustomOperatorFact]
    public void Two_libraries_with_one_operator_are_refused_and_name_both()
    {
        string second = CustomOperatorCompiler.Compile("libsecond", "-DOTHER=2");
        Diagnostic fault = Refused(CustomOperatorCompiler.Compile(), second);
        Assert.Equal(second, fault.Where);
        Assert.Contains("libtestops.so", fault.Message, StringComparison.Ordinal);
        string elsewhere = CustomOperatorCompiler.Compile("libelsewhere", "-DDOMAIN=\\\"other.domain\\\"");
        Assert.Equal(2, CustomOperatorLoader.Load(CustomOperatorCompiler.Compile(), elsewhere, elsewhere).Paths.Length);
    }

    [Fact]
    public void A_file_that_is_no_library_is_refused()
    {
        using var folder = new TemporaryFolder();
        string text = folder.File("libtext.so");
        File.WriteAllText(text, "no library");
        Assert.Contains("not a library", Refused(text).Message, StringComparison.Ordinal);
        Assert.Contains("no such file", Refused(folder.File("libnowhere.so")).Message, StringComparison.Ordinal);
    }

    /// <summary>The loader refuses such a path with its own reason.</summary>
    [Theory]
    [InlineData(".")]
    [InlineData("libnowhere.so")]
    public void What_cannot_be_read_is_not_cut_off(string path)
    {
        using var folder = new TemporaryFolder();
        Assert.False(LibraryFile.IsCut(Path.Combine(folder.Path, path)));
    }

    /// <summary>The system maps such a file and ends the process when its code is used.</summary>
    [CustomOperatorFact]
    public void A_library_that_is_cut_off_is_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(CustomOperatorCompiler.Compile());
        foreach (int share in new[] { 1, 4 })
        {
            string cut = folder.File($"libcut{share}.so");
            File.WriteAllBytes(cut, whole[..(whole.Length * share / 8)]);
            Assert.Contains("cut off", Refused(cut).Message, StringComparison.Ordinal);
        }
    }

    [CustomOperatorFact]
    public void A_branch_that_is_not_taken_needs_no_kernel()
    {
        OperatorTable table = OperatorTable.Default;
        IrType type = IrType.Tensor(ElementType.Float32, Shape.Of(3));
        var builder = new GraphBuilder(table) { Name = "branches" };
        Value x = builder.Input("x", type), condition = builder.Input("condition", IrType.Tensor(ElementType.Bool, Shape.Scalar));
        Graph then = Branch("Relu", ""), other = Branch("Frobnicate", "acme");
        Node choice = builder.Add("If", [condition], [new("y", type)],
            AttributeMap.Of(("then_branch", new GraphAttribute(then)), ("else_branch", new GraphAttribute(other))), "choice");
        Model model = ModelOf(builder.Build(choice.Outputs[0]!));
        model = model with { Opsets = model.Opsets.SetItem("acme", 1) };
        using ModelSession session = ModelSession.Create(Partitions.Compile(model, "none"));
        DataValue[] results = TestRun.Run(session, Feeds(true));
        Assert.Equal([1f, 0f, 3f], ((TensorValue)results[0]).Data.As<float>().ToArray());
        Diagnostic missing = Assert.Throws<ModelException>(() => TestRun.Run(session, Feeds(false))).Diagnostics[0];
        Assert.Equal("GP5003", missing.Code.Id);
        Assert.Contains("Frobnicate", missing.Message, StringComparison.Ordinal);
        Assert.Null(TestRun.Difference(results, TestRun.Run(session, Feeds(true))));

        Graph Branch(string op, string domain)
        {
            var body = new GraphBuilder(table, builder.Scope) { Name = op };
            return body.Build(body.Add(new(domain, op), [x], [new($"{op}_y", type)], name: op).Outputs[0]!);
        }

        static Dictionary<string, DataValue> Feeds(bool condition) => new()
        {
            ["x"] = new TensorValue(TensorData.Floats([1, -2, 3], 3)),
            ["condition"] = new TensorValue(TensorData.Of(ElementType.Bool, new ReadOnlySpan<bool>(in condition))),
        };
    }

    private static Diagnostic Refused(params string[] paths)
    {
        Diagnostic fault = Assert.Single(Assert.Throws<ModelException>(() => CustomOperatorLoader.Load(paths)).Diagnostics);
        Assert.Equal("GP5020", fault.Code.Id);
        return fault;
    }

    private static OperatorTable Table() => OperatorTable.Default.WithOthers(new OrtNodeTypes(Library.Value));

    /// <summary>x -> Relu -> Swirl -> Sigmoid -> Swirl -> Neg -> out; Count of x.</summary>
    private static Model Swirled(OperatorTable table)
    {
        var builder = new GraphBuilder(table) { Name = "swirled" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("batch", 4)));
        AttributeMap by1 = AttributeMap.Of(("shift", 1)), by5 = AttributeMap.Of(("shift", 5));
        Value swirled = builder.Op(new(Domain, "Swirl"), "swirled", [builder.Op("Relu", "relu", [x])], by1);
        Value again = builder.Op(new(Domain, "Swirl"), "again", [builder.Op("Sigmoid", "sigmoid", [swirled])], by5);
        Value count = builder.Op(new(Domain, "Count"), "count", [x]);
        return ModelOf(builder.Build(builder.Op("Neg", "out", [again]), builder.Op("Abs", "abs", [count])));
    }

    private static Model ModelOf(Graph graph) =>
        new(graph) { Opsets = OpsetVersions.Standard(18).SetItem(Domain, 1), FormatVersion = 8, SourceOpset = 18 };

    private static Dictionary<string, DataValue> Inputs => new()
    {
        ["x"] = new TensorValue(TensorData.Floats([.. Enumerable.Range(0, 12).Select(i => i - 2.5f)], 3, 4)),
    };

    private static Compilation Plan(Model model, string support, OperatorTable table, Pipeline passes) => new ModelCompiler(table, new()
    {
        SupportPolicy = SupportPolicy.Parse(support, table, TensorRtTarget.Default),
        Passes = passes,
        Evaluator = new OrtConstantEvaluator(Library.Value),
        Libraries = Library.Value.Libraries,
        Verify = true,
    }).Plan(model);

    private static CompiledModel Compile(Model model, string support) => Plan(model, support, Table(), Pipeline.None).ToCompiledModel();

    private static DataValue[] Plain(Model model, Dictionary<string, DataValue>? inputs = null)
    {
        using SessionOptions options = OrtSessionFactory.ForReference(new() { CustomOperators = Library.Value });
        using var session = new InferenceSession(OnnxWriter.ToBytes(model, new() { ValueTypes = false }), options);
        return TestRun.Fed(inputs ?? Inputs, feeds =>
        {
            using var run = new RunOptions();
            using var results = session.Run(run, [.. feeds.Keys], [.. feeds.Values], session.OutputNames);
            return [.. results.Select(OrtValues.ToData)];
        });
    }
}
