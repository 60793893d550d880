using System.Text.Json;
using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
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

    private static string[] Outcomes(Outcome made)
    {
        using JsonDocument json = JsonDocument.Parse(made.Output);
        return [.. json.RootElement.GetProperty("build").GetProperty("checked").EnumerateArray()
            .Select(c => c.GetProperty("outcome").GetString()!)];
    }
}
