using System.Text.Json;
using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.TestData;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using Xunit;
using static GraphPartition.EngineBuilder.Tests.Support.GpcOnMocks;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>Engines are compared with their nodes, with the tolerance of what they may compute in.</summary>
public sealed class EngineCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model, _compiled;

    public EngineCheckTests()
    {
        (_model, _compiled) = (_folder.File("m.onnx"), _folder.File("c.onnx"));
        // MatMul_0 and Relu_1 | Softmax | Mul, Abs, MatMul_5: the mock's parser does not know Softmax.
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "products" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Value w = builder.Constant("w", TensorData.Floats([.. Enumerable.Range(0, 9).Select(i => (i * 5 % 7 - 3) / 4f)], 3, 3));
        Value first = builder.Add("MatMul", [x, w], ["p"], null, "MatMul_0").Outputs[0]!;
        Value cut = Graphs.Chain(builder, builder.Add("Relu", [first], ["r"], null, "Relu_1").Outputs[0]!, "", "Softmax", "Mul w", "Abs");
        OnnxWriter.Write(Graphs.Of(builder, builder.Add("MatMul", [cut, w], ["y"], null, "MatMul_5").Outputs[0]!), _model);
    }

    private static string TensorRt => MockCompiler.TensorRt("trt10_16");

    private string[] Compile => ["compile", _model, "-o", _compiled, "--engine-cache", "off", "--passes", "none"];

    public void Dispose() => _folder.Dispose();

    [MockFact]
    public void A_run_allows_for_tf32_only_where_engines_may_use_it()
    {
        Outcome made = Run(TensorRt, Compile);
        Assert.True(made.ExitCode == 0, made.ToString());
        Outcome run = RunFailing(TensorRt, "rounds=1", "run", _compiled, "--engines", "required");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("engines may round to TF32", run.Output + run.Errors, StringComparison.Ordinal);

        Assert.Equal(0, Run(TensorRt, [.. Compile, "--tf32", "off"]).ExitCode);
        Assert.Equal(0, RunFailing(TensorRt, "rounds=1", "run", _compiled, "--engines", "required").ExitCode); // it cannot round now
        Assert.Equal(1, RunFailing(TensorRt, "wrong:MatMul=1", "run", _compiled, "--engines", "required").ExitCode);
        Assert.DoesNotContain("TF32", Run(null, "run", _compiled).Output, StringComparison.Ordinal);
    }

    [MockFact]
    public void Engines_that_agree_stay()
    {
        Outcome made = RunFailing(TensorRt, "rounds=1", [.. Compile, "--check-engines", "--json"]);
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.Equal(["agrees", "agrees"], Outcomes(made));
        Assert.DoesNotContain("GP4035", made.Errors, StringComparison.Ordinal);
    }

    [MockFact]
    public void An_engine_that_differs_is_built_again_in_float32_where_that_helps()
    {
        Outcome made = RunFailing(TensorRt, "wrong with tf32:Abs=1", [.. Compile, "--check-engines", "--json"]);
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.Equal(["agrees", "rebuilt"], Outcomes(made));
        Assert.Contains("GP4035", made.Errors, StringComparison.Ordinal);
        EngineBlob[] engines = [.. CompiledModelFormat.Read(_compiled).AllGroups.Select(g => Assert.Single(g.Engines))];
        Assert.Equal([true, false], engines.Select(e => e.Target.AllowsTf32));
        Outcome run = RunFailing(TensorRt, "wrong with tf32:Abs=1", "run", _compiled, "--engines", "required");
        Assert.True(run.ExitCode == 0, run.ToString());
    }

    [MockFact]
    public void An_engine_that_stays_wrong_is_left_out_and_the_node_is_named()
    {
        Outcome made = RunFailing(TensorRt, "wrong:Abs=1", [.. Compile, "--check-engines", "--json"]);
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.Equal(["agrees", "dropped"], Outcomes(made));
        Assert.Contains("the first node with other numbers is Abs 'Abs_2'", made.Errors, StringComparison.Ordinal);
        Assert.Equal([1, 0], CompiledModelFormat.Read(_compiled).AllGroups.Select(g => g.Engines.Length));
        File.Delete(_compiled);
        Outcome required = RunFailing(TensorRt, "wrong:Abs=1",
            [.. Compile, "--check-engines", "--engines", "required", "--exclude", "op:Softmax"]);
        Assert.True(required.ExitCode == 3 && required.Errors.Contains("GP4020", StringComparison.Ordinal), required.ToString());
        Assert.False(File.Exists(_compiled));
    }

    [MockTheory]
    [InlineData("wrong in 16 bits:Abs=400", "bf16", "Abs_2")]
    [InlineData("wrong in 16 bits:Tanh=400,wrong in 16 bits:Add=100", "fp16", "Tanh_4", "Add_6")]
    public void The_nodes_that_a_budget_needs_in_FP32_are_found_with_engines(string wrong, string precision, params string[] nodes)
    {
        Outcome made = RunFailing(TensorRt, wrong, Budgeted(precision, $"sqnr:{(precision == "fp16" ? 50 : 35)}"));
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.Equal(["partly fp32"], Outcomes(made));
        using JsonDocument json = JsonDocument.Parse(made.Output);
        JsonElement found = json.RootElement.GetProperty("build").GetProperty("checked")[0];
        Assert.Equal(nodes, found.GetProperty("kept").EnumerateArray().Select(n => n.GetString()));
        Assert.InRange(found.GetProperty("builds").GetInt32(), 2, 20);
        Assert.Contains($"with {nodes.Length} of 9 nodes in FP32: ", made.Errors, StringComparison.Ordinal);
        Assert.All(nodes, n => Assert.Contains($"'{n}'", made.Errors, StringComparison.Ordinal));

        CompiledModel compiled = CompiledModelFormat.Read(_compiled);
        Assert.Equal(ElementType.Float32, compiled.Model.Graph.Nodes.Single(n => n.Name == nodes[0]).Output(0)!.ElementType);
        Assert.Single(Assert.Single(compiled.AllGroups).Engines); // no Cast splits the engine, and the plan has its nodes
        Assert.Equal(0, Run(TensorRt, "verify", _compiled).ExitCode);
        Outcome run = RunFailing(TensorRt, wrong, "run", _compiled, "--engines", "required", "--test-data", _folder.File("sample"));
        Assert.True(run.ExitCode == 0, run.ToString());
    }

    [MockFact]
    public void A_budget_that_no_assignment_meets_leaves_the_engine_out()
    {
        Outcome made = RunFailing(TensorRt, "wrong:Abs=1", Budgeted("fp16", "sqnr:30"));
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.Equal(["dropped"], Outcomes(made));
        Assert.Matches("the best possible is [0-9.]+ dB, with every node in FP32", made.Errors);
        Assert.Contains("the first node with other numbers is Abs 'Abs_2'", made.Errors, StringComparison.Ordinal);
        Assert.Empty(CompiledModelFormat.Read(_compiled).AllGroups.Single().Engines);
    }

    [MockFact]
    public void A_budget_is_for_outputs_of_engines()
    {
        Assert.Equal(["agrees"], Outcomes(Run(TensorRt, Budgeted("fp16", "y=sqnr:50"))));
        Outcome unknown = Run(TensorRt, Budgeted("fp16", "z=sqnr:50"));
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("no engine has an output 'z'", unknown.Errors, StringComparison.Ordinal);
        Outcome idle = Run(TensorRt, [.. Compile, "--check-engines", "--budget", "sqnr:40"]);
        Assert.Contains("--budget has no effect without --test-data or --calibration-data", idle.Errors, StringComparison.Ordinal);
    }

    /// <summary>A model that becomes 16 bits as a whole, compiled with a budget.</summary>
    private string[] Budgeted(string precision, string budget)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "budget" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Value w = builder.Constant("w", TensorData.Floats([.. Enumerable.Range(0, 9).Select(i => (i * 5 % 7 - 3) / 4f)], 3, 3));
        Value first = builder.Add("MatMul", [x, w], ["first"], null, "MatMul_first").Outputs[0]!;
        Value last = Graphs.Chain(builder, first, "", "Sigmoid", "Neg", "Abs", "Identity", "Tanh", "Relu", "Add w");
        OnnxWriter.Write(Graphs.Of(builder, builder.Add("MatMul", [last, w], ["y"], null, "MatMul_last").Outputs[0]!), _model);
        new TestDataSet([new("x", Graphs.Floats(2, 3))], []).Write(_folder.File("sample"));
        return ["compile", _model, "-o", _compiled, "--engine-cache", "off", "--passes", "none", "--precision", precision,
            "--check-engines", "--budget", budget, "--test-data", _folder.File("sample"), "--json"];
    }

    private static string[] Outcomes(Outcome made)
    {
        using JsonDocument json = JsonDocument.Parse(made.Output);
        return [.. json.RootElement.GetProperty("build").GetProperty("checked").EnumerateArray()
            .Select(c => c.GetProperty("outcome").GetString()!)];
    }
}
