using System.Text.Json;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Operators;
using GraphPartition.Emit;
using GraphPartition.Ir;
using GraphPartition.Onnx;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>The command line on models that it makes itself: exit codes, diagnostics, and nothing left behind.</summary>
public sealed class GpcTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Plan_prints_every_promised_field()
    {
        GpcProcess.Outcome outcome = GpcProcess.Run("plan", Save(SomeModel()), "--support", "random:1:0.5", "--json");
        Assert.Equal(0, outcome.ExitCode);
        JsonElement plan = JsonDocument.Parse(outcome.Output).RootElement;
        foreach (string field in new[] { "nodes", "supported", "engines", "minimumEngines", "isMinimum", "witness", "segments", "boundaryTensors", "fallback", "milliseconds" })
            Assert.True(plan.TryGetProperty(field, out _), field);
        foreach (string field in new[] { "id", "level", "nodes", "inputs", "outputs" })
            Assert.True(plan.GetProperty("engines")[0].TryGetProperty(field, out _), field);
        foreach (string field in new[] { "op", "count", "reason" })
            Assert.True(plan.GetProperty("fallback")[0].TryGetProperty(field, out _), field);
        foreach (string field in new[] { "import", "passes", "partition", "total" })
            Assert.True(plan.GetProperty("milliseconds").TryGetProperty(field, out _), field);
        Assert.True(plan.GetProperty("isMinimum").GetBoolean());
        Assert.Equal(plan.GetProperty("minimumEngines").GetInt32(), plan.GetProperty("engines").GetArrayLength());
    }

    [Fact]
    public void What_is_odd_about_a_file_is_said_on_standard_error()
    {
        string model = _folder.File("odd.onnx");
        File.WriteAllBytes(model, OnnxWriter.ToBytes(GraphParser.ParseModel(
            "model {\n opset 17\n}\ngraph g(x: f32[2]) -> (y) {\n y: f32[3] = Relu(x)\n}")));
        foreach (string command in new[] { "plan", "inspect", "run" })
        {
            GpcProcess.Outcome outcome = GpcProcess.Run(command, model);
            Assert.Contains("GP2001 warning", outcome.Errors, StringComparison.Ordinal);
            Assert.Contains("'y' is declared as f32[3], but the operator gives f32[2]", outcome.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Plan_shows_nodes_before_and_after_each_pass()
    {
        string model = Save(PassFodder());
        JsonElement passes = JsonDocument.Parse(GpcProcess.Run("plan", model, "--json").Output).RootElement.GetProperty("passes");
        Assert.Contains(passes.EnumerateArray(), p => p.GetProperty("pass").GetString() == "EliminateIdentity"
            && p.GetProperty("nodesBefore").GetInt32() == 3 && p.GetProperty("nodesAfter").GetInt32() == 2 && p.GetProperty("isChanged").GetBoolean());
        string text = GpcProcess.Run("plan", model).Output;
        Assert.Matches(@"EliminateIdentity\s+3\s+2", text);
        Assert.Matches(@"NarrowTypes\s+2\s+.*--allow-narrowing", text); // why Abs and Sqrt stayed
        GpcProcess.Outcome dump = GpcProcess.Run("plan", model, "--passes", "exact,DecomposeBatchNorm", "--dump-after", "EliminateIdentity");
        Assert.Contains("// after EliminateIdentity", dump.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("// after FoldConstants", dump.Errors, StringComparison.Ordinal);
        Refused("GP3003", "plan", model, "--passes", "standard,NoSuchPass");
    }

    [Fact]
    public void Doubles_fall_back_unless_narrowing_is_allowed()
    {
        string model = Save(PassFodder());
        JsonElement Plan(params string[] options) => JsonDocument.Parse(GpcProcess.Run(["plan", model, "--json", .. options]).Output).RootElement;
        Assert.Contains(Plan().GetProperty("fallback").EnumerateArray(), f => f.GetProperty("reason").GetString()!.Contains("f64", StringComparison.Ordinal));
        Assert.All(Plan("--allow-narrowing").GetProperty("fallback").EnumerateArray(), f => Assert.Equal("Cast", f.GetProperty("op").GetString()));
    }

    /// <summary>An Identity, and a square root of a double.</summary>
    private static Model PassFodder()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "fodder" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float64, Shape.Of(2)));
        Value y = builder.Op("Sqrt", "y", [builder.Op("Abs", "a", [builder.Op("Identity", "i", [x])])]);
        return SomeModel() with { Graph = builder.Build(y) };
    }

    [Fact]
    public void A_model_runs_compiled_and_uncompiled()
    {
        string model = Save(SomeModel()), compiled = _folder.File("compiled.onnx");
        Assert.Equal(0, GpcProcess.Run("run", model, "--support", "random:1:0.5", "--keep-groups").ExitCode);
        Assert.Equal(0, GpcProcess.Run("compile", model, "-o", compiled, "--support", "random:1:0.5").ExitCode);
        GpcProcess.Outcome outcome = GpcProcess.Run("run", compiled, "--keep-groups", "--json");
        Assert.Equal(0, outcome.ExitCode);
        Assert.True(JsonDocument.Parse(outcome.Output).RootElement.GetProperty("agrees").GetBoolean());
        Assert.True(JsonDocument.Parse(outcome.Output).RootElement.GetProperty("steps").GetInt32() > 1);
        Assert.Equal(0, GpcProcess.Run("inspect", compiled, "--graph").ExitCode);
    }

    [TerminalFact]
    public void On_a_terminal_every_command_shows_its_progress_and_ends_well()
    {
        string model = Save(SomeModel()), compiled = _folder.File("compiled.onnx");
        foreach (string[] command in new string[][] { ["plan", model], ["run", model], ["compile", model, "-o", compiled], ["why", model], ["bench", model, "--seconds", "0"] })
        {
            GpcProcess.Outcome outcome = GpcProcess.RunOnTerminal(command);
            Assert.True(outcome.ExitCode == 0, outcome.Output);
            Assert.Contains("\u001b[", outcome.Output, StringComparison.Ordinal); // it did take the pipe behind 'script' for a terminal
        }
    }

    [Fact]
    public void Outputs_that_differ_from_the_test_data_give_exit_code_1()
    {
        Model model = SomeModel();
        Dictionary<string, DataValue> inputs = Execution.Inputs(model.Graph);
        DataValue[] outputs = Execution.RunPlain(OnnxWriter.ToBytes(model), inputs);
        string data = _folder.File("data");
        Write(outputs);
        Assert.Equal(0, GpcProcess.Run("run", Save(model), "--test-data", data).ExitCode);
        TensorData first = ((TensorValue)outputs[0]).Data;
        Write([TensorData.Floats([.. first.As<float>().ToArray().Select(x => x * 2 + 1)], first.Dims.AsSpan()), .. outputs.Skip(1)]);
        Assert.Equal(1, GpcProcess.Run("run", Save(model), "--test-data", data).ExitCode);

        void Write(DataValue[] expected) => new TestDataSet(
            [.. model.Graph.Inputs.Select(v => new NamedValue(v.Name, inputs[v.Name]))],
            [.. model.Graph.Outputs.Zip(expected, (v, e) => new NamedValue(v.Name, e))]).Write(data);
    }

    [Theory]
    [InlineData("plan", "GP1001", "missing.onnx")]
    [InlineData("plan", "GP1001", ".")]
    [InlineData("run", "GP1002", "text.onnx")]
    [InlineData("compile", "GP1002", "empty.onnx")]
    public void Files_that_are_no_models_are_refused(string command, string code, string name)
    {
        File.WriteAllText(_folder.File("text.onnx"), "this is not a protobuf, it is a sentence");
        File.WriteAllText(_folder.File("empty.onnx"), "");
        string[] arguments = [command, _folder.File(name), .. command == "compile" ? ["-o", _folder.File("out.onnx")] : Array.Empty<string>()];
        Refused(code, arguments);
        Assert.False(File.Exists(_folder.File("out.onnx")));
    }

    [Fact]
    public void A_model_cut_off_anywhere_is_refused_or_is_a_smaller_model()
    {
        byte[] bytes = OnnxWriter.ToBytes(SomeModel());
        for (int tenth = 1; tenth < 10; tenth++)
        {
            string path = _folder.File($"cut{tenth}.onnx");
            File.WriteAllBytes(path, bytes.AsSpan(0, bytes.Length * tenth / 10).ToArray());
            GpcProcess.Outcome outcome = GpcProcess.Run("plan", path);
            Assert.Equal(2, outcome.ExitCode);
            Assert.Contains("GP1", outcome.Errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("--support", "random:x:0.5")]
    [InlineData("--support", "random:1:1.5")]
    [InlineData("--support", "no-such-file")]
    [InlineData("--target", "tensorrt-1.0")]
    public void Options_that_make_no_sense_are_refused(string option, string value) =>
        Refused("GP3", "plan", Save(SomeModel()), option, value);

    [Fact]
    public void An_unknown_option_gives_exit_code_2()
    {
        GpcProcess.Outcome outcome = GpcProcess.Run("plan", Save(SomeModel()), "--frobnicate");
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("--frobnicate", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_that_cannot_be_written_leaves_nothing_behind()
    {
        string model = Save(SomeModel());
        int before = Directory.GetFileSystemEntries(_folder.Path).Length;
        GpcProcess.Outcome outcome = GpcProcess.Run("compile", model, "-o", _folder.File("no/such/folder/out.onnx"));
        Assert.Equal(3, outcome.ExitCode);
        Assert.Contains("GP5005", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    [Fact]
    public void An_operator_that_nobody_knows_is_planned_and_cannot_be_run()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        Node node = builder.Add(new OpName("acme", "Frobnicate"), [x], [new("y", x.Type)], name: "frob_1");
        string path = Save(new Model(builder.Build(node.Outputs[0]!)) { Opsets = SomeModel().Opsets.Add("acme", 1), FormatVersion = 8 });
        Assert.Equal(0, GpcProcess.Run("plan", path).ExitCode);
        GpcProcess.Outcome outcome = Refused("GP5003", "run", path);
        foreach (string part in new[] { "frob_1", "Frobnicate", "acme" }) Assert.Contains(part, outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_not_there_gives_exit_code_3()
    {
        if (Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider")) return; // it may be there
        GpcProcess.Outcome outcome = GpcProcess.Run("run", Save(SomeModel()), "--device", "cuda");
        Assert.Equal(3, outcome.ExitCode);
        Assert.Contains("GP5007", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("OnnxRuntimeGpu=true", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_explains_itself()
    {
        string model = Save(SomeModel());
        Assert.Equal(0, GpcProcess.Run("why", model, "--support", "random:1:0.5").ExitCode);
        GpcProcess.Outcome one = GpcProcess.Run("why", model, "v0", "--support", "none", "--passes", "none", "--json");
        Assert.False(JsonDocument.Parse(one.Output).RootElement.GetProperty("supported").GetBoolean());
        Refused("GP3005", "why", model, "no-such-node");
    }

    [Fact]
    public void Plans_are_written_verified_compared_and_held_to()
    {
        string model = Save(SomeModel()), one = _folder.File("one.json"), two = _folder.File("two.json"), compiled = _folder.File("compiled.onnx");
        Assert.Equal(0, GpcProcess.Run("plan", model, "-o", one, "--support", "random:1:0.5").ExitCode);
        Assert.Equal(0, GpcProcess.Run("plan", model, "-o", two, "--support", "all", "--compare").ExitCode);
        Assert.Equal(0, GpcProcess.Run("verify", one).ExitCode);
        Assert.Equal(0, GpcProcess.Run("diff", one, one).ExitCode);
        GpcProcess.Outcome diff = GpcProcess.Run("diff", one, two, "--json");
        Assert.Equal(1, diff.ExitCode);
        Assert.Equal(1, JsonDocument.Parse(diff.Output).RootElement.GetProperty("engines").GetProperty("after").GetInt32());
        Assert.Equal(0, GpcProcess.Run("plan", model, "--check", one, "--support", "random:1:0.5").ExitCode);
        Assert.Equal(1, GpcProcess.Run("plan", model, "--check", two, "--support", "random:1:0.5").ExitCode);
        Assert.Equal(0, GpcProcess.Run("compile", model, "-o", compiled).ExitCode);
        Assert.Equal(0, GpcProcess.Run("verify", compiled).ExitCode);
        Refused("GP3010", "verify", model);
        Refused("GP3011", "plan", Checkout.PathOf("testmodels", "mixed.onnx"), "--check", one);
        File.WriteAllText(two, File.ReadAllText(two).Replace("\"bound\": 1", "\"bound\": 2", StringComparison.Ordinal));
        Refused("GP3010", "verify", two);
    }

    [Theory]
    [InlineData("GP3005", "--exclude", "no-such-node")]
    [InlineData("GP3006", "--include", "v0", "--exclude", "v0")]
    [InlineData("GP3007", "--max-engines", "0")]
    [InlineData("GP3007", "--min-nodes", "5", "--max-nodes", "4")]
    [InlineData("GP3008", "--unit", "nameless")]
    [InlineData("GP3008", "--exclude", "op:")]
    [InlineData("GP1001", "--assign", "no-such-file")]
    [InlineData("GP1001", "--device-profile", "no-such-file")]
    public void Constraints_that_cannot_be_kept_are_refused(string code, params string[] options) =>
        Refused(code, ["plan", Save(SomeModel()), "--support", "all", "--passes", "none", .. options]);

    [Fact]
    public void A_node_is_explained_release_by_release_and_so_is_one_in_a_body()
    {
        string path = Checkout.PathOf("testmodels", "mixed.onnx");
        JsonElement det = JsonDocument.Parse(GpcProcess.Run("why", path, "volume.0/Det", "--json").Output).RootElement;
        Assert.Equal(("Det", "unsupported-operator", 0), (det.GetProperty("op").GetString(), det.GetProperty("rule").GetString(), det.GetProperty("enginesSaved").GetInt32()));
        Assert.Equal(("8.5", "11.1", false), Range(det.GetProperty("releases")[0]));

        var builder = new GraphBuilder(OperatorTable.Default);
        Value c = builder.Input("c", IrType.Tensor(ElementType.Bool, Shape.Scalar)), x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 2)));
        GraphBuilder then = new(OperatorTable.Default, builder.Scope), other = new(OperatorTable.Default, builder.Scope);
        Value relu = builder.Op("Relu", "before", [x]);
        Graph branch = then.Build(then.Op("RMSNormalization", "norm", [relu, x])), rest = other.Build(other.Op("Tanh", "tanh", [relu]));
        Value y = builder.Op("If", "if", [c], AttributeMap.Of(("then_branch", new GraphAttribute(branch)), ("else_branch", new GraphAttribute(rest))));
        string model = Save(new Model(builder.Build(builder.Op("Relu", "after", [y]))) { Opsets = SomeModel().Opsets, FormatVersion = 12 });
        JsonElement norm = JsonDocument.Parse(GpcProcess.Run("why", model, "norm", "--target", "10.3", "--json").Output).RootElement;
        Assert.Equal(("if", "TensorRT 10.16"), (norm.GetProperty("in").GetString(), norm.GetProperty("release").GetString()));
        Assert.Equal((2, 2), (norm.GetProperty("enginesSaved").GetInt32(), norm.GetProperty("boundaryTensorsSaved").GetInt32())); // an engine of the else branch too
        Assert.Equal([("8.5", "10.15", false), ("10.16", "11.1", true)], norm.GetProperty("releases").EnumerateArray().Select(Range));
        JsonElement blocker = JsonDocument.Parse(GpcProcess.Run("plan", model, "--target", "10.3", "--json").Output).RootElement.GetProperty("blockers")[0];
        Assert.Equal(("RMSNormalization", "TensorRT 10.16"), (blocker.GetProperty("op").GetString(), blocker.GetProperty("release").GetString()));
        Assert.StartsWith("body:", blocker.GetProperty("rule").GetString(), StringComparison.Ordinal);

        static (string?, string?, bool) Range(JsonElement r) => (r.GetProperty("first").GetString(), r.GetProperty("last").GetString(), r.GetProperty("supported").GetBoolean());
    }

    [Fact]
    public void Operators_are_listed_for_a_release_and_as_the_page_in_the_repository()
    {
        string page = File.ReadAllText(Checkout.PathOf("compiler", "Operators", "README.md"));
        Assert.Equal(page, GpcProcess.Run("operators", "--markdown").Output);
        JsonElement[] listed = [.. JsonDocument.Parse(GpcProcess.Run("operators", "Reshape", "com.microsoft::FusedConv", "--target", "tensorrt-10.16", "--json").Output).RootElement.EnumerateArray()];
        Assert.Equal(["Reshape", "com.microsoft::FusedConv"], listed.Select(o => o.GetProperty("op").GetString()));
        Assert.Equal(["10.0"], listed[0].GetProperty("tensorrt").EnumerateArray().Select(t => t.GetProperty("since").GetString()));
        Assert.Equal(0, listed[1].GetProperty("tensorrt").GetArrayLength());
        Assert.Contains("attribute(sorted,1)", GpcProcess.Run("operators", "topk").Output, StringComparison.Ordinal);
        Refused("GP2010", "operators", "no-such-operator");
        Refused("GP3002", "operators", "--target", "10.99");
    }

    [Fact]
    public void Operators_that_a_file_adds_are_typed_and_supported_as_it_says()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        Value y = builder.Op(new("acme", "Frobnicate"), "frob", [x]);
        string model = Save(new Model(builder.Build(builder.Op("Relu", "relu", [y]))) { Opsets = SomeModel().Opsets.Add("acme", 1), FormatVersion = 8 });
        string file = _folder.File("operators.json");
        File.WriteAllText(file, """[ { "operator": "acme::Frobnicate", "outputs": ["same as input 0"], "tensorrt": "10.0" } ]""");
        Assert.Equal(0, Engines()); // not even what follows it: nobody knows the type
        Assert.Equal(1, Engines("--operators", file));
        Assert.Equal(1, Engines("--operators", file, "--target", "8.6")); // the Relu alone
        Assert.Contains("f32[2]", GpcProcess.Run("inspect", model, "--graph", "--operators", file).Output.Split('\n').Single(l => l.Contains("Relu")), StringComparison.Ordinal);
        Assert.Contains("acme::Frobnicate", GpcProcess.Run("operators", "frob", "--operators", file).Output, StringComparison.Ordinal);
        Assert.Equal(0, GpcProcess.Run("why", model, "frob", "--operators", file).ExitCode);

        File.WriteAllText(file, "[\n  { \"operator\": \"acme::Frobnicate\",\n    \"outputs\": [\"f33\"] } ]");
        Assert.Contains("operators.json(3)", Refused("GP2009", "plan", model, "--operators", file).Errors, StringComparison.Ordinal);
        Refused("GP2009", "plan", model, "--operators", _folder.File("nowhere.json"));

        int Engines(params string[] options) => JsonDocument.Parse(GpcProcess.Run(["plan", model, "--json", .. options]).Output).RootElement.GetProperty("engines").GetArrayLength();
    }

    [Fact]
    public void Doubles_and_in_8x_long_integers_go_into_engines_only_where_that_is_allowed()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float64, Shape.Of(2))), i = builder.Input("i", IrType.Tensor(ElementType.Int64, Shape.Of(2)));
        Value exp = builder.Op("Exp", "exp", [x]), sum = builder.Op("Add", "sum", [i, i]);
        string model = Save(new Model(builder.Build(exp, sum)) { Opsets = SomeModel().Opsets, FormatVersion = 8 });
        Assert.Equal((1, 2, 0), (Supported("--target", "10.16"), Supported("--target", "10.16", "--allow-narrowing"), Supported("--target", "8.6")));
        Assert.InRange(Supported("--target", "8.6", "--allow-narrowing"), 2, 6); // both, and the casts on their way in and out

        int Supported(params string[] options) => JsonDocument.Parse(GpcProcess.Run(["plan", model, "--json", .. options]).Output).RootElement.GetProperty("supported").GetInt32();
    }

    [Fact]
    public void All_faults_of_types_are_said_at_once_each_with_its_node()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance); // which objects to nothing
        Value f = builder.Input("f", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3))), i = builder.Input("i", IrType.Tensor(ElementType.Int64, Shape.Of(2, 3)));
        Value[] outputs =
        [
            Wrong("Exp", "exp", [i]), Wrong("Conv", "conv", [f]), Wrong("Concat", "concat", [f, f]), Wrong("MatMul", "matmul", [f, f]),
            Wrong("Softmax", "softmax", [f], ("axis", 5)), Wrong("Add", "add", [f, i]),
        ];
        string model = _folder.File("wrong.onnx");
        OnnxWriter.Write(new Model(builder.Build(outputs)) { Opsets = SomeModel().Opsets, FormatVersion = 8 }, model);
        string[] errors = Refused("GP2002", "plan", model).Errors.Split('\n');
        foreach (string part in new[] { "Exp 'exp'", "input 0 ('input')", "i64[2,3]", "expected a type of" })
            Assert.Contains(part, errors[0], StringComparison.Ordinal);
        foreach (var (code, node) in new[] { ("GP2002", "exp"), ("GP2003", "conv"), ("GP2004", "concat"), ("GP2005", "matmul"), ("GP2006", "softmax"), ("GP2007", "add") })
            Assert.Contains(errors, e => e.Contains($"{code} error", StringComparison.Ordinal) && e.Contains($"'{node}'", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(_folder.Path, "out*"));

        Value Wrong(string op, string name, Value[] inputs, params (string, AttributeValue)[] attributes) =>
            builder.Add(op, inputs, [new($"{name}_out")], AttributeMap.Of(attributes), name).Outputs[0]!;
    }

    [Fact]
    public void A_model_is_exported_in_the_opset_asked_for()
    {
        string path = _folder.File("exported.onnx");
        Assert.Equal(0, GpcProcess.Run("export", Checkout.PathOf("testmodels", "mixed.onnx"), "-o", path, "--opset", "21").ExitCode);
        Assert.Equal(21, OnnxReader.Read(path).Opsets[""]);
        Assert.Equal(0, GpcProcess.Run("run", path).ExitCode);
    }

    [Fact]
    public void Test_data_that_does_not_fit_is_refused()
    {
        string model = Save(SomeModel()), data = _folder.File("data");
        Refused("GP5008", "run", model, "--test-data", _folder.File("nowhere"));
        Directory.CreateDirectory(data);
        Refused("GP5008", "run", model, "--test-data", data);
        TestDataSet.WriteValue(Path.Combine(data, "input_0.pb"), new("x", TensorData.Int64s(1, 2, 3)));
        GpcProcess.Outcome outcome = Refused("GP5004", "run", model, "--test-data", data);
        Assert.Contains("y: the input is missing", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("i64[3] was given where f32[2,3] is expected", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_compiled_file_with_one_byte_changed_in_engine_or_plan_is_refused()
    {
        CompiledModel compiled = Partitions.Compile(SomeModel(), "all");
        byte[] blob = [.. Enumerable.Range(0, 64).Select(i => (byte)(i * 37))];
        compiled = compiled with { Groups = [compiled.Groups[0] with { Engines = [EngineBlob.Embed(new("10.16.0", "9.0", "fp32"), blob)] }] };
        string path = _folder.File("compiled.onnx");
        ModelFile.Write(Package.Pack(compiled), path);
        Assert.Equal(0, GpcProcess.Run("run", path).ExitCode);

        byte[] good = File.ReadAllBytes(path);
        foreach (int at in new[] { good.AsSpan().IndexOf(blob) + 20, good.AsSpan().IndexOf("\"minimumEngines\""u8) + 3 })
        {
            byte[] bad = [.. good];
            bad[at] ^= 1;
            File.WriteAllBytes(path, bad);
            Refused("GP5001", "run", path);
        }
    }

    private static GpcProcess.Outcome Refused(string code, params string[] arguments)
    {
        GpcProcess.Outcome outcome = GpcProcess.Run(arguments);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(code, outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("remedy:", outcome.Errors, StringComparison.Ordinal);
        return outcome;
    }

    private static Model SomeModel() => RandomModel.FromCodes([11, 6, 12 + 14, 13, 25, 39, 1000, 2011], OperatorTable.Default);

    private string Save(Model model)
    {
        string path = _folder.File("model.onnx");
        ModelFile.Write(model, path);
        return path;
    }
}
