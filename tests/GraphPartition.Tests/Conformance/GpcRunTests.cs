using System.Text.Json;
using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary><c>gpc run</c>: what it compares with, and its messages when it cannot run.</summary>
public sealed class GpcRunTests : GpcTest
{
    /// <summary>ONNX Runtime keeps usage data below the home folder by default, and sends them.</summary>
    [Theory]
    [InlineData("doctor")]
    [InlineData("run")]
    public void No_usage_data_are_collected(string command)
    {
        string home = Folder.File("home");
        Directory.CreateDirectory(home);
        GpcProcess.Outcome outcome = GpcProcess.RunWith([("HOME", home)], command == "run" ? ["run", Save(SomeModel())] : [command]);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.DoesNotContain(Directory.GetFileSystemEntries(home, "*", SearchOption.AllDirectories),
            entry => entry.Contains("onnxruntime", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void A_model_runs_compiled_and_uncompiled()
    {
        string model = Save(SomeModel()), compiled = Folder.File("compiled.onnx");
        Ok("run", model, "--support", "random:1:0.5", "--keep-groups");
        Ok("compile", model, "-o", compiled, "--support", "random:1:0.5");
        JsonElement run = Json("run", compiled, "--keep-groups");
        Assert.True(run.GetProperty("agrees").GetBoolean());
        Assert.True(run.GetProperty("steps").GetInt32() > 1);
        Ok("inspect", compiled, "--graph");
    }

    [Fact]
    public void Outputs_that_differ_from_the_test_data_give_exit_code_1()
    {
        Model model = SomeModel();
        Dictionary<string, DataValue> inputs = TestRun.Inputs(model.Graph);
        DataValue[] outputs = TestRun.RunPlain(OnnxWriter.ToBytes(model), inputs);
        string data = Folder.File("data");
        Write(outputs);
        Ok("run", Save(model), "--test-data", data);
        TensorData first = ((TensorValue)outputs[0]).Data;
        Write([TensorData.Floats([.. first.As<float>().ToArray().Select(x => x * 2 + 1)], first.Dims.AsSpan()), .. outputs.Skip(1)]);
        Assert.Equal(1, GpcProcess.Run("run", Save(model), "--test-data", data).ExitCode);

        void Write(DataValue[] expected) => new TestDataSet(
            [.. model.Graph.Inputs.Select(v => new NamedValue(v.Name, inputs[v.Name]))],
            [.. model.Graph.Outputs.Zip(expected, (v, e) => new NamedValue(v.Name, e))]).Write(data);
    }

    [Fact]
    public void A_value_that_validate_rejects_gives_exit_code_1()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(8)));
        Value negative = builder.Op("Neg", "negative", [builder.Op("Abs", "abs", [x])]);
        string model = Save(new Model(builder.Build(builder.Op("Log", "log", [negative]))));
        Ok("run", model);
        GpcProcess.Outcome outcome = GpcProcess.Run("run", model, "--validate");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("GP5010", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Warnings_of_passes_appear_once_if_the_model_is_compiled_again()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1, 4, 5, 5)));
        Value conv = builder.Op("Conv", "conv", [x, Numbers("w", 4, 4, 3, 3)]);
        Value norm = builder.Op("BatchNormalization", "norm",
            [conv, Numbers("scale", 4), Numbers("bias", 4), Numbers("mean", 4), Numbers("var", 4)]);
        GraphBuilder never = new(OperatorTable.Default, builder.Scope), always = new(OperatorTable.Default, builder.Scope);
        // Nobody can compute it, and nobody has to.
        Value outside = never.Op("Gather", "outside",
            [never.Constant("data", TensorData.Floats([1, 2], 2)), never.Constant("at", TensorData.Int64s(7))]);
        Value isHuge = builder.Op("Less", "isHuge",
            [builder.Constant("huge", TensorData.Floats([1e30f])),
                builder.Op("ReduceMax", "max", [norm], AttributeMap.Of(("keepdims", 0)))]);
        Value other = builder.Op("If", "if", [isHuge],
            AttributeMap.Of(("then_branch", never.Build(outside)),
                ("else_branch", always.Build(always.Op("Identity", "same", [always.Constant("one", TensorData.Floats([1], 1))])))));
        string model = Save(new Model(builder.Build(norm, other)) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 });

        // Folding the normalization changes the last bits, which nothing is allowed to do here: so there is a second compilation.
        GpcProcess.Outcome outcome = Ok("run", model, "--rtol", "0", "--atol", "0");
        Assert.Contains("to the last bit", outcome.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(outcome.Errors, "GP3004"));

        Value Numbers(string name, params long[] dims) => builder.Constant(name, TensorData.Floats(
            [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(i => 0.1f + (i * 37 % 101 / 97f))], dims));
    }

    [Fact]
    public void Test_data_that_does_not_fit_is_refused()
    {
        string model = Save(SomeModel()), data = Folder.File("data");
        Refused("GP5008", "run", model, "--test-data", Folder.File("nowhere"));
        Directory.CreateDirectory(data);
        Refused("GP5008", "run", model, "--test-data", data);
        TestDataWriter.WriteValue(Path.Combine(data, "input_0.pb"), new("x", TensorData.Int64s(1, 2, 3)));
        GpcProcess.Outcome outcome = Refused("GP5004", "run", model, "--test-data", data);
        Assert.Contains("y: the input is missing", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("i64[3] was given where f32[2,3] is expected", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_operator_is_planned_and_cannot_run()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        Node node = builder.Add(new OpName("acme", "Frobnicate"), [x], [new("y", x.Type)], name: "frob_1");
        string path = Save(new Model(builder.Build(node.Outputs[0]!)) { Opsets = SomeModel().Opsets.Add("acme", 1), FormatVersion = 8 });
        Ok("plan", path);
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
    public void A_compiled_file_with_one_byte_changed_in_engine_or_plan_is_refused()
    {
        CompiledModel compiled = Partitions.Compile(SomeModel(), "all");
        byte[] blob = [.. Enumerable.Range(0, 64).Select(i => (byte)(i * 37))];
        compiled = compiled with
        {
            Cut = compiled.Cut with
            {
                Groups =
            [compiled.Cut.Groups[0] with { Engines = [EngineBlob.Embed(new(new(10, 16, 0), "9.0", "fp32"), blob)] }]
            }
        };
        string path = Folder.File("compiled.onnx");
        CompiledModelFormat.Write(compiled, path);
        Ok("run", path);

        byte[] good = File.ReadAllBytes(path);
        Damage("\"minimumEngines\""u8, 3);
        Refused("GP5001", "run", path);
        // An engine is not needed here: its damage costs its group on machines that would use it, and 'verify' reports it.
        Damage(blob, 20);
        Ok("run", path);
        Refused("GP3010", "verify", path);

        void Damage(ReadOnlySpan<byte> part, int offset)
        {
            byte[] bad = [.. good];
            bad[good.AsSpan().IndexOf(part) + offset] ^= 1;
            File.WriteAllBytes(path, bad);
        }
    }
}
