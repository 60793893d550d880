using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using Xunit;
using static GraphPartition.EngineBuilder.Tests.Support.GpcOnMocks;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>Engines for GPUs that this machine does not have (--for).</summary>
public sealed class WithoutDeviceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model, _compiled, _noDriver;

    public WithoutDeviceTests()
    {
        OnnxWriter.Write(Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu", "Softmax", "Mul w", "Tanh"), _model = _folder.File("m.onnx"));
        _compiled = _folder.File("c.onnx");
        _noDriver = Directory.CreateDirectory(_folder.File("no-driver")).FullName;
    }

    private static string Rtx => MockCompiler.TensorRt("rtx1_6");

    public void Dispose() => _folder.Dispose();

    private Outcome Compile(string tensorRt, params string[] more) => RunOnDriver(tensorRt, _noDriver,
        ["compile", _model, "-o", _compiled, "--engine-cache", _folder.File("cache"), .. more]);

    [MockFact]
    public void Each_group_has_an_engine_for_each_capability_and_a_machine_takes_its_own()
    {
        Outcome made = Compile(Rtx, "--for", "sm_86,sm_120", "--engines", "required", "--timing-cache", "off");
        Assert.True(made.ExitCode == 2, made.ToString()); // a timing cache needs a GPU, so the option means nothing
        made = Compile(Rtx, "--for", "sm_86,sm_120");
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.Contains("TrtNode_1 for 12.0", made.Output, StringComparison.Ordinal);
        var groups = CompiledModelFormat.Read(_compiled).AllGroups.ToArray();
        Assert.Equal(2, groups.Length);
        Assert.All(groups, g => Assert.Equal(["8.6", "12.0"], g.Engines.Select(e => e.Target.ComputeCapability)));
        Assert.All(groups.SelectMany(g => g.Engines), e => Assert.Equal(EngineTarget.SameCapability, e.Target.Hardware));

        Outcome again = Compile(Rtx, "--for", "sm_86,sm_120", "--json");
        Assert.DoesNotContain("\"source\": \"built\"", again.Output, StringComparison.Ordinal);
        Outcome more = RunOnDriver(Rtx, _noDriver, "compile", _compiled, "--add-engine", "--for", "8.9", "-o", _compiled,
            "--engine-cache", _folder.File("cache"));
        Assert.True(more.ExitCode == 0, more.ToString());
        Assert.All(CompiledModelFormat.Read(_compiled).AllGroups, g => Assert.Equal(3, g.Engines.Length));

        // The second device of the mock driver has compute capability 8.6, the first 9.0.
        Outcome run = Run(Rtx, "run", _compiled, "--engines", "required", "--gpu", "1");
        Assert.True(run.ExitCode == 0, run.ToString());
        Outcome other = Run(Rtx, "run", _compiled);
        Assert.Contains("it is for compute capability 8.6", other.Errors, StringComparison.Ordinal);
    }

    [MockFact]
    public void All_means_every_capability_that_the_library_knows()
    {
        Outcome made = Compile(Rtx, "--for", "all");
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.All(CompiledModelFormat.Read(_compiled).AllGroups,
            g => Assert.Equal(["7.5", "8.0", "8.6", "8.9", "12.0", "12.1"], g.Engines.Select(e => e.Target.ComputeCapability)));
        made = Compile(MockCompiler.TensorRt("rtx1_4"), "--for", "all");
        Assert.Equal(5, CompiledModelFormat.Read(_compiled).AllGroups.First().Engines.Length);
    }

    [MockFact]
    public void What_needs_a_device_is_refused_at_once()
    {
        foreach (string option in new[] { "--refit", "--strip-weights", "--version-compatible", "--plugin=x.so", "--gpu=0" })
        {
            Outcome refused = Compile(Rtx, "--for", "sm_89", option);
            Assert.True(refused.ExitCode == 2, refused.ToString());
            Assert.Contains("needs a GPU, and --for builds without one", refused.Errors, StringComparison.Ordinal);
        }
        (string TensorRt, string For, string Reason)[] wrong =
        [
            (Rtx, "sm_90", "TensorRT-RTX 1.6.0 knows 7.5, 8.0, 8.6, 8.9, 12.0, 12.1"),
            (MockCompiler.TensorRt("rtx1_4"), "sm_121", "TensorRT-RTX 1.4.0 knows 7.5, 8.0, 8.6, 8.9, 12.0"),
            (MockCompiler.TensorRt("trt11_1"), "sm_89", "TensorRT 11.1.0 builds only for the device of this machine"),
            (MockCompiler.TensorRt("trt11_1"), "all", "builds only for the device of this machine"),
            (Rtx, "hopper", "takes compute capabilities"),
        ];
        foreach ((string tensorRt, string capabilities, string reason) in wrong)
        {
            Outcome refused = Compile(tensorRt, "--for", capabilities);
            Assert.True(refused.ExitCode == 2, refused.ToString());
            Assert.Contains(reason, refused.Errors, StringComparison.Ordinal);
            Assert.False(File.Exists(_compiled));
        }
        Assert.Equal(3, RunOnDriver("/nonexistent", _noDriver, "compile", _model, "-o", _compiled, "--for", "sm_89", "--engines", "required").ExitCode);
    }

    [MockFact]
    public void The_doctor_tells_what_can_be_built_here()
    {
        Outcome doctor = RunOnDriver(Rtx, _noDriver, "doctor", "--deep");
        Assert.Contains("engines can be built here, not run", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("builds without a GPU for compute capability 7.5", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("a trial build succeeded", doctor.Output, StringComparison.Ordinal);
        Outcome crash = Finish(Start(MockCompiler.TensorRt("trt10_16"), "constructor aborts=1", "dotnet", [Library, "doctor", "--deep"]));
        Assert.True(crash.ExitCode == 0, crash.ToString());
        Assert.Contains("SIGABRT", crash.Output, StringComparison.Ordinal);
        Assert.Contains("engines cannot be built here", crash.Output, StringComparison.Ordinal);
    }
}
