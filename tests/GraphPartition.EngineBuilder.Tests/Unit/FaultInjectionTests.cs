using System.Text.Json;
using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.TensorRt.Cache;
using Xunit;
using static GraphPartition.EngineBuilder.Tests.Support.GpcOnMocks;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>
/// Each call that a compile or a load makes of TensorRT is numbered, and one of them fails, crashes or hangs. A few numbers are tried;
/// <c>GP_FAULT_CALLS=all</c> is the long form, with every number; <c>GP_FAULT_LOG=FILE</c> gets a line for each run.
/// </summary>
public sealed class FaultInjectionTests : IDisposable
{
    private const int Groups = 3;

    private static readonly string Seconds = Environment.GetEnvironmentVariable("GP_FAULT_SECONDS") ?? "2"; // of a hang; more on a busy machine

    private readonly TemporaryFolder _folder = new();
    private readonly string _model;
    private int _run;

    public FaultInjectionTests() => OnnxWriter.Write(
        Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu", "Softmax", "Mul w", "Tanh", "Softmax", "Abs", "Neg"),
            _model = _folder.File("m.onnx"));

    private static string TensorRt => MockCompiler.TensorRt("trt10_16");

    public void Dispose() => _folder.Dispose();

    [MockTheory]
    [InlineData("fail", false)]
    [InlineData("fail", true)]
    [InlineData("crash", false)]
    [InlineData("crash", true)]
    [InlineData("hang", true)]
    [InlineData("hang", false)]
    public void A_compile_bears_a_fault_in_any_call(string kind, bool once)
    {
        int all = MostCallsOf(["compile", _model, "-o", _folder.File("count.onnx"), "--engine-cache", "off", "--passes", "none"]);
        Assert.InRange(all, 50, 2000);
        foreach (int number in Sample(all, few: kind == "hang" ? 1 : 3)) Check(number, kind, once);
    }

    [MockFact]
    public void A_load_and_a_run_bear_a_failure_of_any_call()
    {
        string compiled = _folder.File("c.onnx");
        Assert.Equal(0, Run(TensorRt, "compile", _model, "-o", compiled, "--engine-cache", "off", "--passes", "none").ExitCode);
        int all = MostCallsOf(["run", compiled]);
        foreach (int number in Sample(all, few: 4))
        {
            Outcome auto = Faulty($"{number}:fail", "run", compiled);
            Assert.True(auto.ExitCode == 0 || (auto.ExitCode == 3 && auto.Errors.Contains("GP40", StringComparison.Ordinal)),
                $"{number}: {auto}");
            if (auto.ExitCode == 0) Assert.Contains("the result equals", auto.Output, StringComparison.Ordinal);
            Note($"load {number}: exit code {auto.ExitCode}");
        }
    }

    /// <summary>The first process that reaches the call tries an engine for another one: it ends, and the next one does not.</summary>
    [MockTheory]
    [InlineData("fail")]
    [InlineData("crash")]
    public void An_isolated_load_bears_the_end_of_the_process_in_any_call(string kind)
    {
        string compiled = _folder.File("c.onnx");
        Assert.Equal(0, Run(TensorRt, "compile", _model, "-o", compiled, "--engine-cache", "off", "--passes", "none").ExitCode);
        string[] run = ["run", compiled, "--isolate", "--engines", "required"];
        foreach (int number in Sample(CallsOf(run).Min(), few: 1))
        {
            string mark = _folder.File($"once{_run++}");
            Outcome outcome = Faulty($"{number}:{kind}:{mark}", run);
            Assert.True(outcome.ExitCode == 0 && File.Exists(mark), $"{number}: {outcome}");
            Note($"isolated load {number}:{kind}");
        }
    }

    private void Check(int number, string kind, bool once)
    {
        string work = Directory.CreateDirectory(_folder.File($"run{_run++}")).FullName;
        string output = Path.Combine(work, "c.onnx"), cache = Path.Combine(work, "cache");
        string[] compile = ["compile", _model, "-o", output, "--engine-cache", cache, "--passes", "none", "--build-timeout", Seconds, "--json"];
        string fault = $"{number}:{kind}{(once ? $":{Path.Combine(work, "once")}" : "")}";
        Outcome outcome = Faulty(fault, compile);
        string what = $"{fault}\n{outcome}";
        Assert.True(outcome.ExitCode == 0, what);
        using JsonDocument json = JsonDocument.Parse(outcome.Output);
        JsonElement[] groups = [.. json.RootElement.GetProperty("build").GetProperty("groups").EnumerateArray()];
        JsonElement[] lost = [.. groups.Where(g => g.GetProperty("source").GetString() == "none")];
        Assert.All(lost, g => Assert.Contains("GP40", g.GetProperty("reason").GetString(), StringComparison.Ordinal));
        // A fault that comes once costs nothing. One that comes at the same call of each worker costs what it meets, with its name as the
        // reason.
        JsonElement[] moved = [.. json.RootElement.GetProperty("build").GetProperty("moved").EnumerateArray()];
        JsonElement[] innocent = [.. moved.Where(m => m.GetProperty("op").GetString() != "Softmax")];
        Assert.True(!once || (lost.Length == 0 && innocent.Length == 0), what);
        Assert.All(innocent, m => Assert.Matches("crashed|no result|returned null|reject", m.GetProperty("reason").GetString()!));
        if (lost.Length == 0 && moved.Length == 2) Assert.Equal(Groups, groups.Length);

        CompiledModelFormat.Read(output);
        Assert.All(new EngineCache(cache).Verify(), e => Assert.Null(e.Problem));
        Assert.Empty(Directory.EnumerateFiles(work, "*.tmp", SearchOption.AllDirectories));
        Note($"compile {fault.Replace(work, "", StringComparison.Ordinal)}: {groups.Length - lost.Length} of {groups.Length} engines, {moved.Length} nodes moved");
        Directory.Delete(work, recursive: true);
    }

    private int MostCallsOf(string[] arguments) => CallsOf(arguments).Max();

    /// <summary>How many calls each process makes.</summary>
    private int[] CallsOf(string[] arguments)
    {
        string calls = _folder.File("calls");
        Outcome outcome = Finish(Start(TensorRt, "", "env", [$"GP_MOCK_CALLS={calls}", "dotnet", Library, .. arguments]));
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        string[] files = Directory.GetFiles(_folder.Path, "calls.*");
        int[] counts = [.. files.Select(f => int.Parse(File.ReadAllText(f)))];
        foreach (string file in files) File.Delete(file);
        return counts;
    }

    private Outcome Faulty(string fault, params string[] arguments) => Finish(Start(TensorRt, "", "env",
        [$"GP_MOCK_FAULT={fault}", $"TMPDIR={_folder.Path}", "dotnet", Library, .. arguments]));

    private static IEnumerable<int> Sample(int all, int few) => Environment.GetEnvironmentVariable("GP_FAULT_CALLS") == "all"
        ? Enumerable.Range(1, all) : Enumerable.Range(0, few).Select(i => 1 + i * (all - 1) / Math.Max(1, few - 1));

    private static void Note(string line)
    {
        if (Environment.GetEnvironmentVariable("GP_FAULT_LOG") is { } log) File.AppendAllText(log, line + "\n");
    }
}
