using System.Diagnostics;
using System.Text.Json;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Onnx.Writing;
using Xunit;
using static GraphPartition.EngineBuilder.Tests.Support.GpcOnMocks;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>Engines through the command line, good and bad.</summary>
public sealed class GpcEngineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public GpcEngineTests() => OnnxWriter.Write(Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu", "Softmax", "Mul w", "Tanh"),
        _model = _folder.File("m.onnx"));

    private static string TensorRt => MockCompiler.TensorRt("trt10_16");

    private string Cache => _folder.File("cache");

    public void Dispose() => _folder.Dispose();

    [MockFact]
    public void Compile_run_inspect_list_and_export_work()
    {
        string model = _model, compiled = _folder.File("c.onnx");
        Outcome made = Run(TensorRt, "compile", model, "-o", compiled, "--engine-cache", Cache, "--json");
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.Contains("\"source\": \"built\"", made.Output, StringComparison.Ordinal);
        Assert.Contains("GP4017", made.Errors, StringComparison.Ordinal);

        Outcome run = Run(TensorRt, "run", compiled, "--engines", "required", "--trt-log", "verbose");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("3 steps", run.Output, StringComparison.Ordinal);
        Assert.Contains("TensorRT: createInferRuntime", run.Errors, StringComparison.Ordinal);

        Outcome inspected = Run(TensorRt, "inspect", compiled, "--engines");
        Assert.Contains("# TrtNode_1: TensorRT 10.16.0, compute capability 9.0, fp32, Mock A", inspected.Output, StringComparison.Ordinal);
        Assert.Contains("{\"Layers\":", inspected.Output, StringComparison.Ordinal);

        Assert.Contains("2 engines", Run(null, "cache", "list", "--engine-cache", Cache).Output, StringComparison.Ordinal);
        string entry = Directory.GetFiles(Cache, "*.engine", SearchOption.AllDirectories)[0];
        byte[] bytes = File.ReadAllBytes(entry);
        bytes[^5] ^= 1;
        File.WriteAllBytes(entry, bytes);
        Assert.Equal(1, Run(null, "cache", "verify", "--engine-cache", Cache).ExitCode);
        Outcome again = Run(TensorRt, "compile", model, "-o", compiled, "--engine-cache", Cache, "--json");
        Assert.Contains("GP4015", again.Errors, StringComparison.Ordinal);
        Assert.Contains("\"source\": \"cache\"", again.Output, StringComparison.Ordinal);
        Assert.Contains("0 engines are left", Run(null, "cache", "prune", "--to", "0", "--engine-cache", Cache).Output,
            StringComparison.Ordinal);

        Outcome exported = Run(null, "export", compiled, "--epcontext", _folder.File("ep"));
        Assert.True(exported.ExitCode == 0, exported.ToString());
        Model context = OnnxReader.Read(_folder.File("ep/TrtNode_1.onnx"));
        Node node = Assert.Single(context.Graph.Nodes);
        Assert.Equal(new OpName("com.microsoft", "EPContext"), node.Op);
        Assert.Equal(0, node.Attributes.Int("embed_mode", 9));
        Assert.True(File.Exists(_folder.File("ep/" + node.Attributes.Text("ep_cache_context"))));
        Assert.Equal(["gp_in_0"], context.Graph.Inputs.Select(v => v.Name));
    }

    /// <summary>
    /// A quantized file is one engine: the parser takes each pair, the builder builds it, and it computes what ONNX Runtime computes. The
    /// mock parser takes pairs of i8 with the zero point 0 and constant scales above 0 only, as the real one.
    /// </summary>
    [MockTheory]
    [InlineData("trt10_16", "tensorrt-10.16")]
    [InlineData("trt11_1", "tensorrt-11.1")]
    public void A_quantized_file_is_one_engine(string layout, string target)
    {
        string library = MockCompiler.TensorRt(layout), quantized = _folder.File("q.onnx"), compiled = _folder.File("c.onnx");
        string sample = _folder.File("s");
        Model model = Graphs.Products();
        OnnxWriter.Write(model, _model);
        new TestDataSet([new("x", TensorData.Floats([.. Enumerable.Range(0, 64).Select(i => MathF.Sin(i))], 4, 16))], []).Write(sample);
        Outcome made = Run(null, "quantize", _model, "--layers", "all", "--method", "max", "--test-data", sample, "-o", quantized,
            "--target", target);
        Assert.True(made.ExitCode == 0, made.ToString());
        Outcome built = Run(library, "compile", quantized, "-o", compiled, "--engine-cache", Cache, "--json");
        Assert.True(built.ExitCode == 0, built.ToString());
        JsonElement plan = JsonDocument.Parse(built.Output).RootElement;
        Assert.Equal(1, plan.GetProperty("minimumEngines").GetInt32());
        Assert.DoesNotContain("GP4019", built.Errors, StringComparison.Ordinal);
        Outcome run = Run(library, "run", compiled, "--engines", "required", "--test-data", sample);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("(1 step)", run.Output, StringComparison.Ordinal);
    }

    [MockFact]
    public void A_target_that_is_not_the_library_at_hand_is_said()
    {
        Outcome made = Run(MockCompiler.TensorRt("trt10_16"), "compile", _model, "-o", _folder.File("c.onnx"), "--engine-cache", Cache,
            "--target", "tensorrt-10.0");
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.Contains("GP4024 warning", made.Errors, StringComparison.Ordinal);
    }

    /// <summary>
    /// From TensorRT 10 on the types of the graph decide; before it the builder's flag does. The mocks take FP32 only, so the model has no
    /// node that becomes 16 bits.
    /// </summary>
    [MockTheory]
    [InlineData("trt10_16", "typed")]
    [InlineData("trt8_5_3", "fp16")]
    public void A_precision_is_in_the_types_of_the_graph_or_a_flag(string release, string precision)
    {
        string home = MockCompiler.TensorRt(release), compiled = _folder.File("c.onnx");
        Outcome made = Run(home, "compile", _model, "-o", compiled, "--engine-cache", Cache, "--engines", "required", "--precision", "fp16",
            "--exclude", "op:Softmax");
        Assert.True(made.ExitCode == 0, made.ToString());
        Outcome inspected = Run(home, "inspect", compiled, "--engines");
        Assert.True(inspected.Output.Contains($", {precision}, Mock", StringComparison.Ordinal), inspected.ToString());
        Outcome run = Run(home, "run", compiled, "--engines", "required", "--precision", "fp16");
        Assert.True(run.ExitCode == 0, run.ToString()); // no engine was left out for its precision
        if (precision != "typed") return;
        Outcome refused = Run(home, "compile", compiled, "-o", compiled, "--add-engine", "--precision", "bf16");
        Assert.Contains("it has no bf16", refused.Errors, StringComparison.Ordinal);
    }

    [MockFact]
    public void A_profile_shows_the_layers_of_engines_below_their_steps()
    {
        string compiled = _folder.File("c.onnx"), trace = _folder.File("trace.json");
        Assert.Equal(0, Run(TensorRt, "compile", _model, "-o", compiled, "--engine-cache", Cache).ExitCode);
        Outcome table = Run(TensorRt, "run", compiled, "--engines", "required", "--profile");
        Assert.True(table.ExitCode == 0, table.ToString());
        Outcome json = Run(TensorRt, "run", compiled, "--engines", "required", "--profile", "--json", "--trace", trace);
        Assert.True(json.ExitCode == 0, json.ToString());

        using JsonDocument document = JsonDocument.Parse(json.Output);
        JsonElement[] rows = [.. document.RootElement.GetProperty("profile").EnumerateArray()];
        JsonElement engine = rows.First(r => r.GetProperty("name").GetString()!.StartsWith("TrtNode_", StringComparison.Ordinal));
        JsonElement[] layers = [.. engine.GetProperty("layers").EnumerateArray()];
        Assert.NotEmpty(layers);
        Assert.All(layers, l => Assert.Equal(0.25, l.GetProperty("medianMs").GetDouble())); // the value of the mock
        Assert.Contains($"{layers[0].GetProperty("name").GetString()}", table.Output, StringComparison.Ordinal);
        Assert.All(rows.Where(r => r.GetProperty("name").GetString()!.StartsWith("step", StringComparison.Ordinal)),
            r => Assert.Equal(0, r.GetProperty("layers").GetArrayLength()));

        using JsonDocument events = JsonDocument.Parse(File.ReadAllText(trace));
        JsonElement[] all = [.. events.RootElement.GetProperty("traceEvents").EnumerateArray()];
        JsonElement step = all.First(e => e.GetProperty("name").GetString() == engine.GetProperty("name").GetString());
        // a sum of microseconds is rounded
        (double from, double to) = (step.GetProperty("ts").GetDouble(), step.GetProperty("ts").GetDouble()
            + step.GetProperty("dur").GetDouble() + 1e-6);
        JsonElement[] inside =
            [.. all.Where(e => e.GetProperty("cat").GetString() == "layer" && e.GetProperty("ts").GetDouble() is var ts && ts >= from
                && ts <= to)];
        Assert.Equal(layers.Length, inside.Length);
        Assert.All(inside, e => Assert.True(e.GetProperty("ts").GetDouble() + e.GetProperty("dur").GetDouble() <= to));
    }

    [MockFact]
    public void Engines_in_bodies_are_listed_like_other_engines()
    {
        string model = _folder.File("loop.onnx"), compiled = _folder.File("c.onnx");
        OnnxWriter.Write(BodyGraphs.Loop(Shape.Of(2, 3), "Add w", "Relu", "Softmax", "Mul w"), model);
        string[] compile =
            ["compile", model, "-o", compiled, "--engine-cache", Cache, "--engines", "required", "--exclude", "op:Softmax"];
        Outcome table = Run(TensorRt, compile);
        Assert.True(table.ExitCode == 0, table.ToString());
        Assert.Contains("TrtNode_1 in loop", table.Output, StringComparison.Ordinal);
        byte[] first = File.ReadAllBytes(compiled);
        using (JsonDocument json = JsonDocument.Parse(Run(TensorRt, [.. compile, "--json"]).Output))
            Assert.Equal(["cache: ", "cache: loop", "cache: loop"], json.RootElement.GetProperty("build").GetProperty("groups")
                .EnumerateArray()
                .Select(g => $"{g.GetProperty("source").GetString()}: {g.GetProperty("inside").GetString()}"));
        Assert.Equal(first, File.ReadAllBytes(compiled));
        Assert.Equal(0, Run(null, "verify", compiled).ExitCode);

        string inspected = Run(TensorRt, "inspect", compiled, "--engines").Output;
        Assert.All(Enumerable.Range(0, 3), id => Assert.Contains($"# TrtNode_{id}: TensorRT 10.16.0", inspected, StringComparison.Ordinal));
        Assert.Contains("TrtNode_2: engine for", Run(null, "inspect", compiled).Output, StringComparison.Ordinal);

        Outcome run = Run(TensorRt, "run", compiled, "--engines", "required", "--profile", "--json");
        Assert.True(run.ExitCode == 0, run.ToString());
        using (JsonDocument json = JsonDocument.Parse(run.Output))
        {
            JsonElement[] rows = [.. json.RootElement.GetProperty("profile").EnumerateArray()];
            JsonElement inside = rows.Single(r => r.GetProperty("name").GetString() == "TrtNode_1");
            Assert.Equal("loop", inside.GetProperty("inside").GetString());
            Assert.NotEmpty(inside.GetProperty("layers").EnumerateArray());
        }
        Assert.Equal(0, Run(null, "export", compiled, "--epcontext", _folder.File("ep")).ExitCode);
        Assert.Contains("\"inside\": \"loop\"", File.ReadAllText(_folder.File("ep/bindings.json")), StringComparison.Ordinal);
    }

    [MockFact]
    public void A_missing_library_is_reported_and_the_model_still_compiles()
    {
        string noParser = Directory.CreateDirectory(_folder.File("no-parser")).FullName;
        File.Copy(Path.Combine(TensorRt, "libmock_trt10_16.so"), Path.Combine(noParser, "libnvinfer.so.10"));
        string noDriver = Directory.CreateDirectory(_folder.File("no-driver")).FullName;
        (string? Home, string Cuda, string Failing, string Code)[] machines =
        [
            (null, "", "", "GP4001"), (MockCompiler.VersionOnly(9300, "libnvinfer.so"), MockCompiler.Cuda(), "", "refused"),
            (noParser, MockCompiler.Cuda(), "", "GP4003"),
            (TensorRt, noDriver, "", "GP4004"), (TensorRt, MockCompiler.VersionOnly(1, "libcuda.so.1"), "", "too old"),
            (TensorRt, MockCompiler.Cuda(), "createInferBuilder=1000", "GP4006"),
                (TensorRt, MockCompiler.Cuda(), "buildSerializedNetwork=1000", "GP4008"),
            (TensorRt, MockCompiler.Cuda(), "memory:Relu_1=1000,memory:Mul_3=1000", "too little device memory"),
        ];
        foreach ((string? home, string cuda, string failing, string code) in machines)
        {
            Outcome Compile(string output, string engines) => Finish(Start(home, failing, "dotnet",
                [Library, "compile", _model, "-o", _folder.File(output), "--engine-cache", Cache, "--engines", engines, "--passes", "none",
                    "--exclude", "op:Softmax"],
                    cuda));
            Outcome auto = Compile("c.onnx", "auto");
            Assert.True(auto.ExitCode == 0 && (auto.Output + auto.Errors).Contains(code, StringComparison.Ordinal), $"{code}: {auto}");
            Outcome required = Compile("r.onnx", "required");
            Assert.True(required.ExitCode == 3 && required.Errors.Contains("GP4020", StringComparison.Ordinal)
                && required.Errors.Contains(code, StringComparison.Ordinal), $"{code}: {required}");
            Assert.False(File.Exists(_folder.File("r.onnx")));
        }
        Outcome doctor = RunOnDriver(TensorRt, noDriver, "doctor");
        Assert.Contains("GP4004", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("remedy: install the NVIDIA driver", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("TensorRT      TensorRT 10.16.0 at ", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("engines cannot be built here", doctor.Output, StringComparison.Ordinal);
        // By the loader's path alone, and by option.
        Assert.Contains("engines can be built here", RunOnDriver("/nonexistent", $"{TensorRt}:{MockCompiler.Cuda()}", "doctor").Output,
            StringComparison.Ordinal);
        Assert.Contains("engines can be built here",
            RunOnDriver("/nonexistent", MockCompiler.Cuda(), "doctor", "--tensorrt", TensorRt).Output, StringComparison.Ordinal);
    }

    [MockFact]
    public void Engines_of_another_machine_are_kept_or_rebuilt_on_request()
    {
        string compiled = _folder.File("c.onnx"), other = MockCompiler.TensorRt("trt8_5_3");
        Assert.Equal(0, Run(TensorRt, "compile", _model, "-o", compiled, "--engine-cache", Cache).ExitCode);
        byte[] before = File.ReadAllBytes(compiled);
        Outcome unfit = Run(other, "run", compiled, "--engine-cache", Cache);
        Assert.True(unfit.ExitCode == 0, unfit.ToString());
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(unfit.Errors, "GP4021"));
        Assert.Contains("it is for TensorRT 10.16.0, here is TensorRT 8.5.3", unfit.Errors, StringComparison.Ordinal);
        Outcome rebuilt = Run(other, "run", compiled, "--engines", "required", "--engine-cache", Cache);
        Assert.True(rebuilt.ExitCode == 0, rebuilt.ToString());
        Assert.Contains("3 steps", rebuilt.Output, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(compiled));
        // and now for good
        Assert.Equal(0, Run(other, "compile", compiled, "--add-engine", "-o", compiled, "--engine-cache", Cache).ExitCode);
        Assert.DoesNotContain("GP4021", Run(other, "run", compiled).Errors, StringComparison.Ordinal);
    }

    [MockTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void An_interrupted_compile_ends_in_order_and_leaves_nothing_half_written(string signal)
    {
        string compiled = _folder.File("c.onnx");
        string[] compile = ["dotnet", Library, "compile", _model, "-o", compiled, "--engine-cache", Cache];
        // Signals that the test runner was told to ignore would be ignored here too.
        Process process = Start(TensorRt, "slow=3000", "env", ["--default-signal=INT,TERM", .. compile]);
        string locks = Path.Combine(Cache, "locks");
        for (int i = 0; i < 1200 && !process.HasExited && !(Directory.Exists(locks) && Directory.EnumerateFiles(locks).Any()); i++)
            Thread.Sleep(50);
        Thread.Sleep(200); // it is building
        Process.Start("kill", [$"-{signal}", $"{process.Id}"])!.WaitForExit();
        Outcome outcome = Finish(process);
        Assert.True(outcome.ExitCode == 3 && outcome.Errors.Contains("cancelled", StringComparison.Ordinal), outcome.ToString());
        Assert.False(File.Exists(compiled));
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*.tmp", SearchOption.AllDirectories));
        Assert.Equal(0, Run(null, "cache", "verify", "--engine-cache", Cache).ExitCode);
        Assert.Equal(0, Run(TensorRt, compile[2..]).ExitCode);
    }

    [MockFact]
    public void Bad_options_and_bad_caches_are_reported()
    {
        Outcome shapes = Run(TensorRt, "compile", _model, "-o", _folder.File("c.onnx"), "--min-shapes", "x:2x3,y:1", "--max-shapes",
            "x:4x3", "--engine-cache", Cache);
        Assert.Equal(2, shapes.ExitCode);
        Assert.Contains("GP4010", shapes.Errors, StringComparison.Ordinal);
        Assert.Contains("no such input", shapes.Errors, StringComparison.Ordinal);
        Assert.Equal(2, Run(TensorRt, "compile", _model, "-o", _folder.File("c.onnx"), "--opt-shapes", "x=3").ExitCode);
        Assert.Contains(
            "GP4009", Run(MockCompiler.TensorRt("trt8_5_3"), "compile", _model, "-o", _folder.File("c.onnx"), "--builder-level",
                "3").Errors, StringComparison.Ordinal);
        Assert.Contains("--add-engine takes a file", Run(TensorRt, "compile", _model, "-o", _folder.File("c.onnx"), "--add-engine").Errors,
            StringComparison.Ordinal);

        Outcome unwritable = Run(TensorRt, "compile", _model, "-o", _folder.File("c.onnx"), "--engine-cache", "/proc/nowhere", "--json");
        Assert.True(unwritable.ExitCode == 0, unwritable.ToString());
        Assert.Contains("GP4014", unwritable.Errors, StringComparison.Ordinal);
        Assert.Contains("\"source\": \"built\"", unwritable.Output, StringComparison.Ordinal);

        Assert.Equal(0, Run(TensorRt, "compile", _model, "-o", _folder.File("c.onnx"), "--engine-cache", Cache).ExitCode);
        string timings = Assert.Single(Directory.GetFiles(Path.Combine(Cache, "timings"), "*.timing"));
        File.WriteAllText(timings, "of another version");
        Outcome stale = Run(TensorRt, "compile", _model, "-o", _folder.File("c.onnx"), "--engine-cache", Cache, "--precision", "fp16",
            "--json");
        Assert.True(stale.ExitCode == 0, stale.ToString());
        Assert.Contains("GP4013", stale.Errors, StringComparison.Ordinal);
    }

    [MockFact]
    public void The_smoke_script_runs_against_the_mocks()
    {
        string root = Checkout.Root, log = _folder.File("smoke.log");
        ProcessStartInfo start = new("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(root, "tools/trt-smoke.sh"));
        start.ArgumentList.Add(log);
        string gpc = _folder.File("gpc");
        File.WriteAllText(gpc, $"#!/bin/sh\nexec dotnet '{Library}' \"$@\"\n");
        Process.Start("chmod", ["+x", gpc])!.WaitForExit();
        start.Environment["GPC"] = gpc;
        start.Environment["TENSORRT_HOME"] = TensorRt;
        start.Environment["LD_LIBRARY_PATH"] = MockCompiler.Cuda();
        start.Environment["SMOKE_MODELS"] = "mixed";
        start.Environment["SMOKE_SECONDS"] = "0.1";
        Outcome outcome = Finish(Process.Start(start)!);
        Assert.True(outcome.ExitCode == 0, $"{outcome}\n{File.ReadAllText(log)}");
        Assert.Contains("all is well", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("the result equals", File.ReadAllText(log), StringComparison.Ordinal);
    }
}
