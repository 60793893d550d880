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

/// <summary>The life of engines after the build: list, verify, refit, update.</summary>
public sealed class GpcEngineVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model, _tuned, _compiled, _out;

    public GpcEngineVerbTests()
    {
        (_model, _tuned, _compiled, _out) =
            (_folder.File("m.onnx"), _folder.File("tuned.onnx"), _folder.File("c.onnx"), _folder.File("out.onnx"));
        OnnxWriter.Write(Product(1), _model);
        OnnxWriter.Write(Product(3), _tuned);
    }

    private static string New => MockCompiler.TensorRt("trt10_16");

    private static string Old => MockCompiler.TensorRt("trt10_0_1");

    private static string[] Ranges => ["--min-shapes", "x:1x3", "--opt-shapes", "x:2x3", "--max-shapes", "x:4x3"];

    public void Dispose() => _folder.Dispose();

    [MockFact]
    public void Engines_are_listed_with_what_they_need()
    {
        Good(Compile(New));
        Outcome here = Good(Run(New, "engine", "list", _compiled));
        Assert.Contains("usable here", here.Output, StringComparison.Ordinal);
        Assert.Contains("TensorRT 10.16.0, Mock A or a GPU like it", here.Output, StringComparison.Ordinal);
        Assert.Contains("not for this machine: it is for TensorRT 10.16.0, here is TensorRT 10.0.1",
            Good(Run(Old, "engine", "list", _compiled)).Output, StringComparison.Ordinal);
        using JsonDocument nowhere = JsonDocument.Parse(Good(Run(null, "engine", "list", _compiled, "--json")).Output);
        Assert.Equal(2, nowhere.RootElement.GetArrayLength());
        Assert.All(nowhere.RootElement.EnumerateArray(), e => Assert.NotNull(e.GetProperty("unfit").GetString()));
        Assert.Equal(2, Run(null, "engine", "list", _model).ExitCode);
    }

    [MockFact]
    public void Verify_finds_damage_and_engines_that_do_not_load()
    {
        Good(Compile(New));
        Good(Run(New, "engine", "verify", _compiled));
        Outcome refused = RunFailing(New, "deserializeCudaEngine=100", "engine", "verify", _compiled);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("it does not load", refused.Output, StringComparison.Ordinal);

        byte[] file = File.ReadAllBytes(_compiled);
        byte[] engine = CompiledModelFormat.Read(_compiled).Cut.Groups[1].Engines[0].Data!.Bytes.ToArray();
        file[file.AsSpan().IndexOf(engine) + engine.Length / 2] ^= 1;
        File.WriteAllBytes(_compiled, file);
        Outcome damaged = Run(null, "engine", "verify", _compiled);
        Assert.Equal(1, damaged.ExitCode);
        Assert.Contains("damaged", damaged.Output, StringComparison.Ordinal);
        Good(Run(New, "engine", "update", _compiled, "-o", _out, "--engine-cache", "off"));
        Good(Run(New, "engine", "verify", _out));
    }

    /// <summary>The other engine loads and runs; without --isolate the process ends.</summary>
    [MockFact]
    public void An_engine_that_crashes_while_it_loads_costs_its_group_only()
    {
        const string Crash = "load crashes:Tanh=1";
        OnnxWriter.Write(Graphs.Chain(Shape.Of(2, 3), "Relu", "Softmax", "Tanh"), _model);
        Good(Run(New, "compile", _model, "-o", _compiled, "--engine-cache", "off"));
        Outcome verified = RunFailing(New, Crash, "engine", "verify", _compiled);
        Assert.Equal(1, verified.ExitCode);
        Assert.Contains("SIGSEGV", verified.Output, StringComparison.Ordinal);
        Assert.Contains("usable here", verified.Output, StringComparison.Ordinal);

        string[] run = ["run", _compiled];
        Assert.NotInRange(RunFailing(New, Crash, run).ExitCode, 0, 4);
        Outcome isolated = Good(RunFailing(New, Crash, [.. run, "--isolate"]));
        Assert.Contains("1 of 2 groups", isolated.Errors, StringComparison.Ordinal);
        Assert.Contains("loading an engine: the engine worker crashed", isolated.Errors, StringComparison.Ordinal);
        Outcome required = RunFailing(New, Crash, [.. run, "--isolate", "--engines", "required"]);
        Assert.Equal(3, required.ExitCode);
        Good(Run(New, [.. run, "--isolate", "--engines", "required"]));
    }

    [MockTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Refit_puts_new_weights_in_and_keeps_the_plan(bool strip)
    {
        Good(Compile(New, strip ? ["--strip-weights"] : []));
        Outcome refitted = Good(Run(New, "engine", "refit", _tuned, "--from", _compiled, "-o", _out, "--engine-cache", "off"));
        Assert.Contains(strip ? "kept: it takes the new weights" : "dropped: it holds the old weights", refitted.Output, StringComparison.Ordinal);
        CompiledModel before = CompiledModelFormat.Read(_compiled), after = CompiledModelFormat.Read(_out);
        Assert.Equal(before.Plan, after.Plan);
        Assert.All(after.AllGroups, g => Assert.Equal(strip, g.Engines.Single().Sha256 == before.AllGroups.Single(b => b.Id == g.Id)
            .Engines.Single().Sha256));
        Assert.Empty(EngineOrigin.FindUnusable(after));
        Good(Run(null, "verify", _out));
        // On engines and without them the file computes the tuned model.
        foreach (string? machine in new[] { New, null })
        {
            Outcome run = Good(Run(machine, [.. (string[])["run", _out, "--input-shapes", "x:2x3", "--json"], .. machine is null ? Array.Empty<string>() : ["--engines", "required"]]));
            Assert.Equal(Summary(Good(Run(null, "run", _tuned, "--input-shapes", "x:2x3", "--json"))), Summary(run));
        }
    }

    [MockFact]
    public void Refit_refuses_a_model_of_another_structure()
    {
        Good(Compile(New));
        string other = _folder.File("other.onnx");
        OnnxWriter.Write(Graphs.Chain(new Shape("n", 3), "Add w", "Relu", "Softmax", "Mul w"), other);
        Outcome refused = Run(New, "engine", "refit", other, "--from", _compiled, "-o", _out);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("GP3024", refused.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_out));
    }

    [MockFact]
    public void Update_drops_engines_of_old_releases_and_builds_those_of_this_machine()
    {
        Good(Compile(Old));
        Outcome updated = Good(Run(New, "engine", "update", _compiled, "-o", _out, "--engine-cache", "off"));
        Assert.Contains("dropped: TensorRT 10.0.1 is older than TensorRT 10.16.0", updated.Output, StringComparison.Ordinal);
        CompiledModel after = CompiledModelFormat.Read(_out);
        Assert.All(after.AllGroups, g => Assert.Equal(new TensorRtRelease(10, 16, 0), Assert.Single(g.Engines).Target.TensorRt));
        Assert.All(after.AllGroups, g => Assert.Equal<long>([4, 3], g.Profiles.Single().Max)); // the ranges of the old engines
        Good(Run(New, "run", _out, "--engines", "required", "--input-shapes", "x:2x3"));

        Outcome kept = Good(Run(New, "engine", "update", _compiled, "-o", _out, "--engine-cache", "off", "--oldest", "tensorrt-10.0"));
        Assert.DoesNotContain("dropped", kept.Output, StringComparison.Ordinal);
        Assert.All(CompiledModelFormat.Read(_out).AllGroups, g => Assert.Equal(2, g.Engines.Length));
        Outcome nowhere = Good(Run(null, "engine", "update", _compiled, "-o", _out));
        Assert.Contains("GP4001", nowhere.Errors, StringComparison.Ordinal);
        Assert.All(CompiledModelFormat.Read(_out).AllGroups, g => Assert.Single(g.Engines));
    }

    private static Model Product(int seed)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "product" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 3)));
        Value w = builder.Constant("w", TensorData.Floats([.. Enumerable.Range(0, 9).Select(i => (i * seed % 7 - 3) / 4f)], 3, 3));
        Value product = builder.Add("MatMul", [x, w], ["p"], null, "product").Outputs[0]!;
        Value soft = builder.Add("Softmax", [product], ["s"], null, "softmax").Outputs[0]!; // the mock's parser does not know it
        return Graphs.Of(builder, builder.Add("MatMul", [soft, w], ["y"], null, "last").Outputs[0]!);
    }

    private Outcome Compile(string machine, params string[] options) =>
        Run(machine, ["compile", _model, "-o", _compiled, "--engine-cache", "off", .. Ranges, .. options]);

    private static Outcome Good(Outcome outcome)
    {
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return outcome;
    }

    private static string Summary(Outcome run)
    {
        using JsonDocument json = JsonDocument.Parse(run.Output);
        return string.Join('\n', json.RootElement.GetProperty("outputs").EnumerateArray().Select(o => o.GetProperty("summary").GetString()));
    }
}
